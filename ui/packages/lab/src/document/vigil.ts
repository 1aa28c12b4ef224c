import type { ISessionState } from '@jupyter-tandem/sync';
import type { IDisposable } from '@lumino/disposable';

/** After so long without trouble on a connection, what went wrong before is forgotten (CLIENT-10). */
const SETTLED_AFTER_MS = 10_000;
/** Edits that wait so long for their acknowledgement make us ask whether the server is there (promise P11). */
const DOUBT_AFTER_MS = 2_000;

/** How long to wait with looking whether a document that was too large has become small enough. */
const REWEIGH_AFTER_MS = 2_000;
/** The share of the time that may be spent on looking is one in so many. */
const REWEIGH_REST_FACTOR = 20;

/** What a vigil calls when it is time. */
export interface IVigilOptions {
  /** The connection has held for a while. */
  readonly settled: () => void;
  /** Edits have waited for a while; called again as long as they do. */
  readonly doubt: () => void;
  /** The document was edited since it was too large to be sent. */
  readonly reweigh: () => void;
  /** Milliseconds that never step back. */
  readonly now: () => number;
}

/** Watches the clock over a live connection, and over one that ended because the document was too large. */
export class Vigil implements IDisposable {
  private settleTimer: ReturnType<typeof setTimeout> | null = null;
  private doubtTimer: ReturnType<typeof setTimeout> | null = null;
  private reweighTimer: ReturnType<typeof setTimeout> | null = null;
  /** Edits there were when the document was last found to be too large. */
  private tooLargeWith: number | null = null;
  private reweighAfterMs = REWEIGH_AFTER_MS;
  private calm = false;
  private since: number | null = null;

  constructor(private readonly options: IVigilOptions) {}

  get isDisposed(): boolean {
    return this.calm;
  }

  /**
   * To be called whenever the session's state may have changed.
   *
   * @param since - When the oldest edit that waits was made.
   */
  follow(state: Followed, since: number | null): void {
    const { phase } = state;
    this.watchSize(state);
    if (phase === 'live') {
      this.settleTimer ??= setTimeout(this.options.settled, SETTLED_AFTER_MS);
    } else {
      this.settleTimer = stop(this.settleTimer);
    }
    this.since = since;
    if (phase === 'live' && since !== null) {
      this.doubt(DOUBT_AFTER_MS);
    } else {
      this.doubtTimer = stop(this.doubtTimer);
    }
  }

  dispose(): void {
    this.calm = true;
    this.settleTimer = stop(this.settleTimer);
    this.doubtTimer = stop(this.doubtTimer);
    this.reweighTimer = stop(this.reweighTimer);
  }

  /** Looking takes as long as copying the document does, so not with every edit. */
  private watchSize({ ending, pending, acknowledged }: Followed): void {
    if (ending !== 'limit') {
      this.tooLargeWith = null;
      this.reweighTimer = stop(this.reweighTimer);
      return;
    }
    const edits = pending + acknowledged;
    this.tooLargeWith ??= edits;
    if (edits !== this.tooLargeWith) {
      this.reweighTimer ??= setTimeout(() => {
        this.reweighTimer = null;
        this.tooLargeWith = null;
        this.reweigh();
      }, this.reweighAfterMs);
    }
  }

  private reweigh(): void {
    const { now, reweigh } = this.options;
    const begun = now();
    reweigh();
    this.reweighAfterMs = Math.max(REWEIGH_AFTER_MS, (now() - begun) * REWEIGH_REST_FACTOR);
  }

  private doubt(delayMs: number): void {
    this.doubtTimer ??= setTimeout(() => {
      this.doubtTimer = null;
      // What was waited for when the timer was set may have been acknowledged, and others made since.
      const leftMs = (this.since ?? 0) + DOUBT_AFTER_MS - this.options.now();
      this.doubt(leftMs > 0 ? leftMs : DOUBT_AFTER_MS);
      if (leftMs <= 0) {
        this.options.doubt();
      }
    }, delayMs);
  }
}

/** What a vigil looks at. */
type Followed = Pick<ISessionState, 'phase' | 'ending' | 'pending' | 'acknowledged'>;

function stop(timer: ReturnType<typeof setTimeout> | null): null {
  if (timer !== null) {
    clearTimeout(timer);
  }
  return null;
}

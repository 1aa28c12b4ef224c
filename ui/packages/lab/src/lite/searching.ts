import type { IRival, Verdict } from '@jupyter-tandem/peer';
import { PromiseDelegate } from '@lumino/coreutils';
import { waitUntil, type ISearch } from './search';

/** What the search for a room came to: the peer to go over to, or `null` to begin with what is here. */
export type Found = IRival | null;

/** Waits for the room a short moment (LITE-11). */
export class Searching {
  private readonly found = new PromiseDelegate<Found>();
  private timer: ReturnType<typeof setTimeout> | null = null;
  private announcedAt: number | null = null;
  private readonly beganAt: number;
  private over = false;

  /**
   * @param look How the search stands, without the times.
   * @param now Milliseconds that never step back.
   */
  constructor(
    private readonly look: () => Omit<ISearch, 'beganAt' | 'announcedAt'> & { announced: boolean },
    private readonly now: () => number
  ) {
    this.beganAt = now();
    this.changed();
  }

  /** Resolves when it is clear how the document begins. */
  get done(): Promise<Found> {
    return this.found.promise;
  }

  /** To be called whenever something about the search changed. */
  changed(): void {
    if (this.over) {
      return;
    }
    const { announced, ...rest } = this.look();
    if (announced) {
      this.announcedAt ??= this.now();
    }
    const until = waitUntil({ ...rest, beganAt: this.beganAt, announcedAt: this.announcedAt });
    this.cancel();
    this.timer = setTimeout(
      () => {
        this.end(null);
      },
      Math.max(0, until - this.now())
    );
  }

  /** To be called for each peer that is met. */
  met(verdict: Verdict, rival: IRival): void {
    if (verdict === 'yield') {
      this.end(rival);
    } else if (verdict !== 'wait') {
      this.end(null);
    }
  }

  /** Ends the search. */
  end(found: Found): void {
    if (!this.over) {
      this.over = true;
      this.cancel();
      this.found.resolve(found);
    }
  }

  private cancel(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }
}

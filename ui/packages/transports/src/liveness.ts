/** How often a silent peer is asked. Proxies cut connections that are silent for a minute. */
export const PING_EVERY_MS = 20_000;

/** How long the answer may take; longer than a mobile network's usual pauses, and nothing is lost by an error. */
export const ANSWER_WITHIN_MS = 6_000;

/** What a watch on a connection needs of the world. */
export interface ILivenessOptions {
  /** How often to ask; `PING_EVERY_MS` unless said otherwise. */
  readonly everyMs?: number;
  /** How long the answer may take; `ANSWER_WITHIN_MS` unless said otherwise. */
  readonly withinMs?: number;
  /** Asks the peer for an answer. */
  ping(): void;
  /** The peer did not answer. */
  dead(): void;
}

/**
 * Finds out that nobody is there any more, which a broken network does not tell.
 *
 * Only the time after a ping counts, never silence alone: the timers of a hidden window run once a minute, and
 * those of a sleeping machine not at all (CLIENT-16).
 */
export class Liveness {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private asked = false;

  constructor(private readonly options: ILivenessOptions) {}

  /** Starts the watch. */
  start(): void {
    this.wait();
  }

  /** Notes that something arrived. */
  heard(): void {
    if (this.asked) {
      this.wait();
    }
  }

  /** Asks now instead of later; where a question is open already, its deadline stands. */
  ask(): void {
    if (this.asked || this.timer === null) {
      return;
    }
    this.asked = true;
    this.set(this.options.withinMs ?? ANSWER_WITHIN_MS, () => {
      this.stop();
      this.options.dead();
    });
    this.options.ping();
  }

  /** Ends the watch. */
  stop(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    this.asked = false;
  }

  private wait(): void {
    this.asked = false;
    this.set(this.options.everyMs ?? PING_EVERY_MS, () => {
      this.ask();
    });
  }

  private set(ms: number, action: () => void): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    this.timer = setTimeout(action, ms);
  }
}

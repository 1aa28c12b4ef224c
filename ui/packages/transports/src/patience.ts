/** What tells that a way may be free again, or that somebody looks. */
export interface ISurroundings {
  readonly window: Pick<Window, 'addEventListener' | 'removeEventListener'>;
  readonly document: Pick<Document, 'addEventListener' | 'removeEventListener' | 'visibilityState'>;
}

/**
 * Waits before the next attempt, and not longer than there is reason to (CLIENT-9); while nothing is waited for, it
 * says when the connection may be gone without a word (CLIENT-16).
 */
export class Patience {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private hasty = false;

  /**
   * @param surroundings The page.
   * @param attempt Called when it is time.
   * @param doubt Called when the network has come or gone, or a person comes back, while nothing is waited for.
   */
  constructor(
    private readonly surroundings: ISurroundings,
    private readonly attempt: () => void,
    private readonly doubt: () => void
  ) {
    surroundings.window.addEventListener('online', this.onChance);
    surroundings.window.addEventListener('offline', this.onLoss);
    surroundings.document.addEventListener('visibilitychange', this.onVisibility);
  }

  /** Whether somebody may be looking. */
  get attentive(): boolean {
    return this.surroundings.document.visibilityState === 'visible';
  }

  /**
   * Starts the wait, in place of the one before.
   *
   * @param ms How long.
   * @param hasty Whether a network that comes back, or a person who does, ends it.
   */
  wait(ms: number, hasty: boolean): void {
    this.stop();
    this.hasty = hasty;
    this.timer = setTimeout(this.finish, ms);
  }

  /** Ends the wait without an attempt. */
  stop(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }

  dispose(): void {
    this.stop();
    this.surroundings.window.removeEventListener('online', this.onChance);
    this.surroundings.window.removeEventListener('offline', this.onLoss);
    this.surroundings.document.removeEventListener('visibilitychange', this.onVisibility);
  }

  private readonly finish = (): void => {
    this.timer = null;
    this.attempt();
  };

  private readonly onChance = (): void => {
    if (this.timer === null) {
      this.doubt();
    } else if (this.hasty) {
      this.stop();
      this.finish();
    }
  };

  private readonly onLoss = (): void => {
    if (this.timer === null) {
      this.doubt();
    }
  };

  private readonly onVisibility = (): void => {
    if (this.attentive) {
      this.onChance();
    }
  };
}

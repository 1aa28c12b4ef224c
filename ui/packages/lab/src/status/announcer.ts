import type { IStatusText, Tone } from './status';

/** At least so long between two announcements (CLIENT-19). */
export const ANNOUNCE_EVERY_MS = 5_000;

/**
 * Decides what a screen reader is told about a document's status.
 *
 * Only trouble, and that it is over: somebody who types must not hear *Saving, Saved* all the time.
 */
export class Announcer {
  private told: Tone = 'well';
  private toldText = '';
  private toldAtMs = Number.NEGATIVE_INFINITY;
  private next: IStatusText | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  /**
   * @param now Milliseconds that never step back.
   * @param say Puts a text where a screen reader reads it politely.
   */
  constructor(
    private readonly now: () => number,
    private readonly say: (text: string) => void
  ) {}

  /** To be called with every new status; of those that come too soon only the last one is said. */
  update(status: IStatusText): void {
    if (status.tone === 'busy') {
      return;
    }
    this.next = status;
    this.timer ??= setTimeout(
      () => {
        this.timer = null;
        this.announce();
      },
      Math.max(0, this.toldAtMs + ANNOUNCE_EVERY_MS - this.now())
    );
  }

  dispose(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private announce(): void {
    const { next } = this;
    this.next = null;
    if (next === null || (next.tone === 'well' && this.told === 'well')) {
      return;
    }
    const text = next.tone === 'well' ? next.label : `${next.label}. ${next.sentence}`;
    this.told = next.tone;
    if (text !== this.toldText) {
      this.toldText = text;
      this.toldAtMs = this.now();
      this.say(text);
    }
  }
}

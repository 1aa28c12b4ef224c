import type { ISessionState } from '@jupyter-tandem/sync';

/** Edits made within so many milliseconds count as made together, at the time of the first of them. */
const TOGETHER_MS = 100;

/** Edits up to the `edits`-th were made, the first of them `at`. */
interface IMark {
  edits: number;
  readonly at: number;
}

/**
 * Knows since when the oldest edit has waited that is not acknowledged. Who types on all the time has edits that wait
 * all the time, though none of them waits long.
 */
export class Backlog {
  private marks: IMark[] = [];
  private made = 0;

  /** When the oldest edit that waits was made, by the clock given to `note`; `null` where none does. */
  get since(): number | null {
    return this.marks[0]?.at ?? null;
  }

  /**
   * To be called whenever one of the numbers may have changed.
   *
   * @param now - Milliseconds that never step back.
   */
  note(
    { acknowledged, pending }: Pick<ISessionState, 'acknowledged' | 'pending'>,
    now: number
  ): void {
    const made = acknowledged + pending;
    if (pending === 0 || made < this.made) {
      // Fewer: what an earlier page left has been handed over, and was counted before the edits of this one.
      this.marks = pending === 0 ? [] : [{ edits: made, at: now }];
    } else if (made > this.made) {
      this.mark(made, now);
    }
    this.made = made;
    const oldest = this.marks.findIndex(({ edits }) => edits > acknowledged);
    // At once: after an hour without a network there are tens of thousands.
    this.marks.splice(0, oldest < 0 ? this.marks.length : oldest);
  }

  private mark(made: number, now: number): void {
    const last = this.marks.at(-1);
    if (last !== undefined && now - last.at < TOGETHER_MS) {
      last.edits = made;
    } else {
      this.marks.push({ edits: made, at: now });
    }
  }
}

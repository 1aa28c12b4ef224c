import { PromiseDelegate } from '@lumino/coreutils';
import type { SaveOutcome } from '@jupyter-tandem/sync';

/** How long the server may take to write the file; a slow disk or a big notebook needs some of it. */
const ANSWER_WITHIN_MS = 60_000;

/** Why a file was not written. */
export type SaveFailure = Exclude<SaveOutcome, 'success' | 'skipped'> | 'late';

/** A save request that came to nothing. */
export class SaveError extends Error {
  override readonly name = 'SaveError';

  constructor(readonly failure: SaveFailure) {
    super(failure);
  }
}

/** The save requests that wait for their answer; none waits for ever (CLIENT-12). */
export class Saves {
  private number = 0;
  private readonly open = new Map<
    number,
    { delegate: PromiseDelegate<void>; timer: ReturnType<typeof setTimeout> }
  >();

  /**
   * @param send Sends the request with a number; the answer comes through `answer`.
   */
  constructor(private readonly send: (number: number) => void) {}

  /** Asks for a save; rejects with `SaveError`. */
  request(): Promise<void> {
    this.number += 1;
    const { number } = this;
    const delegate = new PromiseDelegate<void>();
    const timer = setTimeout(() => {
      this.settle(number, 'late');
    }, ANSWER_WITHIN_MS);
    this.open.set(number, { delegate, timer });
    this.send(number);
    return delegate.promise;
  }

  /** Takes an answer; one to a request that is settled already is ignored. */
  answer(number: number, outcome: SaveOutcome): void {
    // Skipped means that the file holds everything already.
    this.settle(number, outcome === 'success' || outcome === 'skipped' ? null : outcome);
  }

  /** Gives up on every request. */
  lose(): void {
    for (const number of [...this.open.keys()]) {
      this.settle(number, 'lost');
    }
  }

  private settle(number: number, failure: SaveFailure | null): void {
    const waiting = this.open.get(number);
    if (waiting === undefined) {
      return;
    }
    this.open.delete(number);
    clearTimeout(waiting.timer);
    if (failure === null) {
      waiting.delegate.resolve();
    } else {
      waiting.delegate.reject(new SaveError(failure));
    }
  }
}

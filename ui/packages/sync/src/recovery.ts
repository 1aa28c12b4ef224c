import { WAIT_BLOCKED_MS, waitMs } from './backoff';
import type { ICircumstances } from './input';
import type { Reaction } from './reaction';

/** How often a fault that may be ours is met with a resynchronisation (close code 4400). */
const RESYNCS_MAX = 3;

/** When to connect again, after what happened before (CLIENT-8, CLIENT-10). */
export class Recovery {
  private resyncs = 0;
  /** Whether the last connection ended with the advice to go elsewhere. */
  private redirected = false;

  /** A connection came about. */
  arrived(): void {
    this.redirected = false;
  }

  /** What went wrong before does not count any more. */
  forgive(): void {
    this.resyncs = 0;
  }

  /**
   * How long to wait after an end that is not for good.
   *
   * @param attempts Failed attempts so far.
   * @returns Milliseconds, or `null` where it has been tried often enough.
   */
  delayMs(reaction: Reaction, attempts: number, circumstances: ICircumstances): number | null {
    if (reaction.kind === 'resync' && (this.resyncs += 1) > RESYNCS_MAX) {
      return null;
    }
    if (reaction.kind === 'wait') {
      return WAIT_BLOCKED_MS;
    }
    const first = reaction.kind === 'redirect' && !this.redirected;
    this.redirected = reaction.kind === 'redirect';
    return first ? 0 : waitMs(attempts, circumstances);
  }
}

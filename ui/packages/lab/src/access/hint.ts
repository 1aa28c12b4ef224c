import { Notification } from '@jupyterlab/apputils';

/** How long a hint is shown, and not said again, in milliseconds. */
const HINT_MS = 4_000;

/** Says why something does not happen, once and not with every key. */
export class Hint {
  private last = '';
  private saidAtMs = Number.NEGATIVE_INFINITY;
  private shown: string | null = null;

  /** @param now Milliseconds that never step back. */
  constructor(private readonly now: () => number) {}

  say(reason: string): void {
    if (reason === this.last && this.now() - this.saidAtMs < HINT_MS) {
      return;
    }
    this.last = reason;
    this.saidAtMs = this.now();
    if (this.shown !== null) {
      // Or the list of notifications would fill with them.
      Notification.dismiss(this.shown);
    }
    this.shown = Notification.emit(reason, 'info', { autoClose: HINT_MS });
  }
}

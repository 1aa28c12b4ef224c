import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/** After so long without another failure the server counts as back, in milliseconds. */
const OVER_AFTER_MS = 20_000;

/**
 * Says that the server cannot be reached, without standing in the way of somebody who goes on writing.
 */
export class ConnectionNotice {
  private id: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly trans: TranslationBundle) {}

  /** To be called whenever a request did not reach the server. */
  failed(): void {
    this.id ??= Notification.warning(
      this.trans.__(
        'The server cannot be reached. You can go on writing; your edits are kept in this browser.'
      ),
      { autoClose: false }
    );
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.id !== null) {
        Notification.dismiss(this.id);
        this.id = null;
      }
    }, OVER_AFTER_MS);
  }
}

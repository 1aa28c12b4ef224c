import type { TranslationBundle } from '@jupyterlab/translation';

/** After so long without another failure the server counts as back, in milliseconds. */
const OVER_AFTER_MS = 20_000;

/** Where notices are shown. */
export interface INoticeBoard {
  /** Shows a notice until it is taken away; returns its id. */
  readonly show: (message: string) => string;
  readonly takeAway: (id: string) => void;
}

/**
 * Says that the server cannot be reached, without standing in the way of somebody who goes on writing.
 */
export class ConnectionNotice {
  private id: string | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly board: INoticeBoard,
    private readonly trans: TranslationBundle
  ) {}

  /** To be called whenever a request did not reach the server. */
  failed(): void {
    this.id ??= this.board.show(
      this.trans.__(
        'The server cannot be reached. You can go on writing; your edits are kept in this browser.'
      )
    );
    if (this.timer !== null) {
      clearTimeout(this.timer);
    }
    this.timer = setTimeout(() => {
      this.reached();
    }, OVER_AFTER_MS);
  }

  /** To be called when the server was heard of. */
  reached(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    if (this.id !== null) {
      this.board.takeAway(this.id);
      this.id = null;
    }
  }
}

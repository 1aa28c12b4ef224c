import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { SharingApi } from './api';
import type { Words } from './words';

/** Sharing on this server, for those who offer it in menus and panels. */
export interface ITandemSharing {
  readonly api: SharingApi;
  readonly words: Words;
  /** Whether the person has no account: they have what was shared with them, and share nothing. */
  readonly guest: boolean;
  /** Whether this page shows only what was shared with the person. */
  readonly confined: boolean;
  /** What is shared has changed, by this page. */
  readonly changed: ISignal<ITandemSharing, void>;
  /** Opens the dialog for a file or folder; resolves when it is closed. */
  share(path: string): Promise<void>;
}

export const ITandemSharing = new Token<ITandemSharing>(
  '@jupyter-tandem/lab:ITandemSharing',
  'Opens the dialog in which files and folders are shared, and asks the server about shares.'
);

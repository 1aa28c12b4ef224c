import type { IPeer } from '@jupyter-tandem/peer';
import type { JSONValue } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { ITandemDocument } from '../document/tokens';
import type { Choice, IDifference } from './beginning';
import type { DriveFile } from './file';
import type { IIdentity } from './identity';
import type { IWays } from './meeting';
import type { IHistoryStore } from './store';
import type { ILiteView } from './words';

/** What a document needs beside what JupyterLab gives it. */
export interface ILiteSurroundings {
  readonly ways: IWays;
  /** Name of the room in the store; `""` where there is none. */
  readonly room: string;
  readonly store: IHistoryStore;
  readonly identity: IIdentity;
  /** Asks what is to become of a copy that differs from the room's. */
  readonly ask: (path: string, difference: IDifference) => Promise<Choice>;
  /** Writes both copies beside the file. */
  readonly keepCopies: (file: DriveFile, difference: IDifference) => Promise<void>;
  /** The content that the site itself has at a path, in canonical form, or `null`. */
  readonly original: (path: string, format: string) => Promise<JSONValue>;
}

/** A document of JupyterLite, for those who show who is there. */
export interface ILiteDocument extends Pick<ITandemDocument, 'model'> {
  readonly path: string;
  readonly liteView: ILiteView;
  /** Who is connected. */
  readonly peers: readonly IPeer[];
  readonly changed: ISignal<ILiteDocument, unknown>;
}

import type { IDocumentProviderFactory } from '@jupyter/docprovider';
import type { INotice } from '@jupyter-tandem/protocol';
import type { ISessionState, Replacement } from '@jupyter-tandem/sync';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { IRuns } from '../execution/tokens';
import type { IStatusContext, IStatusText } from '../status/status';
import type { SharedDocument } from './content';
import type { IHandover } from './sync-signals';

/** How one document stands, for those who show it. */
export interface IDocumentView {
  readonly session: ISessionState;
  /** Milliseconds since 1970 at which the oldest edit that waits was made, or `null`. */
  readonly pendingSince: number | null;
  /** Whether the edits that wait would survive the page. */
  readonly kept: boolean;
  /** Whether a fork is looked at instead of the document itself. */
  readonly fork: boolean;
  readonly path: string;
}

/** A document that Tandem keeps in step with the server. */
export interface ITandemDocument {
  readonly model: SharedDocument;
  readonly view: IDocumentView;
  readonly changed: ISignal<ITandemDocument, IDocumentView>;
  /** The document in memory has to make way for a fresh one. */
  readonly replaced: ISignal<ITandemDocument, Replacement>;
  /** The server has something to tell the person. */
  readonly notified: ISignal<ITandemDocument, INotice>;
  /** Edits that were left in this browser were merged, or refused. */
  readonly handedOver: ISignal<ITandemDocument, IHandover>;
  /** Somebody without the right changed what people write. */
  readonly strayed: ISignal<ITandemDocument, void>;
  readonly isDisposed: boolean;
  /** Its runs, where the server runs its cells. */
  readonly runs?: IRuns;
  /** How it stands, where a server's words do not fit. */
  status?(context: IStatusContext): IStatusText;
  /** Asks for the file to be written; rejects with a sentence. */
  save(): Promise<void>;
  /** Connects now, whatever ended the connection; returns from another version to the document itself. */
  retry(): void;
  /** The content here, or that was left in this browser, and the name of its file. */
  content(bequest?: string): { content: unknown; name: string };
  /** Forgets what was left. */
  forget(bequest: string): void;
}

/** The documents of this page that Tandem keeps in step. */
export interface ITandemDocuments extends IDocumentProviderFactory {
  /** The document behind a shared model, or `null` where Tandem does not keep it. */
  find(model: unknown): ITandemDocument | null;
  /** A document was opened. */
  readonly added: ISignal<ITandemDocuments, ITandemDocument>;
}

export const ITandemDocuments = new Token<ITandemDocuments>(
  '@jupyter-tandem/lab:ITandemDocuments',
  'The documents that Tandem keeps in step with the server, and how each of them stands.'
);

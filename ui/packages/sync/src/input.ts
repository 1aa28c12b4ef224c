import type { IAwarenessState, RunCommand, ServerMessage } from '@jupyter-tandem/protocol';

/** What the moment of a failure was like; a pure machine can know neither chance nor the window. */
export interface ICircumstances {
  /** A number from [0, 1) that spreads the attempts of many clients. */
  readonly chance: number;
  /** Whether somebody may be looking at the document, so that waiting long would be felt. */
  readonly attentive: boolean;
}

/** Edits of an earlier page. */
export interface IBequest {
  readonly id: string;
  readonly lineage: string;
  readonly edits: number;
  /** What is handed in where the document's lineage is another one now; `null` where that cannot be made. */
  readonly contents: () => IContents | null;
}

/** What a merge is asked for with; a base of `null` is none. */
export interface IContents {
  readonly base: unknown;
  readonly ours: unknown;
}

/** What can happen to a sync session. */
export type Input =
  /** A connection is there; nothing has been said. */
  | { readonly kind: 'opened' }
  /** A frame arrived and could be read. */
  | { readonly kind: 'received'; readonly message: ServerMessage }
  /** A frame arrived that means nothing. */
  | { readonly kind: 'garbled'; readonly reason: string }
  /** The connection ended. */
  | ({ readonly kind: 'closed'; readonly code: number; readonly reason: string } & ICircumstances)
  /** No connection came about; `status` is the HTTP status that refused it, or 0. */
  | ({
      readonly kind: 'unreachable';
      readonly status: number;
      readonly reason: string;
    } & ICircumstances)
  /** The document was changed here, not by a peer; `edits` is 0 where only its bookkeeping was. */
  | { readonly kind: 'edited'; readonly update: Uint8Array; readonly edits: number }
  /** The awareness states of this client, to be told to the others. */
  | { readonly kind: 'present'; readonly states: readonly IAwarenessState[] }
  /** Somebody wants the file written now. */
  | { readonly kind: 'save'; readonly number: number }
  /** Somebody wants something done with the kernel; it is sent after their edits, or refused at once. */
  | { readonly kind: 'command'; readonly command: RunCommand }
  /** The contents that `gather` asked for. */
  | { readonly kind: 'gathered'; readonly base: unknown; readonly ours: unknown }
  /** An earlier page left edits that it could not hand over. */
  | { readonly kind: 'inherited'; readonly bequest: IBequest }
  /** The connection has been live for a while: what went wrong before does not count any more. */
  | { readonly kind: 'settled' }
  /** The document is another one than the one that was too large to be sent. */
  | { readonly kind: 'reweighed' }
  /** The person asks to try again, whatever ended the session. */
  | { readonly kind: 'retry' };

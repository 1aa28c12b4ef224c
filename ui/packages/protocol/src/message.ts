import type { IExecution, IRunAnswer, RunCommand } from './execution';
import type { IHello, IMergeAnswer, IMergeRequest, INotice, ISaveAnswer, IStatus } from './payload';

/** One client's ephemeral state; `json` is `"null"` when it has gone. */
export interface IAwarenessState {
  readonly client: number;
  readonly clock: number;
  readonly json: string;
}

/** Frames both sides send. */
export type PeerMessage =
  | { readonly type: 'SyncStep1'; readonly stateVector: Uint8Array }
  | { readonly type: 'SyncStep2'; readonly update: Uint8Array }
  | { readonly type: 'Update'; readonly update: Uint8Array }
  | { readonly type: 'Awareness'; readonly states: readonly IAwarenessState[] };

/** What a client may send to the server. */
export type ClientMessage =
  | PeerMessage
  | { readonly type: 'SaveRequest'; readonly number: number }
  | { readonly type: 'MergeRequest'; readonly body: IMergeRequest }
  | { readonly type: 'Ping' }
  | { readonly type: 'RunCommand'; readonly body: RunCommand };

/** What the server may send to a client. */
export type ServerMessage =
  | PeerMessage
  | { readonly type: 'SaveAnswer'; readonly body: ISaveAnswer }
  /** A notice in the form stock clients read, of a type this client has no use for. */
  | { readonly type: 'StockNotice' }
  | { readonly type: 'Hello'; readonly body: IHello }
  | { readonly type: 'Acknowledgement'; readonly count: number }
  | { readonly type: 'Status'; readonly body: IStatus }
  | { readonly type: 'Notice'; readonly body: INotice }
  | { readonly type: 'MergeAnswer'; readonly body: IMergeAnswer }
  | { readonly type: 'Pong' }
  | { readonly type: 'RunAnswer'; readonly body: IRunAnswer }
  | { readonly type: 'Execution'; readonly body: IExecution };

/** Number of the sync messages of y-protocols (its `PROTOCOL.md`). */
export const SYNC = 0;
/** Number of the awareness messages of y-protocols. */
export const AWARENESS = 1;
/** Number of the save request of jupyter-collaboration 5 and its answer. */
export const STOCK = 2;
/** Number of the frames that only Tandem's front end and server speak. */
export const TANDEM = 0x54;

/** Kinds of sync messages. */
export const SYNC_KIND = { step1: 0, step2: 1, update: 2 } as const;

/** Kinds of Tandem's own messages. */
export const TANDEM_KIND = {
  hello: 0,
  acknowledgement: 1,
  status: 2,
  notice: 3,
  mergeRequest: 4,
  mergeAnswer: 5,
  ping: 6,
  pong: 7,
  runCommand: 8,
  runAnswer: 9,
  execution: 10
} as const;

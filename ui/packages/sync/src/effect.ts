import type {
  ClientMessage,
  IAwarenessState,
  IExecution,
  IMergeAnswer,
  IRunAnswer
} from '@jupyter-tandem/protocol';

/** What became of a save request; `lost` where the connection ended before the answer. */
export type SaveOutcome = 'success' | 'skipped' | 'failed' | 'lost' | 'refused';

/** Why the document in memory has to make way for a fresh one. */
export type Replacement =
  /** Its history is not the document's any more, and nothing of it was missing there. */
  | { readonly cause: 'lineage' }
  /** As before; the edits that were missing have been merged, `conflicts` places kept both sides. */
  | { readonly cause: 'merged'; readonly conflicts: number }
  /** It holds another version of the document, which must not be taken for edits. */
  | { readonly cause: 'version' }
  /** It holds changes that nobody was allowed to make. */
  | { readonly cause: 'stray' }
  /** As before; they were made by programs, unnoticed, and the person is allowed to write from now on. */
  | { readonly cause: 'entitled' };

/** What a sync session wants done, in this order. */
export type Effect =
  | { readonly kind: 'send'; readonly message: ClientMessage }
  /** Apply a peer's update to the document. */
  | { readonly kind: 'apply'; readonly update: Uint8Array }
  /** Show what peers say of themselves. */
  | { readonly kind: 'show'; readonly states: readonly IAwarenessState[] }
  /** Say what this client is; the answer is a `present` input. */
  | { readonly kind: 'introduce' }
  /** The document holds what the server holds; sent once for each connection that gets there. */
  | { readonly kind: 'synced' }
  /** A bequest belongs to this lineage: apply it, its edits come back as `edited` inputs. */
  | { readonly kind: 'restore'; readonly id: string }
  /** A bequest was handed over for a merge, and this is what became of it. */
  | { readonly kind: 'handed-over'; readonly id: string; readonly answer: IMergeAnswer }
  | { readonly kind: 'save-answered'; readonly number: number; readonly outcome: SaveOutcome }
  /** Collect base and ours for a merge request; the answer is a `gathered` input. */
  | { readonly kind: 'gather' }
  | { readonly kind: 'replace'; readonly replacement: Replacement }
  | { readonly kind: 'notify'; readonly code: string; readonly message: string }
  /** What became of a command; one whose answer was lost with the connection is sent again, with its key. */
  | { readonly kind: 'run-answered'; readonly answer: IRunAnswer }
  /** News of the kernel and of runs. */
  | { readonly kind: 'executing'; readonly news: IExecution }
  /** End the connection; a `closed` input will follow. */
  | { readonly kind: 'hang-up'; readonly code: number; readonly reason: string }
  /** Open a connection after so many milliseconds, or sooner when the way seems free again. */
  | { readonly kind: 'reconnect'; readonly afterMs: number; readonly hasty: boolean };

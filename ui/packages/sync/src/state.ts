import type { IHello, IRights, IStatus } from '@jupyter-tandem/protocol';

/**
 * Where a session stands.
 *
 * - `apart`: no connection; one is being made or will be.
 * - `greeting`: connected, waiting for Hello.
 * - `syncing`: greeted, waiting for what the server holds.
 * - `live`: both sides have exchanged what they had.
 * - `merging`: the document's lineage is another one; the edits made here were handed in as content.
 * - `ended`: for good, unless the person asks to try again.
 */
export type Phase = 'apart' | 'greeting' | 'syncing' | 'live' | 'merging' | 'ended';

/** Why a session ended. */
export type Ending =
  | 'replaced'
  | 'not-allowed'
  | 'not-found'
  | 'refused'
  | 'limit'
  | 'broken'
  | 'outdated'
  | 'merge-refused';

/** Everything about a session that somebody may want to show. */
export interface ISessionState {
  readonly phase: Phase;
  /** Whether the document was complete at least once. */
  readonly loaded: boolean;
  /** The CRDT history the document here belongs to; `null` before the first Hello. */
  readonly lineage: string | null;
  /** Edits made here that are not known to be durable. */
  readonly pending: number;
  /** Edits made here that are. */
  readonly acknowledged: number;
  /** Changes made here without the right to make them; they are never sent. */
  readonly strays: number;
  readonly hello: IHello | null;
  readonly rights: IRights | null;
  readonly status: IStatus | null;
  readonly ending: Ending | null;
  /** What the server said when it refused or closed, or `""`. */
  readonly reason: string;
  /** Failed attempts since the last one that got through. */
  readonly attempts: number;
}

/** How every session begins. */
export const BEGINNING: ISessionState = {
  phase: 'apart',
  loaded: false,
  lineage: null,
  pending: 0,
  acknowledged: 0,
  strays: 0,
  hello: null,
  rights: null,
  status: null,
  ending: null,
  reason: '',
  attempts: 0
};

/** Whether `rights` allow edits; before they are known, nothing is refused. */
export function mayWrite(state: Pick<ISessionState, 'rights'>): boolean {
  return state.rights === null || state.rights.actions.includes('write');
}

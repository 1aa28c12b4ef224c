import { mayWrite, type Ending, type ISessionState } from '@jupyter-tandem/sync';

/** Endings after which typing on may still lead to something that is saved. */
const WRITABLE_ENDINGS: readonly Ending[] = ['limit', 'broken'];

/** Whether the person must not change the document now. */
export function isLocked(session: ISessionState): boolean {
  if (session.ending !== null) {
    return !WRITABLE_ENDINGS.includes(session.ending);
  }
  return session.phase === 'merging' || !mayWrite(session);
}

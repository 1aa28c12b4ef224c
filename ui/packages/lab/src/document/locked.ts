import { mayWrite, type Ending } from '@jupyter-tandem/sync';
import type { IDocumentView } from './tokens';

/** Endings after which typing on may still lead to something that is saved. */
const WRITABLE_ENDINGS: readonly Ending[] = ['limit', 'broken'];

/** Whether the person must not change the document now. */
export function isLocked({ session, fork }: Pick<IDocumentView, 'session' | 'fork'>): boolean {
  if (fork) {
    return true;
  }
  if (session.ending !== null) {
    return !WRITABLE_ENDINGS.includes(session.ending);
  }
  return session.phase === 'merging' || !mayWrite(session);
}

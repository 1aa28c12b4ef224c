import type { IFileStatus, IStatus } from '@jupyter-tandem/protocol';
import type { ISessionState } from '@jupyter-tandem/sync';
import type { IDocumentView } from '../src/document/tokens';

export const EDITOR = { role: 'editor', actions: ['read', 'comment', 'suggest', 'write'] };
export const VIEWER = { role: 'viewer', actions: ['read'] };

/** A status with a file in the given state. */
export function fileStatus(
  file: Partial<IFileStatus> | null,
  part: Partial<IStatus> = {}
): IStatus {
  return {
    journal: { state: 'ok', reason: '' },
    file:
      file === null
        ? null
        : { state: 'in_file', saved_at: null, reason: '', path: 'a.ipynb', ...file },
    rights: EDITOR,
    ...part
  };
}

/** A document that is live and saved, but for what a test says. */
export function view(
  session: Partial<ISessionState> = {},
  part: Partial<Omit<IDocumentView, 'session'>> = {}
): IDocumentView {
  return {
    session: {
      phase: 'live',
      loaded: true,
      lineage: 'L1',
      pending: 0,
      acknowledged: 0,
      strays: 0,
      hello: null,
      rights: EDITOR,
      status: fileStatus({}),
      ending: null,
      reason: '',
      attempts: 0,
      ...session
    },
    pendingSince: null,
    kept: false,
    fork: false,
    path: 'a.ipynb',
    ...part
  };
}

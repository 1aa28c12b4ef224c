import type { TranslationBundle } from '@jupyterlab/translation';
import { isLocked } from '../document/locked';
import { endingSentence } from '../document/sentence';
import type { IDocumentView } from '../document/tokens';

const NOTEBOOK_WRITING = [
  'change-cell-to-code',
  'change-cell-to-heading-1',
  'change-cell-to-heading-2',
  'change-cell-to-heading-3',
  'change-cell-to-heading-4',
  'change-cell-to-heading-5',
  'change-cell-to-heading-6',
  'change-cell-to-markdown',
  'change-cell-to-raw',
  'clear-all-cell-outputs',
  'clear-cell-output',
  'cut-cell',
  'cut-selected-text',
  'delete-cell',
  'duplicate-below',
  'insert-cell-above',
  'insert-cell-below',
  'insert-heading-above',
  'insert-heading-below',
  'merge-cell-above',
  'merge-cell-below',
  'merge-cells',
  'move-cell-down',
  'move-cell-up',
  'paste-and-replace-cell',
  'paste-cell-above',
  'paste-cell-below',
  'paste-text',
  'redo',
  'redo-cell-action',
  'replace-selection',
  'split-cell-at-cursor',
  'trust',
  'undo',
  'undo-cell-action'
].map(name => `notebook:${name}`);

/** Commands of JupyterLab that change the current document. */
export const WRITING: ReadonlySet<string> = new Set([
  ...NOTEBOOK_WRITING,
  'cell-toolbar:delete',
  'docmanager:restore-checkpoint',
  'docmanager:save',
  'editmenu:clear-all',
  'editmenu:clear-current',
  'editmenu:redo',
  'editmenu:undo',
  'fileeditor:cut',
  'fileeditor:paste',
  'fileeditor:redo',
  'fileeditor:replace-selection',
  'fileeditor:undo'
]);

/** Commands of JupyterLab that run code of the current document. */
export const RUNNING: ReadonlySet<string> = new Set([
  ...[
    'change-kernel',
    'interrupt-kernel',
    'reconnect-to-kernel',
    'restart-and-run-to-selected',
    'restart-clear-output',
    'restart-kernel',
    'restart-run-all',
    'run-all-above',
    'run-all-below',
    'run-all-cells',
    'run-cell',
    'run-cell-and-insert-below',
    'run-cell-and-select-next',
    'run-in-console',
    'shutdown-kernel'
  ].map(name => `notebook:${name}`),
  'runmenu:restart-and-run-all',
  'runmenu:run',
  'runmenu:run-above',
  'runmenu:run-all',
  'runmenu:run-below',
  'toc:run-cells'
]);

/** Commands of JupyterLab that make, move or delete files, which guests cannot. */
const FILING: ReadonlySet<string> = new Set([
  ...[
    'create-new-directory',
    'create-new-file',
    'create-new-markdown-file',
    'cut',
    'delete',
    'duplicate',
    'paste',
    'rename'
  ].map(name => `filebrowser:${name}`),
  ...['delete', 'delete-file', 'duplicate', 'new-untitled', 'rename', 'save-as'].map(
    name => `docmanager:${name}`
  ),
  'fileeditor:create-new',
  'fileeditor:create-new-markdown-file',
  'notebook:create-new'
]);

/** Those that change the document as well, whatever the code does. */
const INSERTING: ReadonlySet<string> = new Set([
  'notebook:restart-clear-output',
  'notebook:run-cell-and-insert-below'
]);

/** Those that draw a text, where that is what is selected; then nothing is run. */
export const RENDERING: ReadonlySet<string> = new Set([
  'notebook:run-cell',
  'notebook:run-cell-and-select-next'
]);

/** All of them. */
export const GATED: ReadonlySet<string> = new Set([...WRITING, ...RUNNING, ...FILING]);

/**
 * Why a command must not be carried out now, as a sentence; `null` where it may (SHAREUI-11).
 *
 * @param view How the current document stands; `null` where there is none of Tandem's.
 * @param guest Whether the person is a guest, who has no files and no kernel of their own.
 */
export function reasonAgainst(
  command: string,
  view: IDocumentView | null,
  guest: boolean,
  trans: TranslationBundle
): string | null {
  if (FILING.has(command)) {
    return guest
      ? trans.__('You are a guest here: files are made, renamed and deleted by their owner.')
      : null;
  }
  if (view === null || !GATED.has(command)) {
    return null;
  }
  if (RUNNING.has(command)) {
    const inserts = INSERTING.has(command) && isLocked(view);
    return inserts ? lockedSentence(view, trans) : reasonAgainstRunning(view, guest, trans);
  }
  return isLocked(view) ? lockedSentence(view, trans) : null;
}

/** Running code is a right of its own: somebody may have it who may not write, and the other way round (RUNUI-11). */
function reasonAgainstRunning(
  view: IDocumentView,
  guest: boolean,
  trans: TranslationBundle
): string | null {
  const { session } = view;
  const mayRun = session.rights?.actions.includes('run') ?? true;
  const readable = session.ending === null && session.phase !== 'merging' && !view.fork;
  if (isLocked(view) && !(mayRun && readable)) {
    return lockedSentence(view, trans);
  }
  if (mayRun) {
    return null;
  }
  return guest
    ? trans.__('You may not run code here: it would run as the owner of the document.')
    : trans.__('You may not run code in this document.');
}

/** Why a document cannot be changed now, for the person. */
export function lockedSentence(view: IDocumentView, trans: TranslationBundle): string {
  const { session, fork } = view;
  if (fork) {
    return trans.__('This is another version of the document: it can be read, not changed.');
  }
  if (session.ending !== null) {
    return endingSentence(session, trans);
  }
  return session.phase === 'merging'
    ? trans.__('The document is being merged; wait a moment.')
    : roleSentence(session.rights?.role ?? 'viewer', trans);
}

/** What somebody who may not write can do, in a sentence. */
export function roleSentence(role: string, trans: TranslationBundle): string {
  switch (role) {
    case 'commenter':
      return trans.__('You can read this document and comment on it, but not change it.');
    case 'suggester':
      return trans.__(
        'You can read this document and suggest changes, but not change it yourself.'
      );
    default:
      return trans.__('You can read this document and see others work in it, but not change it.');
  }
}

/** What somebody is to a document, in a word. */
export function roleLabel(role: string, trans: TranslationBundle): string {
  const labels: Readonly<Partial<Record<string, string>>> = {
    viewer: trans.__('Viewer'),
    commenter: trans.__('Commenter'),
    suggester: trans.__('Suggester'),
    editor: trans.__('Editor'),
    manager: trans.__('Manager')
  };
  return labels[role] ?? role;
}

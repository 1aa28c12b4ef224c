import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { FileEditor } from '@jupyterlab/fileeditor';
import { Notebook } from '@jupyterlab/notebook';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { SharedDocument } from '../document/content';
import type { IPerson } from './person';

/**
 * Goes to where somebody is: their cell, or their line (PRESENCE-4).
 *
 * @returns Whether it is known where they are.
 */
export function goToPerson(widget: IDocumentWidget, person: IPerson): boolean {
  const { content } = widget;
  if (content instanceof Notebook) {
    return goToCell(content, person.whereabouts?.cellId ?? '');
  }
  if (content instanceof FileEditor) {
    return goToLine(content, person);
  }
  return false;
}

/** Goes to a cell, if it is there. */
export function goToCell(notebook: Notebook, cellId: string): boolean {
  const index = notebook.widgets.findIndex(cell => cell.model.id === cellId);
  if (index < 0) {
    return false;
  }
  notebook.activeCellIndex = index;
  notebook.mode = 'command';
  notebook.deselectAll();
  // Always fired and forgotten: a list that is just being drawn rejects, and is asked again by its owner.
  notebook.scrollToItem(index, 'smart').catch(() => undefined);
  return true;
}

function goToLine({ editor, model }: FileEditor, person: IPerson): boolean {
  const shared = model.sharedModel as unknown as SharedDocument;
  const offset = caretOf(shared.awareness, person.client, shared.ydoc);
  const position = offset === null ? undefined : editor.getPositionAt(offset);
  if (position === undefined) {
    return false;
  }
  editor.setCursorPosition(position);
  editor.revealPosition(position);
  return true;
}

/** Where somebody's caret is, in characters from the start; `null` where they have none. */
function caretOf(awareness: Awareness, client: number, doc: Y.Doc): number | null {
  const state: unknown = awareness.getStates().get(client);
  const cursors = (state as { cursors?: unknown } | undefined)?.cursors;
  const first: unknown = Array.isArray(cursors) ? cursors[0] : undefined;
  const head = (first as { head?: unknown } | undefined)?.head;
  if (typeof head !== 'object' || head === null) {
    return null;
  }
  const relative = Y.createRelativePositionFromJSON(head);
  return Y.createAbsolutePositionFromRelativePosition(relative, doc)?.index ?? null;
}

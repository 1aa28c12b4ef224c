import type { ISharedNotebook, SharedCell } from '@jupyter/ydoc';
import { Notification } from '@jupyterlab/apputils';
import { CodeCellModel, type Cell } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as Y from 'yjs';
import type { SharedDocument } from '../document/content';
import { lostText, missingWords, movedOffset, Progress, type ILostText } from './own-words';

/** A cell that is being taken away. */
interface ITaken {
  readonly id: string;
  readonly lost: ILostText;
  /** As it could be put back. */
  readonly cell: SharedCell.Cell;
  readonly index: number;
}

/** Where somebody is in such a cell. */
interface IPlace {
  readonly taken: ITaken;
  readonly focused: boolean;
  readonly editing: boolean;
  readonly anchor: number;
  readonly head: number;
}

/** What a foothold needs of the document and the application. */
export interface IFootholdOptions {
  readonly notebook: Notebook;
  readonly trans: TranslationBundle;
  /** When the oldest edit was made that waits for an acknowledgement, in milliseconds since 1970. */
  readonly pendingSince: () => number | null;
}

/** How long what was acknowledged may still be unknown to who moves the cell. */
const UNDERWAY_MS = 5000;

const TOLD_MS = 30_000;

/**
 * Keeps a person where they are when others move, replace or delete the cell they are in (PRESENCE-8, PRESENCE-9).
 *
 * To a notebook the cell is deleted, and perhaps another with its id put in somewhere. JupyterLab would go to a cell
 * nearby, and what is typed on would go there.
 */
export class Foothold implements IDisposable {
  private readonly shared: ISharedNotebook;
  private readonly doc: Y.Doc;
  private readonly cells: Y.Array<unknown>;
  private readonly progress: Progress;
  private place: IPlace | null = null;
  private taken: ITaken[] = [];
  private coming = false;
  private disposed = false;

  constructor(private readonly options: IFootholdOptions) {
    const { notebook, pendingSince } = options;
    const shared = notebook.model?.sharedModel;
    if (shared === undefined) {
      throw new Error('The notebook has no model.');
    }
    this.shared = shared;
    this.doc = (shared as unknown as SharedDocument).ydoc;
    this.cells = this.doc.getArray('cells');
    this.progress = new Progress(this.doc, Date.now, () =>
      Math.min(Date.now() - UNDERWAY_MS, pendingSince() ?? Infinity)
    );
    this.doc.on('beforeObserverCalls', this.before);
    this.doc.on('afterTransaction', this.after);
    notebook.disposed.connect(() => {
      this.dispose();
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.progress.dispose();
      this.doc.off('beforeObserverCalls', this.before);
      this.doc.off('afterTransaction', this.after);
    }
  }

  /** The document has changed, the notebook does not know yet. */
  private readonly before = (transaction: Y.Transaction): void => {
    if (transaction.local || !transaction.changed.has(this.cells)) {
      return;
    }
    const { notebook } = this.options;
    const since = this.progress.fresh;
    notebook.widgets.forEach((cell, index) => {
      const active = cell === notebook.activeCell && this.place === null;
      const map = mapOf(cell);
      if (map._item?.deleted !== true || (!active && since === Infinity)) {
        return;
      }
      const lost = lostSource(map, transaction, since);
      if (!active && lost.fresh.length === 0) {
        return;
      }
      const taken = takenCell(cell, index, map, lost);
      this.taken.push(taken);
      if (active) {
        this.place = this.placeIn(cell, taken);
      }
    });
    if (this.place?.focused === true && notebook.mode === 'edit') {
      // Otherwise the notebook would open another cell for editing.
      notebook.mode = 'command';
    }
  };

  private readonly after = (): void => {
    if (this.taken.length > 0 && !this.coming) {
      this.coming = true;
      // Not within the transaction: an editor that is made there is told again of what it shows already.
      queueMicrotask(this.arrive);
    }
  };

  /** The notebook shows what the document holds. */
  private readonly arrive = (): void => {
    const { place, taken } = this;
    this.coming = false;
    this.place = null;
    this.taken = [];
    const { notebook } = this.options;
    if (this.disposed || notebook.model === null) {
      return;
    }
    for (const one of taken) {
      const cell = notebook.widgets.find(({ model }) => model.id === one.id);
      if (cell !== undefined) {
        complete(cell, one.lost);
      } else if (one.lost.fresh.length > 0 || (place?.taken === one && place.editing)) {
        this.tell(one);
      }
    }
    if (place !== null) {
      this.settle(place);
    }
  };

  private placeIn(cell: Cell, taken: ITaken): IPlace {
    const { notebook } = this.options;
    const { editor } = cell;
    const selection = editor?.getSelection();
    return {
      taken,
      focused: notebook.node.contains(document.activeElement),
      // Not whether the editor says so: it denies that in a window behind another.
      editing: notebook.mode === 'edit' && cell.node.contains(document.activeElement),
      anchor: offsetOf(editor, selection?.start),
      head: offsetOf(editor, selection?.end)
    };
  }

  /** Goes along with the cell, or stays where it was; then what is typed on goes nowhere. */
  private settle(place: IPlace): void {
    const { notebook } = this.options;
    const index = notebook.widgets.findIndex(({ model }) => model.id === place.taken.id);
    notebook.activeCellIndex =
      index < 0 ? Math.min(place.taken.index, notebook.widgets.length - 1) : index;
    notebook.deselectAll();
    if (!place.editing) {
      if (place.focused) {
        notebook.activate();
      }
      return;
    }
    const cell = notebook.activeCell;
    if (index < 0 || cell === null) {
      return;
    }
    notebook.mode = 'edit';
    // What is typed before the editor is there would be lost.
    MessageLoop.sendMessage(notebook, Widget.Msg.UpdateRequest);
    if (cell.editor !== null) {
      takeUp(place, cell);
      return;
    }
    void cell.ready.then(() => {
      const elsewhere = document.activeElement !== null && document.activeElement !== document.body;
      if (!cell.isDisposed && notebook.activeCell === cell && !elsewhere) {
        takeUp(place, cell);
      }
    });
  }

  private tell(taken: ITaken): void {
    const { trans } = this.options;
    const callback = (): void => {
      this.putBack(taken);
    };
    Notification.warning(trans.__('Somebody deleted the cell you were typing in.'), {
      autoClose: TOLD_MS,
      actions: taken.lost.text.trim() === '' ? [] : [{ label: trans.__('Bring it back'), callback }]
    });
  }

  private putBack({ id, index, cell }: ITaken): void {
    if (this.disposed) {
      return;
    }
    const { cells } = this.shared;
    const there = cells.some(other => other.getId() === id);
    this.shared.insertCell(
      Math.min(index, cells.length),
      there ? { ...cell, id: undefined } : cell
    );
  }
}

/** Adds what was written here and had not reached whoever put the cell there. */
function complete({ model: { sharedModel } }: Cell, lost: ILostText): void {
  const missing = missingWords(lost, sharedModel.getSource());
  if (missing.length > 0) {
    sharedModel.transact(() => {
      missing.forEach(({ at, words }) => {
        sharedModel.updateSource(at, at, words);
      });
    }, false);
  }
}

/** Puts the caret where it was. */
function takeUp({ taken: { lost }, anchor, head }: IPlace, { editor, model }: Cell): void {
  const now = model.sharedModel.getSource();
  const start = editor?.getPositionAt(movedOffset(anchor, lost.text, now));
  const end = editor?.getPositionAt(movedOffset(head, lost.text, now));
  if (start !== undefined && end !== undefined) {
    editor?.setSelection({ start, end });
  }
  editor?.focus();
}

function mapOf({ model }: Cell): Y.Map<unknown> {
  return (model.sharedModel as unknown as { readonly ymodel: Y.Map<unknown> }).ymodel;
}

function lostSource(map: Y.Map<unknown>, transaction: Y.Transaction, since: number): ILostText {
  const source = valueBefore(map, 'source');
  return source instanceof Y.Text ? lostText(source, transaction, since) : { text: '', fresh: [] };
}

function takenCell({ model }: Cell, index: number, map: Y.Map<unknown>, lost: ILostText): ITaken {
  const id = String(valueBefore(map, 'id'));
  const outputs = model instanceof CodeCellModel ? { outputs: model.outputs.toJSON() } : {};
  const cell = { id, cell_type: model.type, source: lost.text, metadata: {}, ...outputs };
  return { id, index, lost, cell };
}

/** What a key of a deleted map held, until Yjs sweeps up behind the transaction. */
function valueBefore(map: Y.Map<unknown>, key: string): unknown {
  const found: unknown[] | undefined = map._map.get(key)?.content.getContent();
  return found?.at(-1);
}

function offsetOf(editor: CodeEditor.IEditor | null, position?: CodeEditor.IPosition): number {
  return editor === null || position === undefined ? 0 : editor.getOffsetAt(position);
}

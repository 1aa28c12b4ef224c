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

/** Where somebody was in a cell that is being taken away. */
interface IPlace {
  readonly id: string;
  readonly index: number;
  readonly focused: boolean;
  readonly editing: boolean;
  readonly lost: ILostText;
  readonly anchor: number;
  readonly head: number;
  /** The cell as it could be put back. */
  readonly cell: SharedCell.Cell;
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
  private coming = false;
  private disposed = false;

  constructor(private readonly options: IFootholdOptions) {
    const { notebook, pendingSince } = options;
    const shared = notebook.model?.sharedModel;
    if (shared === undefined) {
      throw new Error('The notebook has no model.');
    }
    this.shared = shared;
    const { ydoc } = shared as unknown as SharedDocument;
    this.doc = ydoc;
    this.cells = ydoc.getArray('cells');
    this.progress = new Progress(ydoc, Date.now, () =>
      Math.min(Date.now() - UNDERWAY_MS, pendingSince() ?? Infinity)
    );
    ydoc.on('beforeObserverCalls', this.before);
    ydoc.on('afterTransaction', this.after);
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
    const { notebook } = this.options;
    const cell = notebook.activeCell;
    const known = this.place !== null;
    if (known || transaction.local || !transaction.changed.has(this.cells) || cell === null) {
      return;
    }
    const map = (cell.model.sharedModel as unknown as { ymodel: Y.Map<unknown> }).ymodel;
    if (map._item?.deleted !== true) {
      return;
    }
    this.place = this.placeIn(cell, map, transaction);
    if (notebook.mode === 'edit') {
      // Otherwise the notebook would open another cell for editing.
      notebook.mode = 'command';
    }
  };

  /** The notebook shows what the document holds. */
  private readonly after = (): void => {
    if (this.place !== null && !this.coming) {
      this.coming = true;
      // Not within the transaction: an editor that is made there is told again of what it shows already.
      queueMicrotask(this.arrive);
    }
  };

  private readonly arrive = (): void => {
    const { place } = this;
    this.coming = false;
    this.place = null;
    const { notebook } = this.options;
    if (place === null || this.disposed || notebook.model === null) {
      return;
    }
    const index = notebook.widgets.findIndex(({ model }) => model.id === place.id);
    if (index < 0) {
      this.stay(place);
    } else {
      this.follow(place, index);
    }
  };

  private placeIn(cell: Cell, map: Y.Map<unknown>, transaction: Y.Transaction): IPlace {
    const { notebook } = this.options;
    const { editor } = cell;
    const id = String(valueBefore(map, 'id'));
    const source = valueBefore(map, 'source');
    const lost =
      source instanceof Y.Text
        ? lostText(source, transaction, this.progress.fresh)
        : { text: '', fresh: [] };
    const selection = editor?.getSelection();
    return {
      id,
      index: notebook.activeCellIndex,
      focused: notebook.node.contains(document.activeElement),
      editing: notebook.mode === 'edit' && editor?.hasFocus() === true,
      lost,
      anchor: offsetOf(editor, selection?.start),
      head: offsetOf(editor, selection?.end),
      cell: {
        id,
        cell_type: cell.model.type,
        source: lost.text,
        metadata: {},
        ...(cell.model instanceof CodeCellModel && { outputs: cell.model.outputs.toJSON() })
      }
    };
  }

  /** Goes along with the cell, with what was typed while it moved. */
  private follow(place: IPlace, index: number): void {
    const { notebook } = this.options;
    const cell = notebook.widgets[index];
    if (cell === undefined) {
      return;
    }
    this.complete(place, cell);
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    if (!place.editing) {
      if (place.focused) {
        notebook.activate();
      }
      return;
    }
    notebook.mode = 'edit';
    // What is typed before the editor is there would be lost.
    MessageLoop.sendMessage(notebook, Widget.Msg.UpdateRequest);
    if (cell.editor !== null) {
      this.settle(place, cell);
      return;
    }
    void cell.ready.then(() => {
      const elsewhere = document.activeElement !== null && document.activeElement !== document.body;
      if (!cell.isDisposed && notebook.activeCell === cell && !elsewhere) {
        this.settle(place, cell);
      }
    });
  }

  /** Adds what was written here and had not reached whoever put the cell there. */
  private complete({ lost }: IPlace, { model: { sharedModel } }: Cell): void {
    const words = missingWords(lost, sharedModel.getSource());
    if (words.length > 0) {
      sharedModel.transact(() => {
        words.forEach(({ at, words: text }) => {
          sharedModel.updateSource(at, at, text);
        });
      }, false);
    }
  }

  private settle({ lost, anchor, head }: IPlace, cell: Cell): void {
    const { editor } = cell;
    if (editor === null) {
      return;
    }
    const now = cell.model.sharedModel.getSource();
    const start = editor.getPositionAt(movedOffset(anchor, lost.text, now));
    const end = editor.getPositionAt(movedOffset(head, lost.text, now));
    if (start !== undefined && end !== undefined) {
      editor.setSelection({ start, end });
    }
    editor.focus();
  }

  /** The cell is gone: the person stays where it was, and what is typed on goes nowhere. */
  private stay(place: IPlace): void {
    const { notebook, trans } = this.options;
    notebook.activeCellIndex = Math.min(place.index, notebook.widgets.length - 1);
    notebook.deselectAll();
    if (!place.editing) {
      if (place.focused) {
        notebook.activate();
      }
      return;
    }
    const sentence = trans.__('Somebody deleted the cell you were typing in.');
    const callback = (): void => {
      this.putBack(place);
    };
    Notification.warning(sentence, {
      autoClose: TOLD_MS,
      actions: place.lost.text.trim() === '' ? [] : [{ label: trans.__('Bring it back'), callback }]
    });
  }

  private putBack({ id, index, cell }: IPlace): void {
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

/** What a key of a deleted map held, until Yjs sweeps up behind the transaction. */
function valueBefore(map: Y.Map<unknown>, key: string): unknown {
  const found: unknown[] | undefined = map._map.get(key)?.content.getContent();
  return found?.at(-1);
}

function offsetOf(editor: CodeEditor.IEditor | null, position?: CodeEditor.IPosition): number {
  return editor === null || position === undefined ? 0 : editor.getOffsetAt(position);
}

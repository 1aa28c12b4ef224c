import type { ISharedNotebook } from '@jupyter/ydoc';
import { Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { MessageLoop } from '@lumino/messaging';
import { PanelLayout } from '@lumino/widgets';
import type * as Y from 'yjs';
import { namedDeletions } from '../document/arrived';
import type { SharedDocument } from '../document/content';
import { Erasures, hasUnheard, LostText, movedOffset } from './own-words';
import { isTaken, sourceBefore, TakenCell } from './taken-cell';

/** Where somebody is in a notebook. */
interface IPlace {
  readonly cell: Cell;
  /** What becomes of it; `null` where it stays. */
  readonly taken: TakenCell | null;
  readonly focused: boolean;
  readonly editing: boolean;
  readonly anchor: number;
  readonly head: number;
}

/** What a foothold needs of the document and the application. */
export interface IFootholdOptions {
  readonly notebook: Notebook;
  readonly trans: TranslationBundle;
}

const TOLD_MS = 30_000;

/**
 * Keeps a person where they are when others move, replace or delete cells (PRESENCE-8, PRESENCE-9).
 *
 * To a notebook a moved cell is deleted, and another with its id put in somewhere. JupyterLab would go to a cell nearby,
 * and what is typed on would go there.
 */
export class Foothold implements IDisposable {
  private readonly shared: ISharedNotebook;
  private readonly doc: Y.Doc;
  private readonly cells: Y.Array<unknown>;
  private readonly erasures: Erasures;
  private place: IPlace | null = null;
  /** Where the person will be as soon as the cell is drawn. */
  private entering: IPlace | null = null;
  private taken: TakenCell[] = [];
  private readonly notices = new Set<string>();
  private coming = false;
  private disposed = false;

  constructor(private readonly options: IFootholdOptions) {
    const { notebook } = options;
    const shared = notebook.model?.sharedModel;
    if (shared === undefined) {
      throw new Error('The notebook has no model.');
    }
    this.shared = shared;
    this.doc = (shared as unknown as SharedDocument).ydoc;
    this.cells = this.doc.getArray('cells');
    this.erasures = new Erasures(this.doc);
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
      this.erasures.dispose();
      this.doc.off('beforeObserverCalls', this.before);
      this.doc.off('afterTransaction', this.after);
      this.notices.forEach(notice => {
        Notification.dismiss(notice);
      });
    }
  }

  /** The document has changed, the notebook does not know yet. */
  private readonly before = (transaction: Y.Transaction): void => {
    const { notebook } = this.options;
    const { activeCell } = notebook;
    if (transaction.local || !transaction.changed.has(this.cells)) {
      return;
    }
    this.taken.push(...this.takenBy(transaction));
    if (this.place !== null || activeCell === null) {
      return;
    }
    const taken = this.taken.find(({ cell }) => cell === activeCell) ?? null;
    this.place = this.placeIn(activeCell, taken);
    if (taken !== null && this.place.focused && notebook.mode === 'edit') {
      // Otherwise the notebook would open another cell for editing.
      notebook.mode = 'command';
    }
  };

  /** The cells that are taken away, as far as they matter to this person. */
  private takenBy(transaction: Y.Transaction): TakenCell[] {
    const { activeCell, widgets } = this.options.notebook;
    const gone = widgets.filter(isTaken);
    if (gone.length === 0) {
      return [];
    }
    const known = namedDeletions(transaction) ?? everything;
    return gone
      .map(cell => ({ cell, source: sourceBefore(cell) }))
      .map(({ cell, source }) => ({
        cell,
        source,
        unheard: hasUnheard(source, transaction, known)
      }))
      .filter(({ cell, unheard }) => cell === activeCell || unheard)
      .map(({ cell, source, unheard }) => {
        const lost = new LostText(source, transaction, known, this.erasures);
        return new TakenCell(cell, widgets.indexOf(cell), lost, unheard);
      });
  }

  private readonly after = (): void => {
    if (this.place !== null && !this.coming) {
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
    taken.forEach(one => {
      this.seeTo(one, place?.taken === one && place.editing);
    });
    if (place !== null) {
      this.settle(place);
    }
  };

  /** Completes the cell in the place of one that was taken away, or tells that there is none. */
  private seeTo(taken: TakenCell, editing: boolean): void {
    const { widgets } = this.options.notebook;
    const cell = widgets.find(({ model }) => model.id === taken.id);
    if (cell !== undefined) {
      taken.complete(cell);
    } else if ((taken.unheard || editing) && !taken.isWithin(widgets)) {
      this.tell(taken);
    }
  }

  private placeIn(cell: Cell, taken: TakenCell | null): IPlace {
    const { notebook } = this.options;
    const { entering } = this;
    if (entering?.cell === cell) {
      // It has moved on before it was drawn.
      return { ...entering, taken };
    }
    const { editor } = cell;
    const selection = editor?.getSelection();
    return {
      cell,
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
    const { taken, editing, focused } = place;
    const cell = this.cellOf(place);
    if (taken === null && cell === notebook.activeCell) {
      return;
    }
    this.entering = null;
    const nearby = Math.min(taken?.index ?? 0, notebook.widgets.length - 1);
    notebook.activeCellIndex = cell === null ? nearby : notebook.widgets.indexOf(cell);
    notebook.deselectAll();
    if (!editing && focused) {
      notebook.activate();
    } else if (editing && cell !== null) {
      this.enter({ ...place, cell });
    }
  }

  /** Where the person was, or what is in its place; `null` where that is gone. */
  private cellOf({ cell, taken }: IPlace): Cell | null {
    const { widgets } = this.options.notebook;
    return (
      widgets.find(other => (taken === null ? other === cell : other.model.id === taken.id)) ?? null
    );
  }

  /** Goes on editing in a cell, as soon as there is an editor. */
  private enter(place: IPlace): void {
    const { notebook } = this.options;
    const { cell } = place;
    notebook.mode = 'edit';
    const index = notebook.activeCellIndex;
    const windowed = notebook.notebookConfig.windowingMode === 'full';
    if (cell.isPlaceholder() && !windowed && notebook.layout instanceof PanelLayout) {
      // As the notebook does when it has time; what is typed until then would be lost.
      cell.dataset.windowedListIndex = String(index);
      notebook.layout.insertWidget(index, cell);
    }
    if (cell.editor !== null) {
      takeUp(place);
      return;
    }
    this.entering = place;
    notebook.scrollToItem(index).catch(() => undefined);
    void cell.ready.then(() => {
      const elsewhere = document.activeElement !== null && document.activeElement !== document.body;
      if (this.entering === place && notebook.activeCell === cell && !elsewhere) {
        this.entering = null;
        takeUp(place);
      }
    });
  }

  private tell(taken: TakenCell): void {
    const { trans } = this.options;
    const sentence = taken.isEmpty
      ? trans.__('Somebody deleted the cell you were typing in.')
      : trans.__('Somebody deleted the cell you were typing in: “%1”', taken.beginning);
    let notice = '';
    const callback = (): void => {
      this.notices.delete(notice);
      this.putBack(taken);
    };
    const actions = taken.isEmpty ? [] : [{ label: trans.__('Bring it back'), callback }];
    notice = Notification.warning(sentence, { autoClose: TOLD_MS, actions });
    this.notices.add(notice);
  }

  /** Puts a deleted cell back, if nobody has, and goes there. */
  private putBack(taken: TakenCell): void {
    const { notebook } = this.options;
    const { cells } = this.shared;
    if (this.disposed) {
      return;
    }
    if (!cells.some(cell => cell.getId() === taken.id)) {
      this.shared.insertCell(Math.min(taken.index, cells.length), taken.content);
    }
    const index = notebook.widgets.findIndex(({ model }) => model.id === taken.id);
    const cell = notebook.widgets[index];
    if (cell !== undefined) {
      notebook.activeCellIndex = index;
      const end = taken.lost.text.length;
      this.enter({ cell, taken, focused: true, editing: true, anchor: end, head: end });
    }
  }
}

/** Puts the caret where it was. */
function takeUp({ taken, anchor, head, cell: { editor, model } }: IPlace): void {
  // A Markdown cell puts the caret behind the heading's marks, later.
  MessageLoop.flush();
  if (editor === null) {
    return;
  }
  if (taken !== null) {
    const now = model.sharedModel.getSource();
    const start = editor.getPositionAt(movedOffset(anchor, taken.lost.text, now));
    const end = editor.getPositionAt(movedOffset(head, taken.lost.text, now));
    if (start !== undefined && end !== undefined) {
      editor.setSelection({ start, end });
      editor.revealPosition(end);
    }
  }
  editor.focus();
}

/** Where nobody can say what they knew, they knew everything: nothing is ever there twice. */
function everything(): boolean {
  return true;
}

function offsetOf(editor: CodeEditor.IEditor | null, position?: CodeEditor.IPosition): number {
  return editor === null || position === undefined ? 0 : editor.getOffsetAt(position);
}

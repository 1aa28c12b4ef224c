import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import { FileEditor } from '@jupyterlab/fileeditor';
import { Notebook } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';

/** Lets a widget be read and not written, and back again (CLIENT-20). */
export interface ILock extends IDisposable {
  locked: boolean;
}

/** Makes the lock that fits a document's widget; widgets it does not know keep their editors as they are. */
export function lockFor(widget: IDocumentWidget): ILock {
  const { content } = widget;
  if (content instanceof Notebook) {
    return new NotebookLock(content, widget.context.model);
  }
  if (content instanceof FileEditor) {
    return new EditorLock(content, widget.context.model);
  }
  return new ModelLock(widget.context.model);
}

class ModelLock implements ILock {
  protected isLocked = false;
  private disposed = false;

  constructor(private readonly model: DocumentRegistry.IModel) {
    model.stateChanged.connect(this.clean);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get locked(): boolean {
    return this.isLocked;
  }

  set locked(locked: boolean) {
    if (locked !== this.isLocked && !this.disposed) {
      this.isLocked = locked;
      this.model.readOnly = locked;
      this.clean();
      this.apply();
    }
  }

  dispose(): void {
    this.disposed = true;
    this.model.stateChanged.disconnect(this.clean);
  }

  /** Who may not write has nothing to save, and must not be asked about it when the tab is closed. */
  private readonly clean = (): void => {
    if (this.isLocked && this.model.dirty) {
      this.model.dirty = false;
    }
  };

  protected apply(): void {
    // The model's own flag is all there is.
  }
}

class EditorLock extends ModelLock {
  constructor(
    private readonly content: FileEditor,
    model: DocumentRegistry.IModel
  ) {
    super(model);
  }

  protected override apply(): void {
    this.content.editor.setOption('readOnly', this.isLocked);
  }
}

class NotebookLock extends ModelLock {
  constructor(
    private readonly content: Notebook,
    model: DocumentRegistry.IModel
  ) {
    super(model);
    content.model?.cells.changed.connect(this.applyLater);
  }

  override dispose(): void {
    this.content.model?.cells.changed.disconnect(this.applyLater);
    super.dispose();
  }

  protected override apply(): void {
    for (const cell of this.content.widgets) {
      // Or the cell would write its state into the document's metadata, for everybody.
      cell.syncEditable = false;
      if (this.isLocked) {
        cell.readOnly = true;
      } else {
        // Gives back what the cell's own metadata say.
        cell.loadEditableState();
        cell.syncEditable = true;
      }
    }
  }

  /** The widgets of new cells come after the cells. */
  private readonly applyLater = (): void => {
    if (this.isLocked) {
      requestAnimationFrame(() => {
        if (!this.isDisposed && !this.content.isDisposed) {
          this.apply();
        }
      });
    }
  };
}

import type { IOutput } from '@jupyterlab/nbformat';
import type { ISharedCell, YNotebook } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import type { Transaction } from 'yjs';
import type { OutputShelf } from './shelf';
import { standInOf, type IStandIn } from './stand-in';

/** Key in a document's `state` under which its room's name is. */
const DOCUMENT_ID = 'document_id';

/** A code cell, as far as its outputs are changed. */
interface IOutputCell {
  getOutputs(): IOutput[];
  updateOutputs(start: number, end: number, outputs: IOutput[]): void;
}

/**
 * Puts big outputs into cells that were copied here from another document.
 *
 * Their stand-ins name outputs that are kept beside the other document. The server takes them out again, and keeps them
 * beside this one.
 */
export class Adoption implements IDisposable {
  private disposed = false;

  /**
   * @param failed Told that an output could not be brought along.
   */
  constructor(
    private readonly model: YNotebook,
    private readonly shelf: OutputShelf,
    private readonly failed: (reason: string) => void
  ) {
    model.ydoc.on('afterTransaction', this.onTransaction);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    this.model.ydoc.off('afterTransaction', this.onTransaction);
  }

  private readonly onTransaction = ({ local, changed }: Transaction): void => {
    const cells: unknown = this.model.ydoc.share.get('cells');
    if (local && [...changed.keys()].some(type => (type as unknown) === cells)) {
      // JupyterLab makes the cells' widgets within the transaction's turn.
      queueMicrotask(this.look);
    }
  };

  private readonly look = (): void => {
    const own: unknown = this.model.ystate.get(DOCUMENT_ID);
    if (this.disposed || typeof own !== 'string') {
      return;
    }
    for (const cell of this.model.cells) {
      for (const output of outputsOf(cell)) {
        const standIn = standInOf(output);
        if (standIn !== null && standIn.document !== own) {
          void this.adopt(cell, standIn);
        }
      }
    }
  };

  private async adopt(cell: ISharedCell, standIn: IStandIn): Promise<void> {
    try {
      const output = await this.shelf.get(standIn, () => undefined);
      if (!this.disposed) {
        replace(cell, standIn, output);
      }
    } catch (error) {
      this.failed(error instanceof Error ? error.message : '');
    }
  }
}

function outputsOf(cell: ISharedCell): IOutput[] {
  return cell.cell_type === 'code' ? (cell as unknown as IOutputCell).getOutputs() : [];
}

/** Everything from there on is written anew: JupyterLab takes what is inserted for something to append. */
function replace(cell: ISharedCell, standIn: IStandIn, output: IOutput): void {
  const outputs = outputsOf(cell);
  const index = outputs.findIndex(held => {
    const found = standInOf(held);
    return found?.sha256 === standIn.sha256 && found.document === standIn.document;
  });
  if (index >= 0) {
    const following = [output, ...outputs.slice(index + 1)];
    (cell as unknown as IOutputCell).updateOutputs(index, outputs.length, following);
  }
}

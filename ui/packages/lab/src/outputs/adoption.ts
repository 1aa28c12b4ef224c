import type { IOutput } from '@jupyterlab/nbformat';
import type { ISharedCell, YNotebook } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import type { AbstractType, ID, Transaction } from 'yjs';
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
  /** Cells that were put in here and whose outputs are still to be looked at, by their Yjs types. */
  private fresh = new Set<unknown>();
  /** Stand-ins in cells that people were told about. */
  private readonly told = new Set<string>();
  /** Those of them that the server refused to give. */
  private readonly refused = new Set<string>();
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

  private readonly onTransaction = (transaction: Transaction): void => {
    const { changed, local } = transaction;
    const cells: unknown = this.model.ydoc.share.get('cells');
    if (local && [...changed.keys()].some(type => (type as unknown) === cells)) {
      for (const cell of this.model.cells) {
        // Only these: to look at the outputs of all cells takes long, and again and again.
        if (isAdded(typeOf(cell)._item?.id, transaction)) {
          this.fresh.add(typeOf(cell));
        }
      }
      // JupyterLab makes the cells' widgets within the transaction's turn.
      queueMicrotask(this.look);
    }
  };

  private readonly look = (): void => {
    const own: unknown = this.model.ystate.get(DOCUMENT_ID);
    if (this.disposed || typeof own !== 'string') {
      return;
    }
    const { fresh } = this;
    this.fresh = new Set();
    for (const cell of this.model.cells.filter(held => fresh.has(typeOf(held)))) {
      for (const output of outputsOf(cell)) {
        const standIn = standInOf(output);
        if (
          standIn !== null &&
          standIn.document !== own &&
          !this.refused.has(nameOf(cell, standIn))
        ) {
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
      this.fail(cell, standIn, error instanceof Error ? error.message : '');
    }
  }

  private fail(cell: ISharedCell, standIn: IStandIn, reason: string): void {
    const name = nameOf(cell, standIn);
    if (reason === '') {
      // Nobody answered: it is asked for again with the next cells.
      this.fresh.add(typeOf(cell));
    } else {
      // A cell that is moved is put in anew.
      this.refused.add(name);
    }
    if (!this.told.has(name) && !this.disposed) {
      this.told.add(name);
      this.failed(reason);
    }
  }
}

/** What a cell is in the shared document. */
function typeOf(cell: ISharedCell): AbstractType<unknown> {
  return (cell as unknown as { ymodel: AbstractType<unknown> }).ymodel;
}

function isAdded(id: ID | undefined, { beforeState }: Transaction): boolean {
  return id !== undefined && id.clock >= (beforeState.get(id.client) ?? 0);
}

/** A stand-in where it stands. */
function nameOf(cell: ISharedCell, { document, sha256 }: IStandIn): string {
  return JSON.stringify([cell.getId(), document, sha256]);
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

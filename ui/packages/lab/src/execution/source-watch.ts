import type { YNotebook } from '@jupyter/ydoc';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import * as Y from 'yjs';
import { people } from '../presence/person';

/** Who else changed the sources of a notebook's cells, as far as this page has seen it. */
export class SourceWatch implements IDisposable {
  private readonly names = new Map<string, Set<string>>();
  private readonly _changed = new Signal<this, ReadonlySet<string>>(this);
  private disposed = false;

  /**
   * @param model The notebook.
   * @param username This person's, as of any time; what they do in another window is no news to them.
   */
  constructor(
    private readonly model: Pick<YNotebook, 'ydoc' | 'awareness'>,
    private readonly username: () => string
  ) {
    model.ydoc.on('afterTransaction', this.onTransaction);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** The sources of these cells have changed. */
  get changed(): ISignal<this, ReadonlySet<string>> {
    return this._changed;
  }

  /** The names of those who changed a cell since it was {@link settle}d. */
  others(cell: string): readonly string[] {
    return [...(this.names.get(cell) ?? [])];
  }

  /** This person has run the cell as it is. */
  settle(cell: string): void {
    this.names.delete(cell);
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.model.ydoc.off('afterTransaction', this.onTransaction);
      Signal.clearData(this);
    }
  }

  private readonly onTransaction = (transaction: Y.Transaction): void => {
    const cells = changedSources(transaction);
    if (cells.size === 0) {
      return;
    }
    const name = transaction.local ? null : this.author(transaction);
    if (name !== null) {
      cells.forEach(cell => {
        this.names.set(cell, (this.names.get(cell) ?? new Set()).add(name));
      });
    }
    this._changed.emit(cells);
  };

  /** The one other person whose edits these are; `null` where that is not known. */
  private author({ afterState, beforeState }: Y.Transaction): string | null {
    const wrote = [...afterState]
      .filter(([client, clock]) => (beforeState.get(client) ?? 0) < clock)
      .map(([client]) => client);
    const { awareness, ydoc } = this.model;
    const authors = people(awareness.getStates(), ydoc.clientID).filter(
      ({ client, username }) => wrote.includes(client) && username !== this.username()
    );
    return authors[0]?.name ?? null;
  }
}

/** Ids of the cells whose text a transaction changed. */
function changedSources({ changed }: Y.Transaction): ReadonlySet<string> {
  const cells = new Set<string>();
  for (const type of changed.keys()) {
    const cell: unknown = type._item?.parentSub === 'source' ? type.parent : null;
    const id: unknown = cell instanceof Y.Map ? cell.get('id') : undefined;
    if (typeof id === 'string') {
      cells.add(id);
    }
  }
  return cells;
}

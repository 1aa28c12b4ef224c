import type { SharedCell } from '@jupyter/ydoc';
import { CodeCellModel, type Cell } from '@jupyterlab/cells';
import * as Y from 'yjs';
import type { LostText } from './own-words';

/** Trust is nothing that one puts back. */
const TRUSTED = 'trusted';

/** What JupyterLab puts between the texts of cells that it merges. */
const JOINT = '\n\n';

/** As much of a cell as says which it is. */
const BEGINNING = 40;

/** A cell that others are taking away, as it was here. */
export class TakenCell {
  readonly id: string;
  /** The whole cell, to be put back. */
  readonly content: SharedCell.Cell;

  /**
   * To be made while the transaction is being told to observers.
   *
   * @param index Where it stands.
   * @param lost Its text.
   * @param unheard Whether something was written here that who takes it away did not have.
   */
  constructor(
    readonly cell: Cell,
    readonly index: number,
    readonly lost: LostText,
    readonly unheard: boolean
  ) {
    const { model } = cell;
    const map = mapOf(cell);
    this.id = String(valueBefore(map, 'id'));
    this.content = {
      ...plainBefore(map, ['metadata', 'attachments', 'execution_count']),
      ...(model instanceof CodeCellModel && { outputs: model.outputs.toJSON() }),
      id: this.id,
      cell_type: model.type,
      source: lost.text
    };
  }

  get isEmpty(): boolean {
    return this.lost.text.trim() === '';
  }

  /** Its first words. */
  get beginning(): string {
    const line = this.lost.text.trim().split('\n')[0] ?? '';
    return line.length > BEGINNING ? `${line.slice(0, BEGINNING)}…` : line;
  }

  /** Whether it was made one with another cell. */
  isWithin(cells: readonly Cell[]): boolean {
    const text = `${JOINT}${this.lost.text}${JOINT}`;
    return cells.some(({ model }) =>
      `${JOINT}${model.sharedModel.getSource()}${JOINT}`.includes(text)
    );
  }

  /** Adds to the cell in its place what was written here and had not reached whoever put it there. */
  complete({ model: { sharedModel } }: Cell): void {
    const changes = this.lost.changes(sharedModel.getSource());
    if (changes.length > 0) {
      sharedModel.transact(() => {
        changes.forEach(({ at, remove, words }) => {
          sharedModel.updateSource(at, at + remove, words);
        });
      }, false);
    }
  }
}

/** The shared type behind a cell. */
function mapOf({ model }: Cell): Y.Map<unknown> {
  return (model.sharedModel as unknown as { readonly ymodel: Y.Map<unknown> }).ymodel;
}

/** Whether others have taken a cell away, and the notebook does not know yet. */
export function isTaken(cell: Cell): boolean {
  return mapOf(cell)._item?.deleted === true;
}

/** The text of a cell that a transaction takes away. */
export function sourceBefore(cell: Cell): Y.Text {
  const source = valueBefore(mapOf(cell), 'source');
  return source instanceof Y.Text ? source : new Y.Text();
}

/** What a key of a deleted map held, until Yjs sweeps up behind the transaction. */
function valueBefore(map: Y.Map<unknown>, key: string): unknown {
  const found: unknown[] | undefined = map._map.get(key)?.content.getContent();
  return found?.at(-1);
}

/** Some keys of a deleted map, with what is in them, as plain values. */
function plainBefore(map: Y.Map<unknown>, keys: readonly string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const key of keys) {
    const value = valueBefore(map, key);
    if (value instanceof Y.Map) {
      found[key] = plainBefore(
        value,
        [...value._map.keys()].filter(name => name !== TRUSTED)
      );
    } else if (value !== undefined && !(value instanceof Y.AbstractType)) {
      found[key] = value;
    }
  }
  return found;
}

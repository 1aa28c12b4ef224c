import type { JSONObject } from '@lumino/coreutils';
import { isObject, joined } from '../canonical';
import { align, idOf, type Alignment } from './alignment';
import { mergeCell } from './cell';
import type { IConflict } from './conflict';
import { mergeOrder } from './order';
import { equal, mergeObjects } from './value';

/** A notebook of two versions in one. */
export interface IMergedNotebook {
  readonly content: JSONObject;
  readonly conflicts: readonly IConflict[];
}

/** Merges two versions of a notebook in canonical form; docs/spec/merge.md has the rules. */
export function mergeNotebooks(
  base: JSONObject | null,
  ours: JSONObject,
  theirs: JSONObject
): IMergedNotebook {
  const conflicts: IConflict[] = [];
  const header = mergeHeader(base, ours, theirs, conflicts);
  const cells = mergeCells(cellsOf(base ?? {}), cellsOf(ours), cellsOf(theirs), conflicts);
  return { content: { ...header, cells: withOwnIds(cells) }, conflicts };
}

function cellsOf({ cells }: JSONObject): JSONObject[] {
  return Array.isArray(cells) ? cells.filter(isObject) : [];
}

/** Everything beside the cells. Of two new format versions the higher one holds the content of both. */
function mergeHeader(
  base: JSONObject | null,
  ours: JSONObject,
  theirs: JSONObject,
  conflicts: IConflict[]
): JSONObject {
  const [before, our, their] = [base ?? {}, ours, theirs].map(headerOf) as [
    JSONObject,
    JSONObject,
    JSONObject
  ];
  const minors = [our['nbformat_minor'], their['nbformat_minor']];
  if (!minors.includes(before['nbformat_minor'])) {
    const numbers = minors.filter(minor => typeof minor === 'number');
    our['nbformat_minor'] = their['nbformat_minor'] = Math.max(...numbers);
  }
  return mergeObjects(before, our, their, '', part => {
    conflicts.push({ cell: '', part, kept: 'ours', line: null });
  });
}

function headerOf(notebook: JSONObject): JSONObject {
  return Object.fromEntries(Object.entries(notebook).filter(([key]) => key !== 'cells'));
}

/** One cell as each side has it; `null` where it is not there. */
interface IVersionsOfCell {
  base: JSONObject | null;
  ours: JSONObject | null;
  theirs: JSONObject | null;
}

function mergeCells(
  base: readonly JSONObject[],
  ours: readonly JSONObject[],
  theirs: readonly JSONObject[],
  conflicts: IConflict[]
): JSONObject[] {
  const [ourBase, theirBase] = [align(base, ours), align(base, theirs)];
  const partners = partnersOf(ours, theirs, ourBase, theirBase);
  const ourOrder = ours.map((cell, index): IVersionsOfCell => ({
    base: at(base, ourBase, index),
    ours: cell,
    theirs: null
  }));
  const theirOrder = theirs.map((cell, index): IVersionsOfCell => {
    const partner = ourOrder[partners.get(index) ?? -1];
    if (partner === undefined) {
      return { base: at(base, theirBase, index), ours: null, theirs: cell };
    }
    partner.theirs = cell;
    return partner;
  });
  const [weMoved, theyMoved] = [hasMoved(ourBase), hasMoved(theirBase)];
  const order = mergeOrder(ourOrder, theirOrder, theyMoved && !weMoved);
  if (weMoved && theyMoved && !sameOrder(ourOrder.filter(isShared), theirOrder.filter(isShared))) {
    conflicts.push({ cell: '', part: 'order', kept: 'ours', line: null });
  }
  return order
    .map(versions => mergeVersions(versions, conflicts))
    .filter((cell): cell is JSONObject => cell !== null);
}

function at(base: readonly JSONObject[], alignment: Alignment, index: number): JSONObject | null {
  return base[alignment.get(index) ?? -1] ?? null;
}

/** The merged cell; `null` where one side deleted it and the other left it as it was (MERGE-9). */
function mergeVersions(
  { base, ours, theirs }: IVersionsOfCell,
  conflicts: IConflict[]
): JSONObject | null {
  if (ours !== null && theirs !== null) {
    return mergeCell({ base, ours, theirs }, conflicts);
  }
  const cell = ours ?? theirs;
  if (cell === null || base === null) {
    return cell;
  }
  if (equal({ ...cell, id: idOf(cell) }, { ...base, id: idOf(base) })) {
    return null;
  }
  const { id } = cell;
  const kept = ours === null ? 'theirs' : 'ours';
  conflicts.push({ cell: typeof id === 'string' ? id : '', part: 'cell', kept, line: null });
  return cell;
}

/** Index in theirs → index in ours of the same cell: through the base, else added on both sides. */
function partnersOf(
  ours: readonly JSONObject[],
  theirs: readonly JSONObject[],
  ourBase: Alignment,
  theirBase: Alignment
): Map<number, number> {
  const fromBase = new Map([...ourBase].map(([index, old]) => [old, index]));
  const partners = new Map<number, number>();
  for (const [index, old] of theirBase) {
    const partner = fromBase.get(old);
    if (partner !== undefined) {
      partners.set(index, partner);
    }
  }
  const ourNew = [...ours.entries()].filter(([index]) => !ourBase.has(index));
  const theirNew = [...theirs.entries()].filter(([index]) => !theirBase.has(index));
  const added = align(
    ourNew.map(([, cell]) => cell),
    theirNew.map(([, cell]) => cell)
  );
  for (const [index, partner] of added) {
    const [their, our] = [theirNew[index], ourNew[partner]];
    if (their?.[1]['cell_type'] !== our?.[1]['cell_type']) {
      continue;
    }
    if (their !== undefined && our !== undefined) {
      partners.set(their[0], our[0]);
    }
  }
  return partners;
}

function hasMoved(alignment: Alignment): boolean {
  const places = [...alignment].sort(([a], [b]) => a - b).map(([, old]) => old);
  return places.some((old, index) => old < (places[index - 1] ?? -1));
}

function isShared({ ours, theirs }: IVersionsOfCell): boolean {
  return ours !== null && theirs !== null;
}

function sameOrder<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** The cells with ids that occur once: an exact copy of an earlier cell goes, another one gets an id of its own (MERGE-12). */
function withOwnIds(cells: readonly JSONObject[]): JSONObject[] {
  const taken = new Set(cells.map(({ id }) => id));
  const first = new Map<unknown, JSONObject>();
  return cells.flatMap(cell => {
    const known = first.get(cell['id']);
    if (known === undefined) {
      first.set(cell['id'], cell);
      return [cell];
    }
    if (idOf(cell) !== null && equal(known, cell)) {
      return [];
    }
    let id = `${joined(cell['id'])}-2`;
    while (taken.has(id)) {
      id += '-2';
    }
    taken.add(id);
    return [{ ...cell, id }];
  });
}

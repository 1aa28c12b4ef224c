import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { isObject, joined } from '../canonical';
import { weave, weaveText } from './lines';
import { equal, mergeObjects } from './value';

/** A notebook of two versions in one. */
export interface IMergedNotebook {
  readonly content: JSONObject;
  readonly conflicts: number;
}

/** The cells of one version, by the name that the same cell has in all of them. */
type Cells = ReadonlyMap<string, JSONObject>;

function cellsOf(notebook: JSONObject): JSONObject[] {
  const { cells } = notebook;
  return Array.isArray(cells) ? cells.filter(isObject) : [];
}

function idOf(cell: JSONObject): string {
  return typeof cell['id'] === 'string' ? cell['id'] : '';
}

function sameText(a: JSONObject, b: JSONObject): boolean {
  return a['cell_type'] === b['cell_type'] && joined(a['source']) === joined(b['source']);
}

/** What makes two cells the same one, the surest first. */
const LIKENESSES: readonly ((a: JSONObject, b: JSONObject) => boolean)[] = [
  (a, b) => idOf(a) === idOf(b) && sameText(a, b),
  // Ids may be made up, or belong to copies of a file that was written twice.
  (a, b) => sameText(a, b) && joined(a['source']).trim() !== '',
  (a, b) => idOf(a) === idOf(b) && a['cell_type'] === b['cell_type']
];

/**
 * Names the cells of a version after those of another one that are the same.
 *
 * @param known The cells of the other version.
 * @param suffix Told apart by it: cells that are in this version only.
 */
function nameCells(cells: readonly JSONObject[], known: Cells, suffix: string): Cells {
  const names = new Map<JSONObject, string>();
  const free = new Map(known);
  for (const alike of LIKENESSES) {
    for (const cell of cells) {
      const found = names.has(cell) ? undefined : [...free].find(([, other]) => alike(cell, other));
      if (found !== undefined) {
        names.set(cell, found[0]);
        free.delete(found[0]);
      }
    }
  }
  return new Map(
    cells.map((cell, index) => [names.get(cell) ?? `${index} ${idOf(cell)} ${suffix}`, cell])
  );
}

/** Merges two versions of a notebook in canonical form; see docs/spec/merge.md for the rules. */
export function mergeNotebooks(
  base: JSONObject | null,
  ours: JSONObject,
  theirs: JSONObject
): IMergedNotebook {
  const before = base === null ? null : nameCells(cellsOf(base), new Map(), 'base');
  const left = nameCells(cellsOf(ours), before ?? new Map<string, JSONObject>(), 'ours');
  const right = nameCells(cellsOf(theirs), new Map([...left, ...(before ?? [])]), 'theirs');
  const order = weave(
    before === null ? null : [...before.keys()],
    [...left.keys()],
    [...right.keys()]
  );
  const known = before ?? new Map<string, JSONObject>();
  const stay = [...new Set(order.items)].filter(name => !isDeleted(name, known, left, right));
  const names = rescue(stay, known, left, right);
  let conflicts = 0;
  const taken = new Set<string>();
  const cells = names.map(name => {
    const merged = mergeCell(before?.get(name) ?? null, left.get(name), right.get(name));
    conflicts += merged.conflicts;
    return withFreeId(merged.cell, taken);
  });
  const rest = mergeObjects(base, { ...ours, cells: [] }, { ...theirs, cells: [] });
  return { content: { ...rest, cells }, conflicts };
}

/** Whether one side deleted a cell and the other left it as it was. */
function isDeleted(name: string, before: Cells, left: Cells, right: Cells): boolean {
  const was = before.get(name);
  const [ours, theirs] = [left.get(name), right.get(name)];
  const missing = ours === undefined || theirs === undefined;
  return was !== undefined && missing && equal(textPart(was), textPart(ours ?? theirs ?? was));
}

/** Puts cells back that one side deleted and the other changed: after the cell they came after. */
function rescue(names: string[], before: Cells, left: Cells, right: Cells): string[] {
  for (const [mine, other] of [
    [left, right],
    [right, left]
  ] as const) {
    const order = [...mine.keys()];
    for (const [at, name] of order.entries()) {
      const changed = !equal(textPart(before.get(name)), textPart(mine.get(name)));
      if (!names.includes(name) && !other.has(name) && changed) {
        names.splice(names.indexOf(order[at - 1] ?? '') + 1, 0, name);
      }
    }
  }
  return names;
}

function textPart(cell: JSONObject | undefined): JSONValue | undefined {
  return cell === undefined ? undefined : [cell['cell_type'] ?? '', joined(cell['source'])];
}

function withFreeId(cell: JSONObject, taken: Set<string>): JSONObject {
  let id = idOf(cell);
  while (taken.has(id)) {
    id += '-2';
  }
  taken.add(id);
  return id === idOf(cell) ? cell : { ...cell, id };
}

/** What a run leaves in a cell; comes from one side together. */
const RESULTS = ['outputs', 'execution_count'] as const;

function results(cell: JSONObject | null): JSONObject {
  return Object.fromEntries(
    RESULTS.filter(key => cell?.[key] !== undefined).map(key => [key, cell?.[key] ?? null])
  );
}

function mergeCell(
  base: JSONObject | null,
  ours: JSONObject | undefined,
  theirs: JSONObject | undefined
): { cell: JSONObject; conflicts: number } {
  if (ours === undefined || theirs === undefined) {
    return { cell: ours ?? theirs ?? {}, conflicts: 0 };
  }
  const before = base === null ? null : joined(base['source']);
  const source = weaveText(before, joined(ours['source']), joined(theirs['source']));
  const ran = results(resultsAreTheirs(base, ours, theirs) ? theirs : ours);
  return {
    cell: { ...mergeObjects(base, ours, theirs), ...ran, source: source.text },
    conflicts: source.conflicts
  };
}

/** Whether what a run left is taken from theirs: if only they ran it, or only they changed what was run. */
function resultsAreTheirs(base: JSONObject | null, ours: JSONObject, theirs: JSONObject): boolean {
  if (base === null) {
    return isEmpty(ours);
  }
  const [before, left, right] = [base, ours, theirs].map(cell => joined(cell['source']));
  return equal(results(base), results(ours)) || (left === before && right !== before);
}

function isEmpty({ outputs }: JSONObject): boolean {
  return !Array.isArray(outputs) || outputs.length === 0;
}

import type { JSONObject } from '@lumino/coreutils';
import { joined, madeUpId } from '../canonical';
import { changes, counted } from './difference';

/** Which cell of one version is which of another: index in the newer one → index in the older one. */
export type Alignment = Map<number, number>;

/** Share of equal characters from which two cells without ids count as one that was edited. */
const RESEMBLANCE = 0.5;
/** Cells that a changed one is compared with; people change some cells between two saves, not hundreds. */
const TRIES = 20;

/** The id a cell brought with it; `null` where it has none, or one that says no more than its place. */
export function idOf({ id }: JSONObject): string | null {
  return typeof id === 'string' && id !== '' && !madeUpId(id) ? id : null;
}

/**
 * Matches the cells of two versions, one to one (MERGE-8).
 *
 * Cells with the same id are the same. Of the rest, equal type and source in the same order are the same; and where ids are
 * missing, cells between the same neighbours that resemble each other.
 */
export function align(old: readonly JSONObject[], fresh: readonly JSONObject[]): Alignment {
  const matched = byId(old, fresh);
  bySource(old, fresh, matched);
  if ([...old, ...fresh].some(cell => idOf(cell) === null)) {
    byResemblance(old, fresh, matched);
  }
  return matched;
}

function byId(old: readonly JSONObject[], fresh: readonly JSONObject[]): Alignment {
  const places = new Map(old.map((cell, index) => [idOf(cell), index]));
  const matched: Alignment = new Map();
  fresh.forEach((cell, index) => {
    const id = idOf(cell);
    const place = id === null ? undefined : places.get(id);
    if (place !== undefined) {
      matched.set(index, place);
    }
  });
  return matched;
}

function bySource(
  old: readonly JSONObject[],
  fresh: readonly JSONObject[],
  matched: Alignment
): void {
  const [rest, freshRest] = unmatched(old, fresh, matched);
  const found = changes(
    rest.map(index => keyOf(old[index])),
    freshRest.map(index => keyOf(fresh[index]))
  );
  let [i, j] = [0, 0];
  const end = { start: rest.length, newStart: freshRest.length, end: 0, newEnd: 0 };
  for (const change of [...found, end]) {
    for (; j < change.newStart; j += 1) {
      matched.set(freshRest[j] ?? -1, rest[i] ?? -1);
      i += 1;
    }
    i = change.end;
    j = change.newEnd;
  }
}

/** Matches what is left between the same neighbours, in order. */
function byResemblance(
  old: readonly JSONObject[],
  fresh: readonly JSONObject[],
  matched: Alignment
): void {
  const [rest] = unmatched(old, fresh, matched);
  const ceilings = ceilingsOf(matched, old.length, fresh.length);
  let floor = -1;
  fresh.forEach((cell, index) => {
    const known = matched.get(index);
    if (known !== undefined) {
      floor = Math.max(floor, known);
      return;
    }
    const ceiling = ceilings[index] ?? old.length;
    const found = rest
      .filter(place => place > floor && place < ceiling)
      .slice(0, TRIES)
      .find(place => resemble(old[place], cell));
    if (found !== undefined) {
      matched.set(index, found);
      floor = found;
    }
  });
}

/** For each place in the newer version the first place in the older one that a later cell is matched to. */
function ceilingsOf(matched: Alignment, oldEnd: number, newEnd: number): number[] {
  const ceilings = new Array<number>(newEnd).fill(oldEnd);
  let lowest = oldEnd;
  for (let index = newEnd - 1; index >= 0; index -= 1) {
    ceilings[index] = lowest;
    lowest = Math.min(lowest, matched.get(index) ?? oldEnd);
  }
  return ceilings;
}

function unmatched(
  old: readonly JSONObject[],
  fresh: readonly JSONObject[],
  matched: Alignment
): [number[], number[]] {
  const taken = new Set(matched.values());
  return [
    [...old.keys()].filter(index => !taken.has(index)),
    [...fresh.keys()].filter(index => !matched.has(index))
  ];
}

function keyOf(cell: JSONObject | undefined): string {
  return JSON.stringify([cell?.['cell_type'], joined(cell?.['source'])]);
}

function resemble(old: JSONObject | undefined, fresh: JSONObject): boolean {
  if (old === undefined || old['cell_type'] !== fresh['cell_type']) {
    return false;
  }
  if (idOf(old) !== null && idOf(fresh) !== null) {
    return false;
  }
  const [before, after] = [joined(old['source']), joined(fresh['source'])];
  if (before !== '' && after !== '' && (before.startsWith(after) || after.startsWith(before))) {
    return true;
  }
  return likeness(Array.from(before), Array.from(after)) >= RESEMBLANCE;
}

/** The share of characters that two texts have in common, wherever they stand. */
function likeness(before: readonly string[], after: readonly string[]): number {
  const left = counted(before);
  let equal = 0;
  for (const character of after) {
    const count = left.get(character) ?? 0;
    if (count > 0) {
      left.set(character, count - 1);
      equal += 1;
    }
  }
  const length = before.length + after.length;
  return length === 0 ? 1 : (2 * equal) / length;
}

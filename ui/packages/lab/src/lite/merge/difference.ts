import { stretches, type Stretch } from './matching';
import { commonElements } from './shortest-edit';

/** `old[start..end]` is replaced by `new[newStart..newEnd]`. */
export interface IChange {
  readonly start: number;
  readonly end: number;
  readonly newStart: number;
  readonly newEnd: number;
}

/** Pairs of equal elements up to which all of them are looked at. */
const THOROUGH_PAIRS = 200_000;
/** Elements inserted and removed up to which a repetitive list is compared exactly (below a second). */
const MOST_EDITS = 500;

/** What turns one list of texts into another, in order, without overlaps; not always the shortest. */
export function changes(old: readonly string[], fresh: readonly string[]): IChange[] {
  const prefix = commonPrefix(old, fresh);
  const suffix = commonSuffix(old, fresh, prefix);
  const [oldEnd, newEnd] = [old.length - suffix, fresh.length - suffix];
  const middle = old.slice(prefix, oldEnd);
  const newMiddle = fresh.slice(prefix, newEnd);
  if (middle.length === 0 && newMiddle.length === 0) {
    return [];
  }
  const kept = middle.length === 0 || newMiddle.length === 0 ? [] : common(middle, newMiddle);
  return between(kept, prefix, oldEnd, newEnd);
}

/** Whether all of `part` occurs in `whole` in this order, perhaps with more in between. */
export function isSubsequence(part: Iterable<string>, whole: Iterable<string>): boolean {
  const rest = whole[Symbol.iterator]();
  for (const element of part) {
    let next = rest.next();
    while (next.done !== true && next.value !== element) {
      next = rest.next();
    }
    if (next.done === true) {
      return false;
    }
  }
  return true;
}

/** How often each element occurs. */
export function counted(elements: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const element of elements) {
    counts.set(element, (counts.get(element) ?? 0) + 1);
  }
  return counts;
}

function common(old: readonly string[], fresh: readonly string[]): Stretch[] {
  const counts = counted(old);
  const pairs = fresh.reduce((sum, element) => sum + (counts.get(element) ?? 0), 0);
  const repetitive = pairs > THOROUGH_PAIRS;
  const kept = repetitive ? commonElements(old, fresh, MOST_EDITS) : null;
  return kept?.map(([x, y]): Stretch => [x, y, 1]) ?? stretches(old, fresh, repetitive);
}

/** What lies between kept stretches, which are counted from `prefix`. */
function between(
  kept: readonly Stretch[],
  prefix: number,
  oldEnd: number,
  newEnd: number
): IChange[] {
  const found: IChange[] = [];
  let [start, newStart] = [prefix, prefix];
  for (const [at, there, count] of [...kept, [oldEnd - prefix, newEnd - prefix, 0] as const]) {
    if (start !== prefix + at || newStart !== prefix + there) {
      found.push({ start, end: prefix + at, newStart, newEnd: prefix + there });
    }
    start = prefix + at + count;
    newStart = prefix + there + count;
  }
  return found;
}

function commonPrefix(old: readonly string[], fresh: readonly string[]): number {
  const limit = Math.min(old.length, fresh.length);
  let length = 0;
  while (length < limit && old[length] === fresh[length]) {
    length += 1;
  }
  return length;
}

function commonSuffix(old: readonly string[], fresh: readonly string[], prefix: number): number {
  const limit = Math.min(old.length, fresh.length) - prefix;
  let length = 0;
  while (length < limit && old.at(-1 - length) === fresh.at(-1 - length)) {
    length += 1;
  }
  return length;
}

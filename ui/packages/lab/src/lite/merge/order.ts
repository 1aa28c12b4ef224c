/**
 * All items of two lists, each once (MERGE-10).
 *
 * Items in both keep the order of `ours` (of `theirs` with `followTheirs`). An item of one list only comes behind the one it follows
 * there; where both have one at the same place, ours comes first. No item is in a list twice.
 */
export function mergeOrder<T>(
  ours: readonly T[],
  theirs: readonly T[],
  followTheirs: boolean
): T[] {
  const [first, second] = followTheirs ? [theirs, ours] : [ours, theirs];
  const ends = followTheirs ? new Map<T | null, T>() : runEnds(first, new Set(second));
  const inFirst = new Set(first);
  const inserted = new Map<T | null, T[]>();
  let anchor: T | null = ends.get(null) ?? null;
  for (const item of second) {
    if (inFirst.has(item)) {
      anchor = ends.get(item) ?? item;
    } else {
      inserted.set(anchor, [...(inserted.get(anchor) ?? []), item]);
    }
  }
  return [
    ...(inserted.get(null) ?? []),
    ...first.flatMap(item => [item, ...(inserted.get(item) ?? [])])
  ];
}

/** For each shared item, and for `null` (the beginning), the last of the unshared ones right behind it. */
function runEnds<T>(items: readonly T[], shared: ReadonlySet<T>): Map<T | null, T> {
  const ends = new Map<T | null, T>();
  let last: T | null = null;
  for (const item of items) {
    if (shared.has(item)) {
      last = item;
    } else {
      ends.set(last, item);
    }
  }
  return ends;
}

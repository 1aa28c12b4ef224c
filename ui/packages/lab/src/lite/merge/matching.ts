/** So many elements of a list of texts are the same as in another one: start here, start there, how many. */
export type Stretch = readonly [number, number, number];

/** From so many elements on, those that occur too often are left out where `frequent` is. */
const LONG = 200;
/** An element occurs too often in a long list if it makes up more than one in so many. */
const SHARE = 100;

/**
 * What two lists have in common: the longest stretch, then the longest ones before and behind it, and so on.
 *
 * The same algorithm as Python's difflib (Ratcliff and Obershelp, Dr. Dobb's Journal, July 1988), so that documents come out of
 * a merge here as on a server.
 *
 * @param sparing Whether to leave out elements that are everywhere; quadratic time otherwise.
 * @returns In order.
 */
export function stretches(
  old: readonly string[],
  fresh: readonly string[],
  sparing: boolean
): Stretch[] {
  const places = placesOf(fresh, sparing);
  const found: Stretch[] = [];
  const open = [{ from: 0, to: old.length, low: 0, high: fresh.length }];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const [at, there, count] = longest(old, fresh, places, range);
    if (count > 0) {
      const { from, high, low, to } = range;
      found.push([at, there, count]);
      open.push({ from, to: at, low, high: there });
      open.push({ from: at + count, to, low: there + count, high });
    }
  }
  return found.sort(([a], [b]) => a - b);
}

interface IRange {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

type Places = ReadonlyMap<string, readonly number[]>;

function placesOf(list: readonly string[], sparing: boolean): Places {
  const places = new Map<string, number[]>();
  list.forEach((element, index) => {
    const known = places.get(element);
    if (known === undefined) {
      places.set(element, [index]);
    } else {
      known.push(index);
    }
  });
  if (sparing && list.length >= LONG) {
    const most = Math.floor(list.length / SHARE) + 1;
    for (const [element, { length }] of places) {
      if (length > most) {
        places.delete(element);
      }
    }
  }
  return places;
}

function longest(
  old: readonly string[],
  fresh: readonly string[],
  places: Places,
  { from, high, low, to }: IRange
): Stretch {
  let best: [number, number, number] = [from, low, 0];
  let lengths = new Map<number, number>();
  for (let i = from; i < to; i += 1) {
    const next = new Map<number, number>();
    for (const j of places.get(old[i] ?? '') ?? []) {
      if (j >= high) {
        break;
      }
      if (j >= low) {
        const length = (lengths.get(j - 1) ?? 0) + 1;
        next.set(j, length);
        if (length > best[2]) {
          best = [i - length + 1, j - length + 1, length];
        }
      }
    }
    lengths = next;
  }
  return extended(old, fresh, best, { from, to, low, high });
}

/** A stretch with the equal elements round it that were left out. */
function extended(
  old: readonly string[],
  fresh: readonly string[],
  [at, there, count]: Stretch,
  { from, high, low, to }: IRange
): Stretch {
  let before = 0;
  while (
    at - before > from &&
    there - before > low &&
    old[at - before - 1] === fresh[there - before - 1]
  ) {
    before += 1;
  }
  let behind = count;
  while (at + behind < to && there + behind < high && old[at + behind] === fresh[there + behind]) {
    behind += 1;
  }
  return [at - before, there - before, before + behind];
}

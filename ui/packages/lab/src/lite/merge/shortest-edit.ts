/** How far along the old list a path has come, for each diagonal. */
type Furthest = Map<number, number>;

/**
 * Pairs of places (old, new) that a shortest edit keeps, in order; `null` where more than `most` elements would have to be inserted or
 * removed.
 *
 * E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), the greedy algorithm of section 4: time
 * grows with the square of the number of edits, not with repetition.
 */
export function commonElements(
  old: readonly string[],
  fresh: readonly string[],
  most: number
): [number, number][] | null {
  const furthest: Furthest = new Map([[1, 0]]);
  const trace: Furthest[] = [];
  for (let edits = 0; edits <= most; edits += 1) {
    trace.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = step(furthest, diagonal, edits);
      while (x < old.length && x - diagonal < fresh.length && old[x] === fresh[x - diagonal]) {
        x += 1;
      }
      furthest.set(diagonal, x);
      if (x >= old.length && x - diagonal >= fresh.length) {
        return retrace(trace, old.length, fresh.length);
      }
    }
  }
  return null;
}

function at(furthest: Furthest, diagonal: number): number {
  return furthest.get(diagonal) ?? 0;
}

/** Where a path reaches a diagonal by one more insertion or removal. */
function step(furthest: Furthest, diagonal: number, edits: number): number {
  return inserts(furthest, diagonal, edits)
    ? at(furthest, diagonal + 1)
    : at(furthest, diagonal - 1) + 1;
}

function inserts(furthest: Furthest, diagonal: number, edits: number): boolean {
  return diagonal === -edits || diagonal === edits
    ? diagonal === -edits
    : at(furthest, diagonal - 1) < at(furthest, diagonal + 1);
}

function retrace(trace: readonly Furthest[], x: number, y: number): [number, number][] {
  const kept: [number, number][] = [];
  for (const [edits, furthest] of [...trace.entries()].reverse()) {
    const diagonal = x - y;
    const before = inserts(furthest, diagonal, edits) ? diagonal + 1 : diagonal - 1;
    const beforeX = at(furthest, before);
    const beforeY = beforeX - before;
    while (x > Math.max(beforeX, 0) && y > Math.max(beforeY, 0)) {
      x -= 1;
      y -= 1;
      kept.push([x, y]);
    }
    x = beforeX;
    y = beforeY;
  }
  return kept.reverse();
}

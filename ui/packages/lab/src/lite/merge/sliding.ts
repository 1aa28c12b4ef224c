import { changes, type IChange } from './difference';

/**
 * The changes that make two texts of one, said so that they can be compared.
 *
 * A line inserted between equal lines can be said to be inserted before or behind them, and each side's difference may choose another
 * of these places. Where both sides can mean one place, they are made to say so.
 */
export function comparableChanges(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[]
): { ours: IChange[]; theirs: IChange[] } {
  const found = { ours: changes(base, ours), theirs: changes(base, theirs) };
  const ourRooms = roomsOf(base, ours, found.ours);
  const theirRooms = roomsOf(base, theirs, found.theirs);
  let [i, j] = [0, 0];
  for (;;) {
    const [one, other] = [ourRooms[i], theirRooms[j]];
    const [mine, yours] = [found.ours[i], found.theirs[j]];
    if (one === undefined || other === undefined || mine === undefined || yours === undefined) {
      return found;
    }
    const low = Math.max(one.low, other.low);
    if (one.size === other.size && low <= Math.min(one.high, other.high)) {
      found.ours[i] = moved(mine, low);
      found.theirs[j] = moved(yours, low);
      i += 1;
      j += 1;
    } else if (one.high <= other.high) {
      i += 1;
    } else {
      j += 1;
    }
  }
}

/** Where a change can be said to start. */
interface IRoom {
  readonly low: number;
  readonly high: number;
  /** So many lines of the base are removed; -1: something is inserted as well, and it can only be where it is. */
  readonly size: number;
}

function roomsOf(
  base: readonly string[],
  side: readonly string[],
  own: readonly IChange[]
): IRoom[] {
  return own.map((change, index) =>
    roomOf(base, side, change, {
      floor: own[index - 1]?.end ?? 0,
      ceiling: own[index + 1]?.start ?? base.length
    })
  );
}

function roomOf(
  base: readonly string[],
  side: readonly string[],
  { end, newEnd, newStart, start }: IChange,
  { ceiling, floor }: { floor: number; ceiling: number }
): IRoom {
  const inserts = newStart !== newEnd;
  if (inserts && start !== end) {
    return { low: start, high: start, size: -1 };
  }
  const lines = inserts ? side : base;
  const [first, last] = inserts ? [newStart, newEnd] : [start, end];
  let up = 0;
  while (start - up > floor && base[start - up - 1] === lines[last - up - 1]) {
    up += 1;
  }
  let down = 0;
  while (end + down < ceiling && base[end + down] === lines[first + down]) {
    down += 1;
  }
  return { low: start - up, high: start + down, size: end - start };
}

function moved({ end, newEnd, newStart, start }: IChange, to: number): IChange {
  const by = to - start;
  return { start: to, end: end + by, newStart: newStart + by, newEnd: newEnd + by };
}

import { changes, counted, isSubsequence, type IChange } from './difference';
import { comparableChanges } from './sliding';

/** A text of two versions in one. */
export interface IMergedText {
  readonly text: string;
  /** Lines of it, from 0, at which both sides had changed the same place. */
  readonly conflicts: readonly number[];
}

/** The lines that two sides make of one place, and where among them both sides' stand one after the other. */
interface IResolved {
  readonly lines: readonly string[];
  readonly conflicts: readonly number[];
}

/**
 * Merges two texts by line (MERGE-1 to MERGE-7).
 *
 * Changes of both sides are kept. Where both changed the same place, the side that contains the other is kept, else both are.
 *
 * @param base What both come from, or `null`.
 * @param ours The version that comes first where both have written.
 */
export function mergeText(base: string | null, ours: string, theirs: string): IMergedText {
  if (base === ours || base === theirs || ours === theirs) {
    return { text: base === ours ? theirs : ours, conflicts: [] };
  }
  const [our, their] = [ours.split('\n'), theirs.split('\n')];
  if (base === null) {
    return textOf(united(our, their));
  }
  const before = base.split('\n');
  if (continues(before, their, our)) {
    return { text: ours, conflicts: [] };
  }
  if (continues(before, our, their)) {
    return { text: theirs, conflicts: [] };
  }
  return textOf(mergeRegions(before, our, their));
}

function textOf({ conflicts, lines }: IResolved): IMergedText {
  return { text: lines.join('\n'), conflicts };
}

/** Whether `later` does all that `earlier` does: it holds all its lines, in order, and none that `earlier` removed. */
function continues(
  base: readonly string[],
  earlier: readonly string[],
  later: readonly string[]
): boolean {
  if (!isSubsequence(earlier, later)) {
    return false;
  }
  const [kept, held] = [counted(earlier), counted(later)];
  return [...counted(base)].every(([line, count]) => {
    const left = kept.get(line) ?? 0;
    return left >= count || (held.get(line) ?? 0) <= left;
  });
}

/** Replaces each region of the base by what both sides make of it; what neither side removed stays. */
function mergeRegions(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[]
): IResolved {
  const lines: string[] = [];
  const conflicts: number[] = [];
  let position = 0;
  for (const region of regions(base, ours, theirs)) {
    const start = region[0]?.start ?? position;
    const end = Math.max(...region.map(change => change.end));
    lines.push(...base.slice(position, start));
    position = end;
    const found = resolve(base.slice(start, end), added(region, ours), added(region, theirs));
    conflicts.push(...found.conflicts.map(at => lines.length + at));
    lines.push(...found.lines);
  }
  return { lines: [...lines, ...base.slice(position)], conflicts };
}

/** A change of one side. */
interface IOwnedChange extends IChange {
  readonly side: readonly string[];
  /** Ours before theirs where both are at one place. */
  readonly rank: number;
}

function added(region: readonly IOwnedChange[], side: readonly string[]): string[] {
  return region
    .filter(change => change.side === side)
    .flatMap(({ newEnd, newStart }) => side.slice(newStart, newEnd));
}

/** Changes in order of the base, grouped where they overlap or where one inserts next to another. */
function regions(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[]
): IOwnedChange[][] {
  const found = comparableChanges(base, ours, theirs);
  const owned = [
    ...found.ours.map((change): IOwnedChange => ({ ...change, side: ours, rank: 0 })),
    ...found.theirs.map((change): IOwnedChange => ({ ...change, side: theirs, rank: 1 }))
  ].sort((a, b) => a.start - b.start || a.end - b.end || a.rank - b.rank);
  const grouped: IOwnedChange[][] = [];
  let end = -1;
  for (const change of owned) {
    const region = grouped.at(-1);
    if (region === undefined || (change.start >= end && !touches(region, change, end))) {
      grouped.push([change]);
    } else {
      region.push(change);
    }
    end = Math.max(end, change.end);
  }
  return grouped;
}

function touches(region: readonly IChange[], { end, start }: IChange, regionEnd: number): boolean {
  return start === regionEnd && (start === end || region.some(other => other.start === other.end));
}

function resolve(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[]
): IResolved {
  if (theirs.length === 0 || contains(ours, theirs, base)) {
    return { lines: ours, conflicts: [] };
  }
  if (ours.length === 0 || contains(theirs, ours, base)) {
    return { lines: theirs, conflicts: [] };
  }
  return united(ours, theirs);
}

/** All lines of both; equal ones once; where they differ ours first. */
function united(ours: readonly string[], theirs: readonly string[]): IResolved {
  const lines: string[] = [];
  const conflicts: number[] = [];
  let position = 0;
  for (const { end, newEnd, newStart, start } of changes(ours, theirs)) {
    lines.push(...ours.slice(position, start));
    position = end;
    const [our, their] = [ours.slice(start, end), theirs.slice(newStart, newEnd)];
    if (our.length === 0 || contains(their, our, [])) {
      lines.push(...their);
    } else if (their.length === 0 || contains(our, their, [])) {
      lines.push(...our);
    } else {
      conflicts.push(lines.length);
      lines.push(...our, ...their);
    }
  }
  return { lines: [...lines, ...ours.slice(position)], conflicts };
}

/**
 * Whether `whole` can be what became of `part` by typing on (MERGE-4).
 *
 * Every line of `part` begins a line of `whole`, in order (an empty line begins any); or `part` lies between the changed `base` and
 * `whole`, each holding all characters of the one before.
 */
function contains(
  whole: readonly string[],
  part: readonly string[],
  base: readonly string[]
): boolean {
  return begins(part, whole) || liesBetween(base.join('\n'), part.join('\n'), whole.join('\n'));
}

function begins(part: readonly string[], whole: readonly string[]): boolean {
  let at = 0;
  return part.every(line => {
    while (at < whole.length && whole[at]?.startsWith(line) !== true) {
      at += 1;
    }
    at += 1;
    return at <= whole.length;
  });
}

function liesBetween(before: string, part: string, after: string): boolean {
  return before.trim() !== '' && isSubsequence(before, part) && isSubsequence(part, after);
}

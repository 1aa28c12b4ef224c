import { diff3Merge, diffComm } from 'node-diff3';

/** Items of two versions in one list. */
export interface IWoven<T> {
  readonly items: readonly T[];
  /** Places where both had put something else; both are there. */
  readonly conflicts: number;
}

/**
 * Merges two versions of a list of lines (or of names of cells).
 *
 * @param base What both come from, or `null`: then everything of both is kept, and what is equal is there once.
 * @param ours The version that comes first where both have something at one place.
 */
export function weave(
  base: readonly string[] | null,
  ours: readonly string[],
  theirs: readonly string[]
): IWoven<string> {
  return base === null ? weaveTwo(ours, theirs) : weaveThree(base, ours, theirs);
}

function weaveTwo(ours: readonly string[], theirs: readonly string[]): IWoven<string> {
  const items: string[] = [];
  let conflicts = 0;
  for (const part of diffComm([...ours], [...theirs])) {
    if (part.common !== undefined) {
      items.push(...part.common);
    } else {
      items.push(...part.buffer1, ...part.buffer2);
      conflicts += part.buffer1.length > 0 && part.buffer2.length > 0 ? 1 : 0;
    }
  }
  return { items, conflicts };
}

function weaveThree(
  base: readonly string[],
  ours: readonly string[],
  theirs: readonly string[]
): IWoven<string> {
  const items: string[] = [];
  let conflicts = 0;
  for (const part of diff3Merge([...ours], [...base], [...theirs])) {
    if (part.ok !== undefined) {
      items.push(...part.ok);
    } else if (part.conflict !== undefined) {
      items.push(...weaveTwo(part.conflict.a, part.conflict.b).items);
      conflicts += 1;
    }
  }
  return { items, conflicts };
}

/** A text of two versions in one. */
export interface IWovenText {
  readonly text: string;
  readonly conflicts: number;
}

/** As `weave`, of texts by line. */
export function weaveText(base: string | null, ours: string, theirs: string): IWovenText {
  if (ours === theirs || theirs === base) {
    return { text: ours, conflicts: 0 };
  }
  if (ours === base) {
    return { text: theirs, conflicts: 0 };
  }
  const lines = base === null ? null : base.split('\n');
  const { items, conflicts } = weave(lines, ours.split('\n'), theirs.split('\n'));
  return { text: items.join('\n'), conflicts };
}

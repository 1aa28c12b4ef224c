import * as Y from 'yjs';

/**
 * Ids of ordinary Yjs clients are below; the authors of seeds take theirs from above, so that a history tells by itself
 * where it began, also on its way through peers that know nothing of lineages.
 */
export const FIRST_SEED = 2 ** 32;
/** Yjs writes ids as numbers of at most 53 bits. */
const LAST_SEED = Number.MAX_SAFE_INTEGER;

/** The lineage number for 64 random-looking bits: one of 2^53 - 2^32. */
export function seedNumber(hash: Uint8Array): number {
  const high = new DataView(hash.buffer, hash.byteOffset).getUint32(0) % 2 ** 21;
  const low = new DataView(hash.buffer, hash.byteOffset).getUint32(4);
  // The lowest numbers belong to ordinary clients.
  return Math.min(LAST_SEED, Math.max(high, 1) * 2 ** 32 + low);
}

function isSeed(client: number): boolean {
  return client >= FIRST_SEED;
}

/** The seeds that a history (or a part of one) has entries of. */
export function seedsIn(update: Uint8Array): number[] {
  return [...Y.parseUpdateMeta(update).to.keys()].filter(isSeed);
}

/**
 * Whether an update may be applied to a document of a lineage (LITE-10).
 *
 * What names no seed builds on what is there, or comes from a program that keeps no lineage.
 */
export function belongs(update: Uint8Array, lineage: number): boolean {
  return seedsIn(update).every(seed => seed === lineage);
}

/**
 * How firmly somebody stands in their lineage; it only ever grows.
 *
 * 0: no content of their own · 1: is about to open a document of their own · 2: has it open, as the site has it · 3: works
 * in it · 4: has shared it.
 */
export type Standing = 0 | 1 | 2 | 3 | 4;

/** One side of a meeting. */
export interface IStance {
  readonly lineage: number | null;
  readonly standing: Standing;
}

/** What follows for this side when two meet. */
export type Verdict =
  /** One of them has no history to compare yet. */
  | 'wait'
  /** The same history: exchange edits. */
  | 'together'
  /** The other one gives its history up. */
  | 'stay'
  /** This side gives its history up. */
  | 'yield';

/**
 * Whose history two peers go on with (LITE-9).
 *
 * Both sides come to opposite verdicts from the same two stances, and to compatible ones from stances of different age:
 * a standing only grows, so never do both give up.
 */
export function verdict(mine: IStance, theirs: IStance): Verdict {
  if (theirs.lineage === null) {
    return 'wait';
  }
  if (mine.lineage === null) {
    return 'yield';
  }
  if (mine.lineage === theirs.lineage) {
    return 'together';
  }
  if (mine.standing !== theirs.standing) {
    return mine.standing > theirs.standing ? 'stay' : 'yield';
  }
  return mine.lineage < theirs.lineage ? 'stay' : 'yield';
}

/** Whether the other one works on another document than this side; who is only about to open one does not yet. */
export function areApart(mine: IStance, theirs: IStance): boolean {
  return theirs.standing >= OPEN && ['stay', 'yield'].includes(verdict(mine, theirs));
}

/** The lowest standing of somebody who has a document open with something in it. */
const OPEN: Standing = 2;

import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  belongs,
  FIRST_SEED,
  seedNumber,
  seedsIn,
  verdict,
  type IStance,
  type Standing
} from '@jupyter-tandem/peer';

/** All stances of a small world. */
const STANCES: readonly IStance[] = [null, FIRST_SEED, FIRST_SEED + 1, FIRST_SEED + 2].flatMap(
  lineage => ([0, 1, 2, 3, 4] as const).map((standing: Standing) => ({ lineage, standing }))
);

const PAIRS = STANCES.flatMap(mine => STANCES.map(theirs => [mine, theirs] as const));

describe('a meeting of two', () => {
  it('[LITE-9] leads to opposite verdicts', () => {
    const opposite = { stay: 'yield', yield: 'stay', together: 'together', wait: 'wait' } as const;
    for (const [mine, theirs] of PAIRS) {
      if (mine.lineage !== null && theirs.lineage !== null) {
        expect(verdict(theirs, mine)).toBe(opposite[verdict(mine, theirs)]);
      }
    }
  });

  it('[LITE-9] never makes both give up, however old the news they have of each other', () => {
    // A standing only grows: each side knows its own now, and the other's of some earlier time.
    const earlier = (now: IStance): IStance[] =>
      STANCES.filter(
        ({ lineage, standing }) => lineage === now.lineage && standing <= now.standing
      );
    for (const [mine, theirs] of PAIRS) {
      for (const oldMine of earlier(mine)) {
        for (const oldTheirs of earlier(theirs)) {
          const both = verdict(mine, oldTheirs) === 'yield' && verdict(theirs, oldMine) === 'yield';
          expect(both).toBe(false);
        }
      }
    }
  });

  it('[LITE-9] is decided by what stands more firmly, then by the lower number', () => {
    const stance = (lineage: number, standing: Standing): IStance => ({ lineage, standing });
    expect(verdict(stance(FIRST_SEED, 1), stance(FIRST_SEED + 1, 2))).toBe('yield');
    expect(verdict(stance(FIRST_SEED, 2), stance(FIRST_SEED + 1, 3))).toBe('yield');
    expect(verdict(stance(FIRST_SEED, 3), stance(FIRST_SEED + 1, 4))).toBe('yield');
    expect(verdict(stance(FIRST_SEED, 2), stance(FIRST_SEED + 1, 2))).toBe('stay');
    expect(verdict({ lineage: null, standing: 0 }, stance(FIRST_SEED, 0))).toBe('yield');
    expect(verdict(stance(FIRST_SEED, 0), { lineage: null, standing: 0 })).toBe('wait');
  });

  it('[LITE-9] has no circles among many', () => {
    const known = STANCES.filter(({ lineage }) => lineage !== null);
    const loses = (a: IStance, b: IStance): boolean => verdict(a, b) === 'yield';
    for (const a of known) {
      for (const b of known) {
        for (const c of known) {
          expect(loses(a, b) && loses(b, c) && loses(c, a)).toBe(false);
        }
      }
    }
  });
});

describe('the number of a seed', () => {
  it('[LITE-8] is above every ordinary client and at most what Yjs can write', () => {
    const bytes = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
    for (let fill = 0; fill < 256; fill += 1) {
      const number = seedNumber(bytes(fill));
      expect(number).toBeGreaterThanOrEqual(FIRST_SEED);
      expect(Number.isSafeInteger(number)).toBe(true);
    }
  });

  it('[LITE-10] is found in a history and in every update that brings it', () => {
    const seed = 2 ** 52 + 12_345;
    const doc = new Y.Doc();
    doc.clientID = seed;
    doc.getText('source').insert(0, 'begun');
    const state = Y.encodeStateAsUpdate(doc);
    expect(seedsIn(state)).toEqual([seed]);
    const other = new Y.Doc();
    Y.applyUpdate(other, state);
    const before = Y.encodeStateVector(other);
    other.getText('source').insert(5, ' and gone on');
    const edit = Y.encodeStateAsUpdate(other, before);
    expect(seedsIn(edit)).toEqual([]);
    expect(belongs(edit, seed)).toBe(true);
    expect(belongs(state, seed)).toBe(true);
    expect(belongs(state, seed + 1)).toBe(false);
    expect(seedsIn(Y.encodeStateAsUpdate(other))).toEqual([seed]);
  });
});

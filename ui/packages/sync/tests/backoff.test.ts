import { describe, expect, it } from 'vitest';
import { waitMs, WAIT_MAX_ATTENTIVE_MS, WAIT_MAX_MS } from '@jupyter-tandem/sync';

describe('back-off', () => {
  const waits = (attentive: boolean, chance: number): number[] =>
    Array.from({ length: 9 }, (_, attempts) => waitMs(attempts, { attentive, chance }));

  it('[CLIENT-9] doubles from half a second to 30 seconds', () => {
    expect(waits(false, 1)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('[CLIENT-9] is half chance', () => {
    expect(waits(false, 0)).toEqual(waits(false, 1).map(wait => wait / 2));
    expect(waitMs(3, { attentive: false, chance: 0.5 })).toBe(3000);
  });

  it('[CLIENT-9] stays short while somebody may be looking', () => {
    expect(Math.max(...waits(true, 1))).toBe(WAIT_MAX_ATTENTIVE_MS);
  });

  it('[CLIENT-9] does not overflow after a weekend', () => {
    expect(waitMs(100_000, { attentive: false, chance: 1 })).toBe(WAIT_MAX_MS);
  });
});

import { Liveness } from '@jupyter-tandem/transports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ANSWER_MS, ASK_EVERY_MS } from '../src/link';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a link', () => {
  it('[LITE-17] misses within 10 s who vanishes, whenever that is', () => {
    for (const lastHeardMs of [0, 1, 2_500, ASK_EVERY_MS - 1]) {
      let asked = 0;
      let dead = false;
      const liveness = new Liveness({
        everyMs: ASK_EVERY_MS,
        withinMs: ANSWER_MS,
        ping: () => {
          asked += 1;
        },
        dead: () => {
          dead = true;
        }
      });
      liveness.start();
      vi.advanceTimersByTime(lastHeardMs);
      liveness.heard();
      vi.advanceTimersByTime(10_000);
      expect([asked > 0, dead]).toEqual([true, true]);
      liveness.stop();
    }
  });
});

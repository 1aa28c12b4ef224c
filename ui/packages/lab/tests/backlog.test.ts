import { describe, expect, it } from 'vitest';
import { Backlog } from '../src/document/backlog';

/** One edit every 150 ms; each is acknowledged `lateMs` after it was made. */
function typed(backlog: Backlog, lateMs: number, letters: number): number[] {
  const waited: number[] = [];
  for (let letter = 1; letter <= letters; letter += 1) {
    const now = letter * 150;
    const acknowledged = Math.max(0, Math.floor((now - lateMs) / 150));
    backlog.note({ acknowledged, pending: letter - acknowledged }, now);
    waited.push(now - (backlog.since ?? now));
  }
  return waited;
}

describe('the oldest edit that waits', () => {
  it('[CLIENT-18] is not that which began to wait first, when somebody types on all the time', () => {
    const waited = typed(new Backlog(), 600, 200);
    expect(Math.max(...waited)).toBeLessThan(800);
    expect(waited.at(-1)).toBeGreaterThan(300);
  });

  it('[CLIENT-18] waits on while nothing is acknowledged', () => {
    const waited = typed(new Backlog(), Infinity, 100);
    expect(waited.at(-1)).toBe(99 * 150);
  });

  it('[CLIENT-18] is none when all are acknowledged', () => {
    const backlog = new Backlog();
    backlog.note({ acknowledged: 0, pending: 2 }, 1_000);
    expect(backlog.since).toBe(1_000);
    backlog.note({ acknowledged: 2, pending: 0 }, 2_000);
    expect(backlog.since).toBeNull();
    backlog.note({ acknowledged: 2, pending: 1 }, 3_000);
    expect(backlog.since).toBe(3_000);
  });

  it('[CLIENT-18] counts edits made together as old as the first of them, never younger', () => {
    const backlog = new Backlog();
    for (let edit = 1; edit <= 50; edit += 1) {
      backlog.note({ acknowledged: 0, pending: edit }, 1_000 + edit);
    }
    backlog.note({ acknowledged: 49, pending: 1 }, 1_200);
    expect(backlog.since).toBe(1_001);
    backlog.note({ acknowledged: 50, pending: 1 }, 1_300);
    expect(backlog.since).toBe(1_300);
  });

  it('[CLIENT-18] is known again when what an earlier page left has been handed over', () => {
    const backlog = new Backlog();
    backlog.note({ acknowledged: 0, pending: 5 }, 0);
    backlog.note({ acknowledged: 0, pending: 6 }, 2_000);
    backlog.note({ acknowledged: 0, pending: 1 }, 3_000);
    expect(backlog.since).toBe(3_000);
    backlog.note({ acknowledged: 1, pending: 0 }, 3_100);
    expect(backlog.since).toBeNull();
  });
});

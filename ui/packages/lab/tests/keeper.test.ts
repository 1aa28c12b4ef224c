import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Keeper } from '../src/document/keeper';
import type { IKeepsake, IKeepsakeStore } from '../src/document/keepsake';

/** Keepsakes in memory, which can be told to fail. */
class MemoryKeepsakes implements IKeepsakeStore {
  readonly kept = new Map<string, IKeepsake>();
  readonly closed: string[] = [];
  puts = 0;
  full = false;

  open(): string {
    return 'p1';
  }

  close(id: string): void {
    this.closed.push(`${id} with ${this.kept.size}`);
  }

  put(keepsake: IKeepsake): Promise<void> {
    this.puts += 1;
    if (this.full) {
      return Promise.reject(new Error('full'));
    }
    this.kept.set(keepsake.id, keepsake);
    return Promise.resolve();
  }

  remove(_document: string, id: string): Promise<void> {
    this.kept.delete(id);
    return Promise.resolve();
  }

  find(): Promise<IKeepsake[]> {
    return Promise.resolve([...this.kept.values()]);
  }
}

let store: MemoryKeepsakes;
let pending: number;
let safe: boolean[];
let keeper: Keeper;

beforeEach(() => {
  vi.useFakeTimers();
  store = new MemoryKeepsakes();
  pending = 0;
  safe = [];
  keeper = new Keeper({
    store,
    document: 'd',
    now: () => Date.now(),
    gather: () =>
      pending === 0
        ? null
        : { lineage: 'L1', edits: pending, base: null, ours: new Uint8Array([7]) },
    kept: is => safe.push(is)
  });
});

afterEach(() => {
  vi.useRealTimers();
});

function wait(edits: number, since = Date.now()): void {
  pending = edits;
  keeper.changed(edits === 0 ? null : since);
}

describe('edits that outlive the page', () => {
  it('[CLIENT-17] are not written down as long as acknowledgements come', async () => {
    for (let letter = 0; letter < 100; letter += 1) {
      wait(1);
      await vi.advanceTimersByTimeAsync(50);
      wait(0);
    }
    await keeper.settled();
    expect(store.puts).toBe(0);
  });

  it('[CLIENT-17] are not written down while somebody types on and none of them waits long', async () => {
    for (let letter = 0; letter < 100; letter += 1) {
      wait(3, Date.now() - 600);
      await vi.advanceTimersByTimeAsync(150);
    }
    expect(store.puts).toBe(0);
    const since = Date.now();
    for (let letter = 0; letter < 20; letter += 1) {
      wait(3 + letter, since);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(store.puts).toBeGreaterThan(0);
  });

  it('[CLIENT-17] are written down after a second, and forgotten when acknowledged', async () => {
    wait(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.kept.get('p1')).toMatchObject({ document: 'd', lineage: 'L1', edits: 3 });
    expect(safe).toEqual([true]);
    wait(0);
    await keeper.settled();
    expect(store.kept.size).toBe(0);
  });

  it('[CLIENT-17] are written down at once when the page ends, and when the document is closed', async () => {
    wait(2);
    keeper.keep();
    await keeper.settled();
    expect(store.kept.get('p1')).toMatchObject({ edits: 2 });
    pending = 5;
    keeper.dispose();
    await keeper.settled();
    expect(store.kept.get('p1')).toMatchObject({ edits: 5 });
  });

  it('[CLIENT-17] are others to take over once the document is closed and they are written down', async () => {
    pending = 5;
    keeper.dispose();
    keeper.dispose();
    expect(store.closed).toEqual([]);
    await keeper.settled();
    expect(store.closed).toEqual(['p1 with 1']);
  });

  /** What an earlier page left is taken over. */
  function inherit(): void {
    const document = 'd';
    const ours = new Uint8Array();
    store.kept.set('p0', { id: 'p0', document, lineage: 'L1', edits: 1, base: null, ours });
    keeper.adopt({ document, id: 'p0' });
    wait(1);
  }

  it('[CLIENT-17] of an earlier page go when they are acknowledged, not before', async () => {
    inherit();
    await vi.advanceTimersByTimeAsync(900);
    expect([...store.kept.keys()]).toEqual(['p0']);
    wait(0);
    await keeper.settled();
    expect(store.kept.size).toBe(0);
  });

  it('[CLIENT-17] of an earlier page go also when they are written down with those of this one', async () => {
    inherit();
    store.full = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect([[...store.kept.keys()], safe]).toEqual([['p0'], [false]]);
    store.full = false;
    wait(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([[...store.kept.keys()], safe]).toEqual([['p1'], [false, true]]);
    wait(0);
    await keeper.settled();
    expect(store.kept.size).toBe(0);
  });

  it('[CLIENT-17] of an earlier page stay where what is written down does not hold them', async () => {
    wait(1);
    keeper.keep();
    inherit();
    await keeper.settled();
    expect([...store.kept.keys()]).toEqual(['p1', 'p0']);
  });

  it('[CLIENT-17] take up no more of the time where the browser refuses them', async () => {
    store.full = true;
    vi.spyOn(store, 'put').mockImplementation(async () => {
      store.puts += 1;
      await new Promise(resolve => setTimeout(resolve, 500));
      throw new Error('full');
    });
    for (let second = 0; second < 20; second += 1) {
      wait(1 + second, 0);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(store.puts).toBeLessThan(4);
  });

  it('[CLIENT-17] that the browser does not keep are said to be unsafe', async () => {
    store.full = true;
    wait(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(safe).toEqual([false]);
    store.full = false;
    wait(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(safe).toEqual([false, true]);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { PageMemory } from '../src/lite/page-memory';
import type { IHistoryRecord } from '../src/lite/store';
import { NoShelf, Shelf } from './lite-shelf';

function record(rest: Partial<IHistoryRecord> = {}): IHistoryRecord {
  const about = { shelf: 'r:text:file', kind: 'text:file', path: 'a.md', name: 'a.md' };
  const state = new Uint8Array([0, 0]);
  return {
    ...about,
    lineage: 1,
    state,
    saved: '',
    saving: '',
    shared: false,
    writer: 'w',
    ...rest
  };
}

describe('the memory of a page', () => {
  it('[LITE-25] has what the browser does not keep, and says that it does not', async () => {
    const memory = new PageMemory(new NoShelf());
    expect(await memory.find('a.md')).toEqual([]);
    await expect(memory.put(record())).rejects.toThrow('keeps nothing');
    await expect(memory.put(record({ saved: 'later' }))).rejects.toThrow();
    await expect(memory.put(record({ path: 'b.md' }))).rejects.toThrow();
    expect(await memory.find('a.md')).toEqual([record({ saved: 'later' })]);
    await expect(memory.remove('r:text:file', 'a.md')).rejects.toThrow();
    expect(await memory.find('a.md')).toEqual([]);
  });

  it('[LITE-25] comes before what the browser kept earlier, until it keeps again', async () => {
    const store = new Shelf();
    const memory = new PageMemory(store);
    await memory.put(record({ saved: 'first' }));
    const full = vi.spyOn(store, 'put').mockRejectedValue(new Error('full'));
    await expect(memory.put(record({ saved: 'second' }))).rejects.toThrow('full');
    expect(await memory.find('a.md')).toEqual([record({ saved: 'second' })]);
    full.mockRestore();
    await memory.put(record({ saved: 'third' }));
    expect(await memory.find('a.md')).toEqual([record({ saved: 'third' })]);
    await store.put(record({ saved: 'of another page' }));
    expect(await memory.find('a.md')).toEqual([record({ saved: 'of another page' })]);
  });
});

// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BrowserStore } from '../src/browser-store';
import { MemoryIndexedDB } from './memory-indexed-db';

interface INote {
  readonly id: string;
  readonly text: string;
}

const BOTH = {
  unite: (kept: INote, last: INote): INote => ({ ...last, text: `${kept.text}+${last.text}` }),
  succeed: (kept: INote, next: INote): INote => ({ ...next, text: `${kept.text}, ${next.text}` })
};

let database: MemoryIndexedDB;

beforeEach(() => {
  localStorage.clear();
  database = new MemoryIndexedDB();
  vi.stubGlobal('indexedDB', database);
});

afterEach(() => {
  // A page that is taken out of the browser's cache goes on.
  window.dispatchEvent(new Event('pageshow'));
  vi.unstubAllGlobals();
});

function store(rules: Partial<typeof BOTH> = BOTH): BrowserStore<INote> {
  const place = { database: 'notes', store: 'notes' };
  return new BrowserStore<INote>({ ...place, keyPath: ['id'], indexes: ['id'], ...rules });
}

/** What is kept under a name. */
async function kept(): Promise<unknown[]> {
  return (await store().find('id', 'a')).map(({ text }) => text);
}

describe('what a browser keeps', () => {
  it('[LITE-5] is what becomes of a record and of the next one, and who writes is told', async () => {
    const first = { id: 'a', text: 'first' };
    expect(await store().put(first)).toBe(first);
    expect(await store().put({ id: 'a', text: 'next' })).toEqual({ id: 'a', text: 'first, next' });
    expect(await kept()).toEqual(['first, next']);
    await store().put({ id: 'b', text: 'another' });
    expect(await kept()).toEqual(['first, next']);
  });

  it('is the last record where nothing else is said', async () => {
    const plain = store({});
    await plain.put({ id: 'a', text: 'first' });
    const next = { id: 'a', text: 'next' };
    expect(await plain.put(next)).toBe(next);
    expect(await kept()).toEqual(['next']);
    await plain.remove('a');
    expect(await kept()).toEqual([]);
  });

  it('[LITE-5] [LITE-15] is both where a page ends, also one that does not live to see the answer', async () => {
    const page = store();
    await page.put({ id: 'a', text: 'first' });
    window.dispatchEvent(new Event('pagehide'));
    await page.put({ id: 'a', text: 'next' });
    expect(await kept()).toEqual(['first, next']);
    expect(localStorage.length).toBe(0);
    // The page is gone before the database has answered.
    const silent = vi.spyOn(database.records, 'set').mockImplementation(() => database.records);
    const deaf = vi.spyOn(localStorage, 'removeItem').mockImplementation(() => undefined);
    await page.put({ id: 'a', text: 'last' });
    silent.mockRestore();
    deaf.mockRestore();
    expect(await kept()).toEqual(['first, next+last']);
  });
});

// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BrowserStore } from '../src/browser-store';

interface INote {
  readonly id: string;
}

/** As much of IndexedDB as it takes to write. */
class Connection {
  onclose: (() => void) | null = null;
  dead = false;
  closed = false;

  close(): void {
    this.closed = true;
  }

  transaction(): object {
    if (this.dead) {
      throw new Error('The connection is closed.');
    }
    const notes: string[] = [];
    const transaction = {
      error: null,
      objectStore: () => ({ put: ({ id }: INote) => notes.push(id) }),
      commit: () => undefined,
      oncomplete: (): void => undefined,
      onabort: (): void => undefined
    };
    setTimeout(() => {
      if (this.dead) {
        transaction.onabort();
      } else {
        written.push(...notes);
        transaction.oncomplete();
      }
    }, 0);
    return transaction;
  }
}

let written: string[];
let connections: Connection[];
let opens: boolean;
let store: BrowserStore<INote>;

beforeEach(() => {
  written = [];
  connections = [];
  opens = true;
  vi.stubGlobal('indexedDB', {
    open: () => {
      const result = new Connection();
      connections.push(result);
      const request = { result, onsuccess: (): void => undefined, onerror: (): void => undefined };
      const answered = opens;
      setTimeout(() => {
        if (answered) {
          request.onsuccess();
        } else {
          request.onerror();
        }
      }, 0);
      return request;
    }
  });
  store = new BrowserStore({ database: 'd', store: 's', keyPath: ['id'], indexes: [] });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Ends the connection that was opened first, without a word. */
function cut(): void {
  const [first] = connections;
  if (first !== undefined) {
    first.dead = true;
  }
}

describe('a database of the browser', () => {
  it('[CLIENT-17] is opened once as long as nothing is wrong with it', async () => {
    await Promise.all([store.put({ id: 'a' }), store.put({ id: 'b' })]);
    await store.put({ id: 'c' });
    expect([written, connections.length]).toEqual([['a', 'b', 'c'], 1]);
  });

  it('[CLIENT-17] that could not be opened is opened for the next record', async () => {
    opens = false;
    await expect(store.put({ id: 'a' })).rejects.toThrow();
    opens = true;
    await store.put({ id: 'b' });
    expect([written, connections.length]).toEqual([['b'], 2]);
  });

  it('[CLIENT-17] that the browser has closed is opened again', async () => {
    await store.put({ id: 'a' });
    connections[0]?.onclose?.();
    await store.put({ id: 'b' });
    expect([written, connections.length]).toEqual([['a', 'b'], 2]);
  });

  it('[CLIENT-17] that is closed and does not say so is opened again, and nothing is lost', async () => {
    await store.put({ id: 'a' });
    cut();
    await store.put({ id: 'b' });
    expect([written, connections.length]).toEqual([['a', 'b'], 2]);
  });

  it('[CLIENT-17] that fails while it writes is opened again for what comes next', async () => {
    await store.put({ id: 'a' });
    const writing = store.put({ id: 'b' });
    await Promise.resolve();
    await Promise.resolve();
    cut();
    await expect(writing).rejects.toThrow();
    await store.put({ id: 'c' });
    expect([written, connections.length]).toEqual([['a', 'c'], 2]);
  });

  it('[CLIENT-17] is left open by nothing that failed, and by nothing else closed', async () => {
    await store.put({ id: 'a' });
    const [first] = connections;
    const both = [store.put({ id: 'b' }), store.put({ id: 'c' })];
    await Promise.resolve();
    await Promise.resolve();
    cut();
    // The one fails, and another connection is opened before the next one has failed.
    const again = expect(both[0])
      .rejects.toThrow()
      .then(() => store.put({ id: 'd' }));
    await expect(both[1]).rejects.toThrow();
    await again;
    await store.put({ id: 'e' });
    expect(first?.closed).toBe(true);
    expect(connections.slice(1).map(({ closed }) => closed)).toEqual([false]);
    expect(written).toEqual(['a', 'd', 'e']);
  });
});

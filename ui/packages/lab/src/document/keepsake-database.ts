import type { IKeepsake, IKeepsakeStore } from './keepsake';

const DATABASE = 'jupyter-tandem';
const STORE = 'keepsakes';
const BY_DOCUMENT = 'document';
const VERSION = 1;

/** Before the name of the lock by which a page shows that it lives. */
const LOCK_PREFIX = 'jupyter-tandem-page:';

/**
 * Keepsakes in IndexedDB.
 *
 * A keepsake of a page that still lives is that page's business. Pages show that they live by a Web Lock, which the
 * browser takes from them whatever way they end; without Web Locks every other page counts as gone.
 */
export class KeepsakeDatabase implements IKeepsakeStore {
  private database: Promise<IDBDatabase> | null = null;

  /**
   * @param page Unique name of this page, the `id` of its keepsakes.
   */
  constructor(readonly page: string) {
    holdLock(LOCK_PREFIX + page);
  }

  async put(keepsake: IKeepsake): Promise<void> {
    await this.write(store => store.put(keepsake));
  }

  async remove(document: string, id: string): Promise<void> {
    await this.write(store => store.delete([document, id]));
  }

  async find(document: string): Promise<IKeepsake[]> {
    const database = await this.open();
    const store = database.transaction(STORE, 'readonly').objectStore(STORE);
    const request = store.index(BY_DOCUMENT).getAll(document) as IDBRequest<IKeepsake[]>;
    const found = await done(request);
    const alive = await livingPages();
    return found.filter(({ id }) => id !== this.page && !alive.has(LOCK_PREFIX + id));
  }

  private async write(request: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    const database = await this.open();
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
    request(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = transaction.onerror = () => {
        reject(transaction.error ?? new Error('The browser did not keep the edits.'));
      };
    });
  }

  private open(): Promise<IDBDatabase> {
    this.database ??= this.connect();
    return this.database;
  }

  private async connect(): Promise<IDBDatabase> {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(STORE, { keyPath: ['document', 'id'] });
      store.createIndex(BY_DOCUMENT, 'document');
    };
    const database = await done(request);
    // A later version in another page must not have to wait for this one.
    database.onversionchange = () => {
      database.close();
      this.database = null;
    };
    return database;
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(request.error ?? new Error('The browser refused its database.'));
    };
  });
}

/** Web Locks are there in secure contexts only. */
function locks(): LockManager | undefined {
  return (navigator as Partial<Navigator>).locks;
}

function holdLock(name: string): void {
  // Held until the page ends: the promise is never settled.
  locks()
    ?.request(name, () => new Promise<never>(() => undefined))
    .catch(() => undefined);
}

async function livingPages(): Promise<ReadonlySet<string>> {
  const held = (await locks()?.query())?.held ?? [];
  return new Set(held.map(lock => lock.name ?? ''));
}

import { LastWords } from './last-words';

/** What one object store of this browser is called and made of. */
export interface IBrowserStoreOptions<T> {
  readonly database: string;
  readonly store: string;
  /** Fields whose texts name a record. */
  readonly keyPath: (keyof T & string)[];
  /** Fields by which records are looked up, under their own names. */
  readonly indexes: readonly (keyof T & string)[];
  /** What is kept of a record, and of one with the same name that a page wrote down when it ended. */
  readonly unite?: (kept: T, last: T) => T;
  /** What is kept of a record, and of the next one with the same name; the next one unless said otherwise. */
  readonly succeed?: (kept: T, next: T) => T;
}

/**
 * Records in an IndexedDB database of their own; opened when it is first needed.
 *
 * A connection that failed is closed: the next thing that is asked for opens another one.
 *
 * What is written when the page ends is written down twice, see `LastWords`, and gets here when records are looked up next.
 */
export class BrowserStore<T extends object> {
  private opening: Promise<IDBDatabase> | null = null;
  /** What `opening` has led to. */
  private current: IDBDatabase | null = null;
  private readonly lastWords: LastWords<T>;
  private ending = false;

  constructor(private readonly options: IBrowserStoreOptions<T>) {
    this.lastWords = new LastWords<T>(options.database);
    // Before anybody else who hears of it writes.
    window.addEventListener('pagehide', this.onPage, { capture: true });
    window.addEventListener('pageshow', this.onPage, { capture: true });
  }

  /** The records whose field has this value. */
  async find(field: keyof T & string, value: string): Promise<T[]> {
    await this.bringIn();
    const { database, transaction } = await this.begin('readonly');
    const store = transaction.objectStore(this.options.store);
    return this.watched(database, done(store.index(field).getAll(value) as IDBRequest<T[]>));
  }

  /**
   * Writes a record in place of the one with the same name, see `succeed`.
   *
   * @returns What is kept now; durable when the promise resolves.
   */
  async put(record: T): Promise<T> {
    const { succeed } = this.options;
    const words = this.ending ? this.lastWords.say(this.name(record), record) : null;
    let kept = record;
    if (succeed === undefined || (this.ending && words === null)) {
      // Nothing is looked up first: the page may not live to see the answer.
      await this.write(store => {
        store.put(record);
      });
    } else {
      kept = await this.join(record, succeed);
    }
    words?.forget();
    return kept;
  }

  /** Removes the record of this name; nothing happens where there is none. */
  async remove(...key: string[]): Promise<void> {
    this.lastWords.forget(JSON.stringify(key));
    await this.write(store => {
      store.delete(key);
    });
  }

  private async write(request: (store: IDBObjectStore) => void): Promise<void> {
    const { database, transaction } = await this.begin('readwrite');
    request(transaction.objectStore(this.options.store));
    // Said at once, so that it is done as soon as may be.
    transaction.commit();
    await this.watched(database, completed(transaction));
  }

  /** Takes over what pages said that are gone. */
  private async bringIn(): Promise<void> {
    const { unite = (_: T, last: T): T => last } = this.options;
    for (const { forget, record } of this.lastWords.all()) {
      try {
        await this.join(record, unite);
        forget();
      } catch {
        // It is no record, or the database is full: the others are not to suffer from it.
      }
    }
  }

  /** Writes what becomes of a record and of the one with the same name, in one transaction. */
  private async join(record: T, become: (kept: T, next: T) => T): Promise<T> {
    const { keyPath, store: name } = this.options;
    const { database, transaction } = await this.begin('readwrite');
    const store = transaction.objectStore(name);
    const present = store.get(keyPath.map(field => record[field] as string)) as IDBRequest<
      T | undefined
    >;
    let kept = record;
    present.onsuccess = () => {
      kept = present.result === undefined ? record : become(present.result, record);
      store.put(kept);
      transaction.commit();
    };
    await this.watched(database, completed(transaction));
    return kept;
  }

  private async begin(mode: 'readonly' | 'readwrite'): Promise<IBegun> {
    const database = await this.open();
    try {
      return this.beginOn(database, mode);
    } catch {
      // The browser has closed it without a word.
      this.lose(database);
      return this.beginOn(await this.open(), mode);
    }
  }

  private beginOn(database: IDBDatabase, mode: 'readonly' | 'readwrite'): IBegun {
    const options = { durability: 'strict' } as const;
    return { database, transaction: database.transaction(this.options.store, mode, options) };
  }

  /** What failed once may do so as long as the page lives, on the same connection. */
  private async watched<R>(database: IDBDatabase, answer: Promise<R>): Promise<R> {
    try {
      return await answer;
    } catch (error) {
      this.lose(database);
      throw error;
    }
  }

  /** Another one may be in use by now. What is under way on this one is carried out before it closes. */
  private lose(database: IDBDatabase): void {
    if (this.current === database) {
      this.current = null;
      this.opening = null;
    }
    database.close();
  }

  private name(record: T): string {
    return JSON.stringify(this.options.keyPath.map(field => record[field]));
  }

  private open(): Promise<IDBDatabase> {
    this.opening ??= this.connect().then(
      database => {
        this.current = database;
        return database;
      },
      (error: unknown) => {
        this.opening = null;
        throw error;
      }
    );
    return this.opening;
  }

  private async connect(): Promise<IDBDatabase> {
    const { database: name, store, keyPath, indexes } = this.options;
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      const made = request.result.createObjectStore(store, { keyPath });
      for (const field of indexes) {
        made.createIndex(field, field);
      }
    };
    const database = await done(request);
    // A later version in another page must not have to wait for this one.
    database.onversionchange = () => {
      this.lose(database);
    };
    database.onclose = () => {
      this.lose(database);
    };
    return database;
  }

  private readonly onPage = ({ type }: Event): void => {
    this.ending = type === 'pagehide';
  };
}

/** A transaction, and the connection it is on. */
interface IBegun {
  readonly database: IDBDatabase;
  readonly transaction: IDBTransaction;
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

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = transaction.onerror = () => {
      reject(transaction.error ?? new Error('The browser did not keep the edits.'));
    };
  });
}

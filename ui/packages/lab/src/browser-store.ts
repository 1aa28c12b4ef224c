/** What one object store of this browser is called and made of. */
export interface IBrowserStoreOptions {
  readonly database: string;
  readonly store: string;
  readonly keyPath: string[];
  /** Fields by which records are looked up, under their own names. */
  readonly indexes?: readonly string[];
}

/** One object store in an IndexedDB database of its own; opened when it is first needed. */
export class BrowserStore {
  private database: Promise<IDBDatabase> | null = null;

  constructor(private readonly options: IBrowserStoreOptions) {}

  /** Asks for something; resolves with the answer. */
  async read<T>(request: (store: IDBObjectStore) => IDBRequest): Promise<T> {
    const database = await this.open();
    const { store } = this.options;
    const found = request(database.transaction(store, 'readonly').objectStore(store));
    return done(found as IDBRequest<T>);
  }

  /** Changes something; durable when the promise resolves. */
  async write(request: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    const database = await this.open();
    const { store } = this.options;
    const transaction = database.transaction(store, 'readwrite', { durability: 'strict' });
    request(transaction.objectStore(store));
    // Said at once, so that a page which is about to end does not take it back.
    transaction.commit();
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
    const { database: name, store, keyPath, indexes } = this.options;
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      const made = request.result.createObjectStore(store, { keyPath });
      indexes?.forEach(field => made.createIndex(field, field));
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

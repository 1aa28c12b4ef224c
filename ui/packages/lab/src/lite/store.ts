/** What this browser keeps of a document's history in a room. */
export interface IHistoryRecord {
  /** The room, as `digest` names it. */
  readonly room: string;
  /** Where the file is in this browser. */
  readonly path: string;
  /** What the document is called in the room; another path where the file was renamed here. */
  readonly name: string;
  /** `null` for a file that was only made to have a place for what the room has. */
  readonly lineage: number | null;
  /** The whole history, as one update; empty where there is none. */
  readonly state: Uint8Array;
  /** Digest of the content that the file had when it was last read or written here. */
  readonly saved: string;
  /** Whether somebody else has this history, too. */
  readonly shared: boolean;
}

/** Where histories survive the page. */
export interface IHistoryStore {
  get(room: string, path: string): Promise<IHistoryRecord | null>;
  /** Writes one down in place of the one before; durable when the promise resolves. */
  put(record: IHistoryRecord): Promise<void>;
  remove(room: string, path: string): Promise<void>;
}

const DATABASE = 'jupyter-tandem-lite';
const STORE = 'histories';
const VERSION = 1;

/** Histories in IndexedDB. */
export class HistoryDatabase implements IHistoryStore {
  private database: Promise<IDBDatabase> | null = null;

  async get(room: string, path: string): Promise<IHistoryRecord | null> {
    const database = await this.open();
    const store = database.transaction(STORE, 'readonly').objectStore(STORE);
    const found = await done(store.get([room, path]) as IDBRequest<IHistoryRecord | undefined>);
    return found ?? null;
  }

  async put(record: IHistoryRecord): Promise<void> {
    await this.write(store => store.put(record));
  }

  async remove(room: string, path: string): Promise<void> {
    await this.write(store => store.delete([room, path]));
  }

  private async write(request: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    const database = await this.open();
    const transaction = database.transaction(STORE, 'readwrite');
    request(transaction.objectStore(STORE));
    // Said at once, so that a page which is about to end does not take it back.
    transaction.commit();
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => {
        resolve();
      };
      transaction.onabort = transaction.onerror = () => {
        reject(transaction.error ?? new Error('The browser did not keep the document.'));
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
      request.result.createObjectStore(STORE, { keyPath: ['room', 'path'] });
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

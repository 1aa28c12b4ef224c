import { BrowserStore } from '../browser-store';

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

/** Histories in IndexedDB. */
export class HistoryDatabase implements IHistoryStore {
  private readonly store = new BrowserStore({
    database: 'jupyter-tandem-lite',
    store: 'histories',
    keyPath: ['room', 'path']
  });

  async get(room: string, path: string): Promise<IHistoryRecord | null> {
    const found = await this.store.read<IHistoryRecord | undefined>(store =>
      store.get([room, path])
    );
    return found ?? null;
  }

  put(record: IHistoryRecord): Promise<void> {
    return this.store.write(store => store.put(record));
  }

  remove(room: string, path: string): Promise<void> {
    return this.store.write(store => store.delete([room, path]));
  }
}

import * as Y from 'yjs';
import { BrowserStore } from '../browser-store';

/** What this browser keeps of a document's history in a room, or in none. */
export interface IHistoryRecord {
  /** See `shelfOf`. */
  readonly shelf: string;
  /** Format and type of the document; the same file can be opened as another one. */
  readonly kind: string;
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
  /** Digest of the content that was on its way into the file, or `""`. */
  readonly saving: string;
  /** Whether somebody else has this history, too. */
  readonly shared: boolean;
  /** Which opening of the document wrote it; `""` where it was none. */
  readonly writer: string;
}

/** What the documents of one kind in one room (as `digest` names it, or `""`) are kept under. */
export function shelfOf(room: string, kind: string): string {
  return `${room}:${kind}`;
}

/** Where histories survive the page. */
export interface IHistoryStore {
  /** Every record of a file, whatever the room. */
  find(path: string): Promise<readonly IHistoryRecord[]>;
  /**
   * Writes one down in place of the one before, see `succeed`.
   *
   * @returns What is kept now; the record itself where there was nothing to unite it with. Durable when the promise resolves.
   * @throws Where the browser does not keep it; it may be found all the same as long as the page lives, see `PageMemory`.
   */
  put(record: IHistoryRecord): Promise<IHistoryRecord>;
  remove(shelf: string, path: string): Promise<void>;
}

/** Histories in IndexedDB. */
export class HistoryDatabase implements IHistoryStore {
  private readonly store = new BrowserStore<IHistoryRecord>({
    database: 'jupyter-tandem-lite-histories',
    store: 'histories',
    keyPath: ['shelf', 'path'],
    indexes: ['path'],
    unite,
    succeed
  });

  find(path: string): Promise<readonly IHistoryRecord[]> {
    return this.store.find('path', path);
  }

  put(record: IHistoryRecord): Promise<IHistoryRecord> {
    return this.store.put(record);
  }

  remove(shelf: string, path: string): Promise<void> {
    return this.store.remove(shelf, path);
  }
}

/**
 * What a page wrote down when it ended, with what is kept already: of that page's last minutes, or of another page that
 * had the same document open and wrote later.
 *
 * The file may be as either of them left it.
 */
export function unite(kept: IHistoryRecord, last: IHistoryRecord): IHistoryRecord {
  if (kept.lineage !== last.lineage || last.lineage === null) {
    return last;
  }
  const saving = last.saving === '' ? kept.saved : last.saving;
  return { ...last, state: Y.mergeUpdates([kept.state, last.state]), saving };
}

/**
 * What is kept when a record is written where there is one already (LITE-5).
 *
 * Who writes knows what it wrote before, but not what another page did that has lost sight of it.
 */
export function succeed(kept: IHistoryRecord, next: IHistoryRecord): IHistoryRecord {
  return kept.writer === next.writer ? next : unite(kept, next);
}

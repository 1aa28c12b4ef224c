import { UUID, type JSONValue } from '@lumino/coreutils';
import type { SharedDocument } from '../document/content';
import { withoutStrays } from '../document/strays';
import { contentIn, digestOf, ownHistory } from './beginning';
import { HistoryKeeper } from './history-keeper';
import { merge } from './merge/merge';
import type { IHistory } from './seed';
import { shelfOf, type IHistoryRecord, type IHistoryStore } from './store';

/** A history, and whether somebody else has it, too. */
export interface IHeld extends IHistory {
  readonly shared: boolean;
}

/** What the past of a document needs. */
export interface IPastOptions {
  readonly store: IHistoryStore;
  /** Name of the room; `""` where there is none. */
  readonly room: string;
  /** What kind of document it is; other kinds have other histories. */
  readonly kind: string;
  readonly model: SharedDocument;
  /** Where the file is now. */
  readonly path: () => string;
  /** What is to be kept now, or `null` before the document is there. */
  readonly held: () => IHeld | null;
  /** Whether there are edits that are not in the file. */
  readonly pending: () => boolean;
  /** Takes in what another page of this browser has kept of the same history, with what is here, as one update. */
  readonly learn: (state: Uint8Array) => void;
}

/** What is known of a document when it is opened. */
export interface IRecollection {
  /** What the file says, with the edits that never got into it; in canonical form. */
  readonly content: JSONValue;
  /** `null` for a file that was only made to have a place for what the room has. */
  readonly history: IHistory | null;
  readonly shared: boolean;
  /** Whether something was kept that cannot be read; it is put aside (LITE-24). */
  readonly lost: boolean;
}

/**
 * What this browser keeps of a document beside its file, so that it goes on where it was (LITE-15).
 *
 * In a room that is its whole history. Without one it is the edits that are not in the file yet, and nothing once they are.
 */
export class Past {
  private readonly keeper: HistoryKeeper;
  private readonly shelf: string;
  private readonly writer = UUID.uuid4();
  /** What the document is called in the room; another path where the file was renamed here. */
  private name: string;
  private saved = '';
  private saving = '';
  private lost = false;
  /** Records of other rooms whose edits are on their way into the file. */
  private overtaken: IHistoryRecord[] = [];

  constructor(private readonly options: IPastOptions) {
    this.shelf = shelfOf(options.room, options.kind);
    this.name = options.path();
    this.keeper = new HistoryKeeper({
      store: options.store,
      now: () => performance.now(),
      gather: () => this.record(),
      learn: ({ state }) => {
        options.learn(state);
      }
    });
  }

  /** Name of the document within the room; known once it was recollected. */
  get document(): string {
    return `${this.options.kind}:${this.name}`;
  }

  /** Finds out what is known of the document, once its file was read. */
  async recollect(file: JSONValue): Promise<IRecollection> {
    const { kind, room, store } = this.options;
    this.saved = await digestOf(file);
    // A browser that keeps nothing has no history, and opens the file all the same.
    const records = await store.find(this.options.path()).catch(() => []);
    const own = records.find(record => room !== '' && record.shelf === this.shelf) ?? null;
    this.name = own?.name ?? this.name;
    const others = records.filter(record => record !== own && record.kind === kind);
    const content = await this.withUnsaved(file, others);
    return { content, ...(await this.begun(content, own)), lost: this.lost };
  }

  /** Notes a change: it is written down soon. */
  changed(): void {
    this.keeper.changed();
  }

  /** Writes down now, because the page may end. */
  keep(): void {
    this.keeper.keep();
  }

  /** Notes that a content goes into the file now; a page that ends meanwhile leaves the file with it or without it. */
  writing(digest: string): void {
    this.saving = digest;
  }

  /** Notes that the file has it. */
  written(digest: string): void {
    this.saved = digest;
    this.saving = '';
    this.settleOthers();
    if (this.options.room === '') {
      this.forget(this.options.path());
    }
    this.keeper.changed();
  }

  /** Moves what is kept to the place of the file; nothing of what was kept there of another file is united with it. */
  moved(from: string): void {
    this.forget(from);
    this.forget(this.options.path());
    this.keeper.keep();
  }

  /**
   * Keeps another history in place of the present one.
   *
   * Durable when the promise resolves, or there for as long as the page where the browser keeps nothing.
   */
  async replace({ lineage, state }: IHistory): Promise<void> {
    await this.settled();
    await this.options.store
      .put({ ...this.about(), lineage, state, shared: true })
      .catch(() => undefined);
  }

  /** Writes nothing down any more: something else is kept in its place. */
  abandon(): void {
    this.keeper.abandon();
  }

  /** Writes down what there is, and then nothing any more. */
  dispose(): void {
    this.keeper.dispose();
  }

  /** Resolves when everything asked for so far has been done. */
  settled(): Promise<void> {
    return this.keeper.settled();
  }

  private forget(path: string): void {
    this.keeper.write(() => this.options.store.remove(this.shelf, path));
  }

  private record(): IHistoryRecord | null {
    const { held, pending, room } = this.options;
    const known = held();
    if (known === null || (room === '' && !pending())) {
      return null;
    }
    const { lineage, shared, state } = known;
    return { ...this.about(), lineage, state, shared };
  }

  private about(): Omit<IHistoryRecord, 'lineage' | 'state' | 'shared'> {
    const { kind, path } = this.options;
    const { name, saved, saving, shelf, writer } = this;
    return { shelf, kind, path: path(), name, saved, saving, writer };
  }

  /** How the history goes on; one that cannot be read counts as none. */
  private async begun(
    content: JSONValue,
    record: IHistoryRecord | null
  ): Promise<Pick<IRecollection, 'history' | 'shared'>> {
    const { model } = this.options;
    if (record !== null) {
      try {
        const history = await reading(record, state =>
          ownHistory(model, content, { ...record, state })
        );
        return { history, shared: record.shared };
      } catch {
        await this.putAside(record);
      }
    }
    return { history: await ownHistory(model, content, null), shared: false };
  }

  /** What the file says, and what was written in other rooms, or in none, just before a page ended. */
  private async withUnsaved(
    file: JSONValue,
    records: readonly IHistoryRecord[]
  ): Promise<JSONValue> {
    let content = file;
    for (const record of records) {
      if (record.lineage !== null && [record.saved, record.saving].includes(this.saved)) {
        try {
          content = merge(file, content, await this.contentOf(record)).content;
          this.overtaken.push(record);
        } catch {
          await this.putAside(record);
        }
      }
    }
    return content;
  }

  private contentOf(record: IHistoryRecord): Promise<JSONValue> {
    return reading(record, state => contentIn(this.options.model, state));
  }

  /** Keeps what cannot be read where nothing is written in its place. */
  private async putAside(record: IHistoryRecord): Promise<void> {
    const { store } = this.options;
    const away = `unreadable:${this.writer}:`;
    this.lost = true;
    try {
      await store.put({ ...record, shelf: away + record.shelf, kind: away + record.kind });
      await store.remove(record.shelf, record.path);
    } catch {
      // There is no room for it elsewhere: it stays where it is, and nothing else is kept.
      this.keeper.abandon();
    }
  }

  /** What was not in the file of these is in it now; what the file says later is what counts. */
  private settleOthers(): void {
    for (const record of this.overtaken.splice(0)) {
      this.keeper.after(() => this.settle(record));
    }
  }

  private async settle(record: IHistoryRecord): Promise<void> {
    const { kind, store } = this.options;
    if (record.shelf === shelfOf('', kind)) {
      await store.remove(record.shelf, record.path);
    } else {
      const saved = await digestOf(await this.contentOf(record));
      await store.put({ ...record, saved, saving: '' });
    }
  }
}

/** Reads what is kept as it is, or else without what is no part of a notebook; rejects where neither can be read. */
async function reading<T>(
  { state }: IHistoryRecord,
  read: (state: Uint8Array) => T | Promise<T>
): Promise<T> {
  try {
    return await read(state);
  } catch {
    return await read(withoutStrays(state));
  }
}

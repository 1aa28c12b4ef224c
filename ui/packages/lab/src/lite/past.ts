import { UUID, type JSONValue } from '@lumino/coreutils';
import type { SharedDocument } from '../document/content';
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
    const { kind, model, room, store } = this.options;
    this.saved = await digestOf(file);
    // A browser that keeps nothing has no history, and opens the file all the same.
    const records = await store.find(this.options.path()).catch(() => []);
    const own = records.find(record => room !== '' && record.shelf === this.shelf) ?? null;
    this.name = own?.name ?? this.name;
    const others = records.filter(record => record !== own && record.kind === kind);
    const content = this.withUnsaved(file, others);
    const history = await ownHistory(model, content, own);
    return { content, history, shared: own?.shared ?? false };
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

  /** Moves what is kept to the place of the file. */
  moved(from: string): void {
    this.forget(from);
    this.keeper.keep();
  }

  /** Keeps another history in place of the present one; durable when the promise resolves. */
  async replace({ lineage, state }: IHistory): Promise<void> {
    await this.settled();
    await this.options.store.put({ ...this.about(), lineage, state, shared: true });
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

  /** What the file says, and what was written in other rooms, or in none, just before a page ended. */
  private withUnsaved(file: JSONValue, records: readonly IHistoryRecord[]): JSONValue {
    let content = file;
    for (const record of records) {
      if (record.lineage !== null && [record.saved, record.saving].includes(this.saved)) {
        content = merge(file, content, contentIn(this.options.model, record.state)).content;
        this.overtaken.push(record);
      }
    }
    return content;
  }

  /** What was not in the file of these is in it now; what the file says later is what counts. */
  private settleOthers(): void {
    for (const record of this.overtaken.splice(0)) {
      this.keeper.after(() => this.settle(record));
    }
  }

  private async settle(record: IHistoryRecord): Promise<void> {
    const { kind, model, store } = this.options;
    if (record.shelf === shelfOf('', kind)) {
      await store.remove(record.shelf, record.path);
    } else {
      const saved = await digestOf(contentIn(model, record.state));
      await store.put({ ...record, saved, saving: '' });
    }
  }
}

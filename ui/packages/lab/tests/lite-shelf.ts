import { succeed, type IHistoryRecord, type IHistoryStore } from '../src/lite/store';

/** Histories in memory. */
export class Shelf implements IHistoryStore {
  readonly records = new Map<string, IHistoryRecord>();

  find(path: string): Promise<readonly IHistoryRecord[]> {
    return Promise.resolve([...this.records.values()].filter(record => record.path === path));
  }

  put(record: IHistoryRecord): Promise<IHistoryRecord> {
    const key = JSON.stringify([record.shelf, record.path]);
    const present = this.records.get(key);
    const kept = present === undefined ? record : succeed(present, record);
    this.records.set(key, kept);
    return Promise.resolve(kept);
  }

  remove(shelf: string, path: string): Promise<void> {
    this.records.delete(JSON.stringify([shelf, path]));
    return Promise.resolve();
  }
}

/** A browser that keeps nothing, as some do in private windows. */
export class NoShelf implements IHistoryStore {
  find(): Promise<never> {
    return Promise.reject(new Error('the browser keeps nothing'));
  }

  put(): Promise<never> {
    return this.find();
  }

  remove(): Promise<never> {
    return this.find();
  }
}

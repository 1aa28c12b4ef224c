import { succeed, type IHistoryRecord, type IHistoryStore } from './store';

/**
 * A store, and what it refuses for as long as the page lives (LITE-25).
 *
 * A document that goes over to a room's history is opened anew, and begins with what was kept of it.
 */
export class PageMemory implements IHistoryStore {
  private readonly held = new Map<string, IHistoryRecord>();

  constructor(private readonly store: IHistoryStore) {}

  async find(path: string): Promise<readonly IHistoryRecord[]> {
    const kept = await this.store.find(path).catch(() => []);
    const held = [...this.held.values()].filter(record => record.path === path);
    // What was refused came later than what is kept.
    return [...held, ...kept.filter(({ path: at, shelf }) => !this.held.has(name(shelf, at)))];
  }

  async put(record: IHistoryRecord): Promise<IHistoryRecord> {
    const key = name(record.shelf, record.path);
    try {
      const kept = await this.store.put(record);
      this.held.delete(key);
      return kept;
    } catch (error) {
      const present = this.held.get(key);
      this.held.set(key, present === undefined ? record : succeed(present, record));
      throw error;
    }
  }

  async remove(shelf: string, path: string): Promise<void> {
    this.held.delete(name(shelf, path));
    await this.store.remove(shelf, path);
  }
}

function name(shelf: string, path: string): string {
  return JSON.stringify([shelf, path]);
}

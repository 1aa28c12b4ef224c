/** What a browser keeps for all pages of a site, in memory: stands for `../src/browser-store` in tests. */
export class BrowserStore<T extends object> {
  /** Everything that is kept, by database and key. */
  static readonly records = new Map<string, object>();
  /** Whether the browser answers when it is asked what it keeps. */
  static answers: Promise<void> = Promise.resolve();

  constructor(private readonly options: { database: string; keyPath: (keyof T & string)[] }) {}

  async find(field: keyof T & string, value: string): Promise<T[]> {
    await BrowserStore.answers;
    const all = [...BrowserStore.records.values()] as T[];
    return all.filter(record => record[field] === value);
  }

  put(record: T): Promise<void> {
    const key = this.options.keyPath.map(field => String(record[field]));
    BrowserStore.records.set(this.name(key), record);
    return Promise.resolve();
  }

  remove(...key: string[]): Promise<void> {
    BrowserStore.records.delete(this.name(key));
    return Promise.resolve();
  }

  private name(key: readonly string[]): string {
    return JSON.stringify([this.options.database, ...key]);
  }
}

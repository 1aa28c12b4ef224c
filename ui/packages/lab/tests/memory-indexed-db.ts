/** One request; it is answered in a later turn, as browsers do. */
class Answer {
  onsuccess: (() => void) | null = null;
  onupgradeneeded: (() => void) | null = null;

  constructor(readonly result: unknown) {}
}

type Fields = Readonly<Record<string, unknown>>;

/** What a browser's IndexedDB does of what `BrowserStore` asks of it; with one store, and nothing fails. */
export class MemoryIndexedDB {
  readonly records = new Map<string, Fields>();
  private keyPath: readonly string[] = [];

  open(): Answer {
    const database = {
      createObjectStore: (_: string, { keyPath }: { keyPath: readonly string[] }) => {
        this.keyPath = keyPath;
        return { createIndex: () => undefined };
      },
      transaction: () => this.transaction(),
      close: () => undefined
    };
    const answer = new Answer(database);
    setTimeout(() => {
      answer.onupgradeneeded?.();
      answer.onsuccess?.();
    });
    return answer;
  }

  private transaction(): object {
    const { keyPath, records } = this;
    let asked = 0;
    const transaction = {
      oncomplete: null as (() => void) | null,
      commit: () => undefined,
      objectStore: () => ({
        index: (field: string) => ({
          getAll: (value: string) =>
            answer([...records.values()].filter(record => record[field] === value))
        }),
        get: (key: readonly string[]) => answer(records.get(JSON.stringify(key))),
        put: (record: Fields) => {
          const key = keyPath.map(field => record[field]);
          records.set(JSON.stringify(key), structuredClone(record));
          return answer(undefined);
        },
        delete: (key: readonly string[]) => {
          records.delete(JSON.stringify(key));
          return answer(undefined);
        }
      })
    };
    const answer = (result: unknown): Answer => {
      const found = new Answer(structuredClone(result));
      asked += 1;
      setTimeout(() => {
        found.onsuccess?.();
        asked -= 1;
        if (asked === 0) {
          transaction.oncomplete?.();
        }
      });
      return found;
    };
    return transaction;
  }
}

import { fromBase64, toBase64 } from 'lib0/buffer';

/** Before the name under which something lies in the browser's `localStorage`. */
const PREFIX = 'jupyter-tandem-last-words';
/** A browser keeps five million characters for all pages of a site together; longer records are not kept here. */
const MOST_CHARACTERS = 1_500_000;

/** What of `localStorage` is used. */
export type WordStorage = Pick<Storage, 'getItem' | 'key' | 'length' | 'removeItem' | 'setItem'>;

/** Something that a page said when it ended. */
export interface ILastWords<T> {
  readonly record: T;
  /** Takes the words back, unless others were said in their place. */
  readonly forget: () => void;
}

/**
 * What pages write down when they end.
 *
 * A browser takes back what IndexedDB has not finished when the page is gone, also where it was told to commit. What
 * `localStorage` was given is there when the call returns.
 *
 * Records are JSON values that may hold `Uint8Array`s.
 */
export class LastWords<T extends object> {
  private readonly prefix: string;

  /**
   * @param name What the records are of; others may use the same storage.
   * @param storage Gives the storage, or throws where the browser allows none.
   */
  constructor(
    name: string,
    private readonly storage: () => WordStorage = () => window.localStorage
  ) {
    this.prefix = `${PREFIX}:${name}:`;
  }

  /** Writes down a record in place of the one with the same key; `null` where it is too long or not allowed. */
  say(key: string, record: T): ILastWords<T> | null {
    const text = JSON.stringify(record, bytesToText);
    if (text.length > MOST_CHARACTERS) {
      this.forget(key);
      return null;
    }
    try {
      this.storage().setItem(this.prefix + key, text);
      return this.words(this.prefix + key, text, record);
    } catch {
      // Full, or forbidden: IndexedDB may still manage.
      return null;
    }
  }

  /** Takes back what was said under a key. */
  forget(key: string): void {
    this.remove(this.prefix + key);
  }

  /** All that was said and not taken back; what cannot be read any more is taken away. */
  all(): ILastWords<T>[] {
    const found: ILastWords<T>[] = [];
    for (const name of this.names()) {
      const text = this.text(name);
      const record = text === null ? null : parsed(text);
      if (text !== null && record !== null) {
        found.push(this.words(name, text, record as T));
      } else {
        this.remove(name);
      }
    }
    return found;
  }

  private words(name: string, text: string, record: T): ILastWords<T> {
    return {
      record,
      forget: () => {
        if (this.text(name) === text) {
          this.remove(name);
        }
      }
    };
  }

  private names(): string[] {
    try {
      const storage = this.storage();
      return Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '').filter(name =>
        name.startsWith(this.prefix)
      );
    } catch {
      return [];
    }
  }

  private text(name: string): string | null {
    try {
      return this.storage().getItem(name);
    } catch {
      return null;
    }
  }

  private remove(name: string): void {
    try {
      this.storage().removeItem(name);
    } catch {
      // Where nothing may be kept nothing was.
    }
  }
}

/** Says of a JSON object that it stands for bytes. */
const BYTES = '$bytes';

function bytesToText(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { [BYTES]: toBase64(value) } : value;
}

function textToBytes(_key: string, value: unknown): unknown {
  const text = isObject(value) ? value[BYTES] : undefined;
  return typeof text === 'string' ? fromBase64(text) : value;
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text, textToBytes);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

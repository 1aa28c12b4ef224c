import type { IDisposable } from '@lumino/disposable';
import { StoreQueue } from '../store-queue';
import type { IHistoryRecord, IHistoryStore } from './store';

/** An edit is written down after so long at the latest; a page that ends by itself writes at once. */
const AFTER_MS = 400;
/** The share of the time that may be spent on writing down is one in so many. */
const REST_FACTOR = 20;

/** What a keeper of histories needs. */
export interface IHistoryKeeperOptions {
  readonly store: IHistoryStore;
  /** What is to be kept now, or `null` where there is nothing yet. */
  readonly gather: () => IHistoryRecord | null;
  /** Another page has kept something of the same history: this is both. */
  readonly learn: (kept: IHistoryRecord) => void;
  /** Milliseconds that never step back. */
  readonly now: () => number;
}

/** Writes a document's history into the browser, so that it goes on where it was (LITE-15). */
export class HistoryKeeper implements IDisposable {
  private timer: ReturnType<typeof setTimeout> | null = null;
  /** What the browser refuses costs the history, not the document: that is in the file. */
  private readonly queue = new StoreQueue(() => undefined);
  private restMs = AFTER_MS;
  private disposed = false;

  constructor(private readonly options: IHistoryKeeperOptions) {}

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Notes a change: it is written down soon. */
  changed(): void {
    if (!this.disposed) {
      this.timer ??= setTimeout(() => {
        this.keep();
      }, this.restMs);
    }
  }

  /** Writes down now: the page may be about to end. */
  keep(): void {
    this.cancel();
    const record = this.disposed ? null : this.options.gather();
    if (record !== null) {
      this.queue.write(async () => {
        const begun = this.options.now();
        try {
          const kept = await this.options.store.put(record);
          if (kept !== record && !this.disposed) {
            this.options.learn(kept);
          }
        } finally {
          // What is refused has taken its time as well.
          this.restMs = Math.max(AFTER_MS, (this.options.now() - begun) * REST_FACTOR);
        }
      });
    }
  }

  /** Asks the store for one change; it makes changes in the order in which it is asked for them. */
  write(change: () => Promise<void>): void {
    this.queue.write(change);
  }

  /** Does something with the store after everything asked for so far; what it refuses costs nothing else. */
  after(task: () => Promise<void>): void {
    this.queue.after(task);
  }

  /** Writes down what there is, and then nothing any more. */
  dispose(): void {
    this.keep();
    this.disposed = true;
    this.cancel();
  }

  /** Writes nothing down any more: something else is kept in its place. */
  abandon(): void {
    this.disposed = true;
    this.cancel();
  }

  /** Resolves when everything asked for so far has been done. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  private cancel(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }
}

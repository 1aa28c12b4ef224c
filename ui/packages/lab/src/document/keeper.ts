import type { IDisposable } from '@lumino/disposable';
import { StoreQueue } from '../store-queue';
import type { IKeepsake, IKeepsakeStore } from './keepsake';

/** Edits that wait longer than this for their acknowledgement are written down. */
const KEEP_AFTER_MS = 1_000;
/** The share of the time that may be spent on writing down is one in so many. */
const REST_FACTOR = 20;

/** What is to be kept, or `null` where everything is acknowledged. */
export type Gather = () => Omit<IKeepsake, 'id' | 'document'> | null;

/** What a keepsake is called. */
type Left = Pick<IKeepsake, 'document' | 'id'>;

/** What a keeper needs of its surroundings. */
export interface IKeeperOptions {
  readonly store: IKeepsakeStore;
  /** See `keepsakeName`. */
  readonly document: string;
  readonly gather: Gather;
  /** Milliseconds that never step back. */
  readonly now: () => number;
  /** Called with whether the edits that wait are safe in the browser. */
  readonly kept: (safe: boolean) => void;
}

/**
 * Writes down edits that wait for their acknowledgement, so that they survive the page, and the closing of the document
 * (CLIENT-17).
 *
 * While acknowledgements come nothing is ever written; once everything is acknowledged nothing stays.
 */
export class Keeper implements IDisposable {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private readonly queue: StoreQueue;
  private written = false;
  private restMs = KEEP_AFTER_MS;
  private since = 0;
  private readonly heirs: Left[] = [];
  private disposed = false;
  /** What its keepsake is called; that of another opened document must not be taken for it. */
  private readonly id: string;

  constructor(private readonly options: IKeeperOptions) {
    this.id = options.store.open();
    this.queue = new StoreQueue(() => {
      // A private window or a full disk: the edits live as long as the page, and the person is told so.
      options.kept(false);
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /**
   * To be called whenever other edits wait than before.
   *
   * @param since - When the oldest of them was made; `null` where none waits.
   */
  changed(since: number | null): void {
    if (since === null) {
      this.cancel();
      this.forget();
    } else {
      this.since = since;
      this.wait(this.restMs);
    }
  }

  /** Writes down now: the page may be about to end. */
  keep(): void {
    this.cancel();
    const content = this.options.gather();
    if (content === null) {
      return;
    }
    const { store, document, now, kept } = this.options;
    const held = [...this.heirs];
    this.written = true;
    this.queue.write(async () => {
      const begun = now();
      try {
        await store.put({ ...content, id: this.id, document });
      } finally {
        // What is refused has taken its time as well.
        this.restMs = Math.max(KEEP_AFTER_MS, (now() - begun) * REST_FACTOR);
      }
      kept(true);
      await this.release(held);
    });
  }

  /**
   * Notes that edits left by another are in the document now: their keepsake goes when they are acknowledged, or written
   * down here. Otherwise there would be one more, with the whole document, whenever it is opened.
   */
  adopt(left: Left): void {
    this.heirs.push(left);
  }

  /** Removes the keepsake of another at once. */
  discard({ document, id }: Left): void {
    this.queue.write(() => this.options.store.remove(document, id));
  }

  /** Resolves when everything asked for so far has been done. */
  settled(): Promise<void> {
    return this.queue.settled();
  }

  /** Stops; what is pending is written down first, for whoever opens the document next. */
  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.keep();
    this.disposed = true;
    this.queue.after(() => {
      this.options.store.close(this.id);
      return Promise.resolve();
    });
  }

  private wait(delayMs: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      // What waited when the timer was set may have been acknowledged, and others made since.
      const leftMs = this.since + KEEP_AFTER_MS - this.options.now();
      if (leftMs > 0) {
        this.wait(leftMs);
      } else {
        this.keep();
      }
    }, delayMs);
  }

  private forget(): void {
    const over = this.heirs.splice(0);
    if (this.written) {
      this.written = false;
      over.push({ document: this.options.document, id: this.id });
    }
    over.forEach(left => {
      this.discard(left);
    });
  }

  /** Removes keepsakes whose edits are in the own one; where that fails they are only there twice. */
  private async release(held: readonly Left[]): Promise<void> {
    for (const left of held.filter(heir => this.heirs.includes(heir))) {
      this.heirs.splice(this.heirs.indexOf(left), 1);
      await this.options.store.remove(left.document, left.id).catch(() => undefined);
    }
  }

  private cancel(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }
}

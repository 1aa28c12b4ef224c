/**
 * Bytes of document whose copying is paid for by one millisecond without copying. Encoding takes about 10 ms a
 * megabyte in a browser, so this keeps it below 2 % of the time somebody types.
 */
const BYTES_PER_MS = 2_000;

/** How long a copy outlives the last unacknowledged edit, so that typing does not copy for every burst. */
const KEEP_MS = 30_000;

/**
 * The document as it was at a point when everything in it was acknowledged: the base of a three-way merge.
 *
 * It may be older than the last such point. That is safe: what was acknowledged since then is on both sides of
 * the merge, and equal changes do not conflict.
 */
export class AcknowledgedBase {
  private copy: Uint8Array | null = null;
  private takenAtMs = 0;

  /**
   * @param encode Gives the whole document as one update.
   */
  constructor(private readonly encode: () => Uint8Array) {}

  /** The document as one update, or `null` where no edit has been made since it was given up. */
  get state(): Uint8Array | null {
    return this.copy;
  }

  /**
   * Takes over a copy that is there already, which spares encoding a large document once more when it is opened.
   *
   * @param state The whole document as one update; everything in it is acknowledged.
   */
  adopt(state: Uint8Array, nowMs: number): void {
    this.copy = state;
    this.takenAtMs = nowMs;
  }

  /** To be called before every change made here that starts from a fully acknowledged document. */
  beforeEdit(nowMs: number): void {
    if (this.copy === null || nowMs - this.takenAtMs >= this.copy.length / BYTES_PER_MS) {
      this.adopt(this.encode(), nowMs);
    }
  }

  /** To be called now and then while everything is acknowledged; gives the copy up after a while. */
  settle(nowMs: number): void {
    if (nowMs - this.takenAtMs >= KEEP_MS) {
      this.copy = null;
    }
  }
}

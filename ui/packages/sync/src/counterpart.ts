import type { IReplica } from './replica';

/** Room for the numbers before an update in its frame. */
const FRAME_HEAD_BYTES = 16;

/** What the server has of the document, as far as is known, and whether what it lacks fits into a frame. */
export class Counterpart {
  private vector: Uint8Array | null = null;
  private limitBytes = 0;

  constructor(private readonly replica: IReplica | null) {}

  /** Nothing is known of it, or of another connection's server. */
  forget(): void {
    this.vector = null;
  }

  /** Notes what it said it has. */
  has(stateVector: Uint8Array): void {
    this.vector = stateVector;
  }

  /** Notes that it has all that is here, where it was asked on this connection. */
  hasAll(): void {
    if (this.vector !== null && this.replica !== null) {
      this.vector = this.replica.stateVector();
    }
  }

  /** Notes how large a frame it takes, in bytes; 0 where it did not say. */
  takes(frameBytes: number): void {
    this.limitBytes = frameBytes;
  }

  /** Whether it takes a frame with this update (CLIENT-13). */
  fits(update: Uint8Array): boolean {
    return this.limitBytes <= 0 || update.length + FRAME_HEAD_BYTES <= this.limitBytes;
  }

  /**
   * What it lacks, as one update; `null` where it is not known what it has.
   *
   * Where that does not fit, what was written and deleted again is left out of it.
   */
  missing(): Uint8Array | null {
    if (this.vector === null || this.replica === null) {
      return null;
    }
    const update = this.replica.difference(this.vector);
    return this.fits(update) ? update : this.replica.remainder(this.vector);
  }
}

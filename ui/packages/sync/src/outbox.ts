/** A frame on its way: when it is durable, so are the first `edits` edits. */
interface ICheckpoint {
  frame: number;
  edits: number;
}

/**
 * Checkpoints kept. Beyond it the newest one is moved instead of a further one added: only the count's
 * granularity suffers, since acknowledgements are cumulative.
 */
const CHECKPOINTS_MAX = 4096;

/** Counts edits against cumulative acknowledgements (WIRE-6). */
export class Outbox {
  private made = 0;
  private durable = 0;
  private handed = 0;
  private sent = 0;
  private checkpoints: ICheckpoint[] = [];

  /** Edits that are not known to be durable. */
  get pending(): number {
    return this.made - this.durable;
  }

  /** Edits that are known to be durable. */
  get acknowledged(): number {
    return this.durable;
  }

  /** Counts edits that were made here. */
  add(edits: number): void {
    this.made += edits;
  }

  /** Notes that a frame went out which, with those before it, holds every edit so far. */
  sentAll(): void {
    this.sent += 1;
    const last = this.checkpoints.at(-1);
    if (last !== undefined && this.checkpoints.length >= CHECKPOINTS_MAX) {
      last.frame = this.sent;
      last.edits = this.made;
    } else {
      this.checkpoints.push({ frame: this.sent, edits: this.made });
    }
  }

  /**
   * Notes that the first `frames` frames of this connection are durable.
   *
   * @returns Whether so many were sent; where not, nothing changes.
   */
  acknowledge(frames: number): boolean {
    if (frames > this.sent) {
      return false;
    }
    let next = this.checkpoints[0];
    while (next !== undefined && next.frame <= frames) {
      this.durable = Math.max(this.durable, next.edits);
      this.checkpoints.shift();
      next = this.checkpoints[0];
    }
    return true;
  }

  /** Notes that every edit so far is handed in in another way than by frames. */
  handIn(): void {
    this.handed = this.made;
  }

  /** Notes that what was handed in is durable; what was made since is not. */
  settle(): void {
    this.durable = Math.max(this.durable, this.handed);
    this.checkpoints = [];
  }

  /** Starts counting frames anew, for another connection; what was under way is pending again. */
  restart(): void {
    this.sent = 0;
    this.checkpoints = [];
  }
}

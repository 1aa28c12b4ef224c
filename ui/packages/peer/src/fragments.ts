import { createDecoder, readTailAsUint8Array, readVarUint } from 'lib0/decoding';
import { createEncoder, toUint8Array, writeUint8Array, writeVarUint } from 'lib0/encoding';

/** Starts a piece of a message; see `wire.ts` for the others. */
const PIECE = 0x55;
/** What every browser takes in one message, and no network stack chokes on. */
export const PIECE_BYTES = 60_000;
/** Longest message put together from pieces: a notebook of a size that a browser still edits. */
export const MESSAGE_BYTES = 200_000_000;

/**
 * A message in pieces that a data channel takes.
 *
 * @returns The message itself where it is short enough.
 */
export function* split(message: Uint8Array): Generator<Uint8Array> {
  if (message.length <= PIECE_BYTES) {
    yield message;
    return;
  }
  for (let at = 0; at < message.length; at += PIECE_BYTES) {
    const encoder = createEncoder();
    writeVarUint(encoder, PIECE);
    writeVarUint(encoder, message.length);
    writeUint8Array(encoder, message.subarray(at, at + PIECE_BYTES));
    yield toUint8Array(encoder);
  }
}

/** Puts pieces together again; they come in order and never mixed. */
export class Joiner {
  private pieces: Uint8Array[] = [];
  private length = 0;
  private filled = 0;

  /**
   * Takes what arrived.
   *
   * @returns A whole message, or `null` while there is more to come.
   * @throws RangeError if somebody sends what was never one message, or too long a one.
   */
  take(frame: Uint8Array): Uint8Array | null {
    if (frame[0] !== PIECE) {
      return frame;
    }
    const decoder = createDecoder(frame);
    readVarUint(decoder);
    const length = readVarUint(decoder);
    const piece = readTailAsUint8Array(decoder);
    // Nothing is set aside for a claim: only what has come is kept.
    this.filled += piece.length;
    this.length ||= length;
    if (length > MESSAGE_BYTES || length !== this.length || this.filled > length) {
      throw new RangeError('these pieces are no message');
    }
    this.pieces.push(piece);
    return this.filled === length ? this.join() : null;
  }

  private join(): Uint8Array {
    const whole = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.pieces = [];
    this.length = 0;
    this.filled = 0;
    return whole;
  }
}

import * as decoding from 'lib0/decoding';
import { ProtocolError } from './errors';

/** Reads a frame from its start to its end; every method throws `ProtocolError` on malformed bytes. */
export class Cursor {
  private readonly decoder: decoding.Decoder;

  constructor(bytes: Uint8Array) {
    this.decoder = decoding.createDecoder(bytes);
  }

  /** How many bytes are left. */
  get left(): number {
    return this.decoder.arr.length - this.decoder.pos;
  }

  /** Reads a variable-length unsigned integer of at most 2^53 - 1. */
  number(): number {
    return guarded(() => decoding.readVarUint(this.decoder));
  }

  /** Reads bytes with their length before them; the result is a view, not a copy. */
  bytes(): Uint8Array {
    const length = this.number();
    if (length > this.left) {
      throw new ProtocolError(
        `The message claims ${length} bytes, but only ${this.left} are there.`
      );
    }
    return guarded(() => decoding.readUint8Array(this.decoder, length));
  }

  /** Reads UTF-8 with its length in bytes before it. */
  text(): string {
    const bytes = this.bytes();
    return guarded(() => utf8.decode(bytes));
  }

  /** Demands that nothing follows (WIRE-3). */
  end(): void {
    if (this.left > 0) {
      throw new ProtocolError(`${this.left} bytes follow the message.`);
    }
  }
}

/** Refuses invalid UTF-8, and keeps a byte order mark as the character it is. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new ProtocolError('The message is truncated or malformed.');
  }
}

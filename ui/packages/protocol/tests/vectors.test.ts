import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  decodeClient,
  decodeServer,
  encode,
  ProtocolError,
  type ClientMessage,
  type ServerMessage
} from '@jupyter-tandem/protocol';

/** A frame both this codec and the Python one must read alike; `message` is `null` where it must be refused. */
interface IVector {
  name: string;
  from: 'client' | 'server' | 'both';
  hex: string;
  message: Record<string, unknown> | null;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../../tests/vectors/wire.json', import.meta.url), 'utf8')
) as IVector[];

function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function hex(data: Uint8Array): string {
  return Buffer.from(data).toString('hex');
}

/** The form of a message that both languages share. */
function neutral(message: ClientMessage | ServerMessage): Record<string, unknown> {
  if (message.type === 'SyncStep1') {
    return { type: message.type, state_vector: hex(message.stateVector) };
  }
  if (message.type === 'SyncStep2' || message.type === 'Update') {
    return { type: message.type, update: hex(message.update) };
  }
  if (message.type === 'SaveAnswer') {
    return { type: 'StockNotice', body: { type: 'save', ...message.body } };
  }
  if (message.type === 'Hello') {
    const { rights, ...body } = message.body;
    return { type: message.type, body: { ...body, ...rights } };
  }
  return { ...message };
}

function decoders(from: IVector['from']): ((frame: Uint8Array) => ClientMessage | ServerMessage)[] {
  const both = { client: decodeClient, server: decodeServer };
  return from === 'both' ? [decodeClient, decodeServer] : [both[from]];
}

describe('golden frames', () => {
  it.each(vectors.filter(vector => vector.message !== null))(
    '[WIRE-8] $name: decoded, and encoded again',
    vector => {
      for (const decode of decoders(vector.from)) {
        const message = decode(bytes(vector.hex));
        expect(neutral(message)).toEqual(vector.message);
        expect(neutral(decode(encode(message)))).toEqual(vector.message);
        if (!('body' in message)) {
          expect(hex(encode(message))).toBe(vector.hex);
        }
      }
    }
  );

  it.each(vectors.filter(vector => vector.message === null))(
    '[WIRE-2] [WIRE-3] $name: refused',
    vector => {
      for (const decode of decoders(vector.from)) {
        expect(() => decode(bytes(vector.hex))).toThrow(ProtocolError);
      }
    }
  );
});

describe('arbitrary bytes', () => {
  /** A small generator with a seed, so that a failure can be repeated. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }

  it('[WIRE-8] raise nothing but a protocol error', () => {
    const next = random(20261121);
    for (let round = 0; round < 20_000; round += 1) {
      const vector = vectors[Math.floor(next() * vectors.length)];
      const frame = bytes(vector?.hex ?? '');
      for (let flips = 0; flips < 1 + next() * 4 && frame.length > 0; flips += 1) {
        frame[Math.floor(next() * frame.length)] = Math.floor(next() * 256);
      }
      const cut = frame.subarray(0, Math.ceil(next() * frame.length));
      for (const decode of [decodeClient, decodeServer]) {
        try {
          decode(cut);
        } catch (error) {
          expect(error, `frame ${hex(cut)}`).toBeInstanceOf(ProtocolError);
        }
      }
    }
  });

  it('[WIRE-3] a frame inside a larger buffer ends where it ends', () => {
    const buffer = bytes('0002050102030405');
    expect(() => decodeServer(buffer.subarray(0, 5))).toThrow(ProtocolError);
  });
});

import { describe, expect, it } from 'vitest';
import { createEncoder, toUint8Array, writeVarUint } from 'lib0/encoding';
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness';
import { writeSyncStep1, writeSyncStep2, writeUpdate } from 'y-protocols/sync';
import * as Y from 'yjs';
import {
  decodePeer,
  encodePeer,
  Joiner,
  PIECE_BYTES,
  split,
  type PeerMessage
} from '@jupyter-tandem/peer';

const bytes = new Uint8Array([1, 2, 3]);
const MESSAGES: readonly PeerMessage[] = [
  { type: 'SyncStep1', stateVector: bytes },
  { type: 'SyncStep2', update: bytes },
  { type: 'Update', update: bytes },
  { type: 'Awareness', states: bytes },
  { type: 'QueryAwareness' },
  { type: 'Hello', hello: { client: 7, lineage: 2 ** 52 + 1, standing: 4 } },
  { type: 'Hello', hello: { client: 7, lineage: null, standing: 0 } },
  { type: 'Ping' },
  { type: 'Pong' },
  { type: 'Ask' },
  { type: 'Whole', lineage: 2 ** 52 + 1, update: bytes },
  { type: 'Bye' }
];

describe('what peers say', () => {
  it.each(MESSAGES)('[LITE-4] $type is read as it was written', message => {
    expect(decodePeer(encodePeer(message))).toEqual(message);
  });

  it('[LITE-4] is what y-protocols writes for y-webrtc', () => {
    const doc = new Y.Doc();
    doc.getText('source').insert(0, 'x');
    const framed = (write: (encoder: ReturnType<typeof createEncoder>) => void): Uint8Array => {
      const encoder = createEncoder();
      writeVarUint(encoder, 0);
      write(encoder);
      return toUint8Array(encoder);
    };
    const stateVector = Y.encodeStateVector(doc);
    const update = Y.encodeStateAsUpdate(doc);
    const pairs: readonly (readonly [Uint8Array, PeerMessage])[] = [
      [
        framed(encoder => {
          writeSyncStep1(encoder, doc);
        }),
        { type: 'SyncStep1', stateVector }
      ],
      [
        framed(encoder => {
          writeSyncStep2(encoder, doc);
        }),
        { type: 'SyncStep2', update }
      ],
      [
        framed(encoder => {
          writeUpdate(encoder, update);
        }),
        { type: 'Update', update }
      ]
    ];
    for (const [frame, message] of pairs) {
      expect(decodePeer(frame)).toEqual(message);
      expect(encodePeer(message)).toEqual(frame);
    }
    const awareness = new Awareness(doc);
    const states = encodeAwarenessUpdate(awareness, [doc.clientID]);
    awareness.destroy();
    expect(decodePeer(encodePeer({ type: 'Awareness', states }))).toEqual({
      type: 'Awareness',
      states
    });
  });

  it('[LITE-4] is nothing where the bytes are none: empty, cut short, of another kind, or no hello', () => {
    const cut = MESSAGES.map(message => encodePeer(message).slice(0, -1));
    for (const frame of [new Uint8Array(), new Uint8Array([9]), new Uint8Array([0x54, 99])]) {
      expect(decodePeer(frame)).toBeNull();
    }
    for (const frame of cut) {
      expect(() => decodePeer(frame)).not.toThrow();
    }
    const hello = { client: 'me', lineage: 1, standing: 9 } as unknown as {
      client: number;
      lineage: number;
      standing: 3;
    };
    expect(decodePeer(encodePeer({ type: 'Hello', hello }))).toBeNull();
  });
});

describe('a long message', () => {
  const long = Uint8Array.from({ length: 3 * PIECE_BYTES + 17 }, (_, at) => at % 251);

  it('[LITE-4] goes in pieces and comes whole', () => {
    const joiner = new Joiner();
    const pieces = [...split(long)];
    expect(pieces).toHaveLength(4);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(64 * 1024);
    const joined = pieces.map(piece => joiner.take(piece));
    expect(joined.slice(0, -1)).toEqual([null, null, null]);
    expect(joined.at(-1)).toEqual(long);
    expect(joiner.take(bytes)).toEqual(bytes);
  });

  it('[LITE-4] is refused where it claims too much, or comes with more than it claims', () => {
    const piece = (length: number, content: Uint8Array): Uint8Array => {
      const encoder = createEncoder();
      writeVarUint(encoder, 0x55);
      writeVarUint(encoder, length);
      return new Uint8Array([...toUint8Array(encoder), ...content]);
    };
    expect(() => new Joiner().take(piece(1e12, bytes))).toThrow(RangeError);
    expect(() => new Joiner().take(piece(2, bytes))).toThrow(RangeError);
    const joiner = new Joiner();
    expect(joiner.take(piece(10, bytes))).toBeNull();
    expect(() => joiner.take(piece(11, bytes))).toThrow(RangeError);
  });
});

import {
  createDecoder,
  hasContent,
  readTailAsUint8Array,
  readVarString,
  readVarUint,
  readVarUint8Array,
  type Decoder
} from 'lib0/decoding';
import {
  createEncoder,
  toUint8Array,
  writeUint8Array,
  writeVarString,
  writeVarUint,
  writeVarUint8Array,
  type Encoder
} from 'lib0/encoding';
import type { Standing } from './lineage';

/** What a peer of Tandem says of itself before anything else, and again whenever it changes. */
export interface IHello {
  /** Its awareness client. */
  readonly client: number;
  /** The history its document belongs to, or `null` before it has one. */
  readonly lineage: number | null;
  readonly standing: Standing;
}

/** What peers send to each other. The first five are y-webrtc's, the others are for peers of Tandem. */
export type PeerMessage =
  | { readonly type: 'SyncStep1'; readonly stateVector: Uint8Array }
  | { readonly type: 'SyncStep2'; readonly update: Uint8Array }
  | { readonly type: 'Update'; readonly update: Uint8Array }
  | { readonly type: 'Awareness'; readonly states: Uint8Array }
  | { readonly type: 'QueryAwareness' }
  | { readonly type: 'Hello'; readonly hello: IHello }
  | { readonly type: 'Ping' }
  | { readonly type: 'Pong' }
  /** Send me all you have: I leave my history for yours. */
  | { readonly type: 'Ask' }
  /** All I have. */
  | { readonly type: 'Whole'; readonly lineage: number; readonly update: Uint8Array }
  | { readonly type: 'Bye' };

const SYNC = 0;
const AWARENESS = 1;
const QUERY_AWARENESS = 3;
/** Number of the messages that only Tandem's peers send, and only to each other. */
const TANDEM = 0x54;

const SYNC_KINDS = ['SyncStep1', 'SyncStep2', 'Update'] as const;
const TANDEM_KINDS = ['Hello', 'Ping', 'Pong', 'Ask', 'Whole', 'Bye'] as const;

/** A message as bytes. */
export function encodePeer(message: PeerMessage): Uint8Array {
  const encoder = createEncoder();
  if (message.type === 'Awareness') {
    writeVarUint(encoder, AWARENESS);
    writeVarUint8Array(encoder, message.states);
  } else if (message.type === 'QueryAwareness') {
    writeVarUint(encoder, QUERY_AWARENESS);
  } else if (isSync(message)) {
    writeVarUint(encoder, SYNC);
    writeVarUint(encoder, SYNC_KINDS.indexOf(message.type));
    writeVarUint8Array(
      encoder,
      message.type === 'SyncStep1' ? message.stateVector : message.update
    );
  } else {
    writeOwn(encoder, message);
  }
  return toUint8Array(encoder);
}

type SyncMessage = Extract<PeerMessage, { type: (typeof SYNC_KINDS)[number] }>;

function isSync(message: PeerMessage): message is SyncMessage {
  return (SYNC_KINDS as readonly string[]).includes(message.type);
}

type OwnMessage = Extract<PeerMessage, { type: (typeof TANDEM_KINDS)[number] }>;

function writeOwn(encoder: Encoder, message: OwnMessage): void {
  writeVarUint(encoder, TANDEM);
  writeVarUint(encoder, TANDEM_KINDS.indexOf(message.type));
  if (message.type === 'Hello') {
    writeVarString(encoder, JSON.stringify(message.hello));
  } else if (message.type === 'Whole') {
    writeVarUint(encoder, message.lineage);
    writeUint8Array(encoder, message.update);
  }
}

/**
 * A message of a peer.
 *
 * @returns `null` for bytes that are none, or of a kind this version does not know: neither is worth a connection.
 */
export function decodePeer(frame: Uint8Array): PeerMessage | null {
  try {
    const decoder = createDecoder(frame);
    // y-webrtc answers what it does not know with an empty message.
    return hasContent(decoder) ? decode(decoder) : null;
  } catch {
    return null;
  }
}

function decode(decoder: Decoder): PeerMessage | null {
  switch (readVarUint(decoder)) {
    case SYNC:
      return decodeSync(decoder);
    case AWARENESS:
      return { type: 'Awareness', states: readVarUint8Array(decoder) };
    case QUERY_AWARENESS:
      return { type: 'QueryAwareness' };
    case TANDEM:
      return decodeOwn(decoder);
    default:
      return null;
  }
}

function decodeSync(decoder: Decoder): PeerMessage | null {
  const type = SYNC_KINDS[readVarUint(decoder)];
  if (type === undefined) {
    return null;
  }
  const bytes = readVarUint8Array(decoder);
  return type === 'SyncStep1' ? { type, stateVector: bytes } : { type, update: bytes };
}

function decodeOwn(decoder: Decoder): PeerMessage | null {
  const type = TANDEM_KINDS[readVarUint(decoder)] ?? null;
  switch (type) {
    case null:
      return null;
    case 'Hello': {
      const hello = readHello(JSON.parse(readVarString(decoder)));
      return hello === null ? null : { type, hello };
    }
    case 'Whole':
      return { type, lineage: readVarUint(decoder), update: readTailAsUint8Array(decoder) };
    case 'Ping':
    case 'Pong':
    case 'Ask':
    case 'Bye':
      return { type };
  }
}

function readHello(value: unknown): IHello | null {
  const { client, lineage, standing } = (value ?? {}) as Partial<Record<keyof IHello, unknown>>;
  const known = [0, 1, 2, 3, 4] as const;
  const rank = known.find(step => step === standing);
  return Number.isSafeInteger(client) &&
    (lineage === null || Number.isSafeInteger(lineage)) &&
    rank !== undefined
    ? { client: client as number, lineage: lineage as number | null, standing: rank }
    : null;
}

import { Cursor } from './cursor';
import { ProtocolError } from './errors';
import { readExecution, readRunAnswer, readRunCommand } from './execution';
import { parseObject } from './fields';
import {
  AWARENESS,
  STOCK,
  SYNC,
  SYNC_KIND,
  TANDEM,
  TANDEM_KIND,
  type ClientMessage,
  type IAwarenessState,
  type PeerMessage,
  type ServerMessage
} from './message';
import { readHello, readMergeAnswer, readNotice, readSaveAnswer, readStatus } from './payload';

/**
 * Decodes what a server sent.
 *
 * @param frame One WebSocket message; byte fields of the result are views of it.
 * @throws ProtocolError for everything that is no complete message a server may send (WIRE-3, WIRE-8).
 */
export function decodeServer(frame: Uint8Array): ServerMessage {
  const cursor = new Cursor(frame);
  const message = readServer(cursor);
  cursor.end();
  return message;
}

/**
 * Decodes what a client sent; for peers that play the server, such as tests.
 *
 * @throws ProtocolError for everything that is no complete message a client may send.
 */
export function decodeClient(frame: Uint8Array): ClientMessage {
  const cursor = new Cursor(frame);
  const message = readClient(cursor);
  cursor.end();
  return message;
}

function readServer(cursor: Cursor): ServerMessage {
  const kind = cursor.number();
  switch (kind) {
    case STOCK: {
      const body = readSaveAnswer(parseObject(cursor.text()));
      return body === null ? { type: 'StockNotice' } : { type: 'SaveAnswer', body };
    }
    case TANDEM:
      return readTandemFromServer(cursor);
    default:
      return readPeer(kind, cursor);
  }
}

function readClient(cursor: Cursor): ClientMessage {
  const kind = cursor.number();
  switch (kind) {
    case STOCK:
      return readSaveRequest(cursor);
    case TANDEM:
      return readTandemFromClient(cursor);
    default:
      return readPeer(kind, cursor);
  }
}

function readPeer(kind: number, cursor: Cursor): PeerMessage {
  if (kind === SYNC) {
    return readSync(cursor);
  }
  if (kind === AWARENESS) {
    return { type: 'Awareness', states: readAwareness(cursor.bytes()) };
  }
  throw new ProtocolError(`There is no message ${kind}.`);
}

function readSync(cursor: Cursor): PeerMessage {
  const step = cursor.number();
  switch (step) {
    case SYNC_KIND.step1:
      return { type: 'SyncStep1', stateVector: cursor.bytes() };
    case SYNC_KIND.step2:
      return { type: 'SyncStep2', update: cursor.bytes() };
    case SYNC_KIND.update:
      return { type: 'Update', update: cursor.bytes() };
    default:
      throw new ProtocolError(`There is no synchronisation step ${step}.`);
  }
}

/** A state takes two numbers and an empty string at least. */
const STATE_BYTES_MIN = 3;

function readAwareness(payload: Uint8Array): IAwarenessState[] {
  const cursor = new Cursor(payload);
  const count = cursor.number();
  // WIRE-2: a count is believed only as far as the bytes behind it reach.
  if (count * STATE_BYTES_MIN > cursor.left) {
    throw new ProtocolError(`An awareness message claims ${count} states.`);
  }
  const states = Array.from({ length: count }, () => ({
    client: cursor.number(),
    clock: cursor.number(),
    json: cursor.text()
  }));
  cursor.end();
  return states;
}

function readSaveRequest(cursor: Cursor): ClientMessage {
  if (cursor.text() !== 'save') {
    throw new ProtocolError('The only request of kind 2 is "save".');
  }
  return { type: 'SaveRequest', number: cursor.number() };
}

function readTandemFromServer(cursor: Cursor): ServerMessage {
  const kind = cursor.number();
  switch (kind) {
    case TANDEM_KIND.hello:
      return { type: 'Hello', body: readHello(parseObject(cursor.text())) };
    case TANDEM_KIND.acknowledgement:
      return { type: 'Acknowledgement', count: cursor.number() };
    case TANDEM_KIND.status:
      return { type: 'Status', body: readStatus(parseObject(cursor.text())) };
    case TANDEM_KIND.notice:
      return { type: 'Notice', body: readNotice(parseObject(cursor.text())) };
    case TANDEM_KIND.mergeAnswer:
      return { type: 'MergeAnswer', body: readMergeAnswer(parseObject(cursor.text())) };
    case TANDEM_KIND.pong:
      return { type: 'Pong' };
    case TANDEM_KIND.runAnswer:
      return { type: 'RunAnswer', body: readRunAnswer(parseObject(cursor.text())) };
    case TANDEM_KIND.execution:
      return { type: 'Execution', body: readExecution(parseObject(cursor.text())) };
    default:
      throw new ProtocolError(`A server cannot send Tandem message ${kind}.`);
  }
}

function readTandemFromClient(cursor: Cursor): ClientMessage {
  const kind = cursor.number();
  if (kind === TANDEM_KIND.ping) {
    return { type: 'Ping' };
  }
  if (kind === TANDEM_KIND.mergeRequest) {
    const fields = parseObject(cursor.text());
    const lineage = fields['lineage'];
    if (typeof lineage !== 'string') {
      throw new ProtocolError('"lineage" is no text.');
    }
    return { type: 'MergeRequest', body: { base: fields['base'], ours: fields['ours'], lineage } };
  }
  if (kind === TANDEM_KIND.runCommand) {
    return { type: 'RunCommand', body: readRunCommand(parseObject(cursor.text())) };
  }
  throw new ProtocolError(`A client cannot send Tandem message ${kind}.`);
}

import * as encoding from 'lib0/encoding';
import {
  AWARENESS,
  STOCK,
  SYNC,
  SYNC_KIND,
  TANDEM,
  TANDEM_KIND,
  type ClientMessage,
  type IAwarenessState,
  type ServerMessage
} from './message';
import type { IHello, ISaveAnswer } from './payload';

type Message = ClientMessage | ServerMessage;
type Write<M> = (encoder: encoding.Encoder, message: M) => void;

/** How each type of message is written; the compiler refuses a type without an entry. */
const WRITERS: { readonly [T in Message['type']]: Write<Extract<Message, { type: T }>> } = {
  SyncStep1: (to, message) => {
    sync(to, SYNC_KIND.step1, message.stateVector);
  },
  SyncStep2: (to, message) => {
    sync(to, SYNC_KIND.step2, message.update);
  },
  Update: (to, message) => {
    sync(to, SYNC_KIND.update, message.update);
  },
  Awareness: (to, message) => {
    encoding.writeVarUint(to, AWARENESS);
    encoding.writeVarUint8Array(to, encodeAwareness(message.states));
  },
  SaveRequest: (to, message) => {
    encoding.writeVarUint(to, STOCK);
    encoding.writeVarString(to, 'save');
    encoding.writeVarUint(to, message.number);
  },
  SaveAnswer: (to, message) => {
    stock(to, { type: 'save', ...message.body } satisfies ISaveAnswer & { type: string });
  },
  StockNotice: to => {
    stock(to, {});
  },
  Hello: (to, message) => {
    tandem(to, TANDEM_KIND.hello, helloFields(message.body));
  },
  Acknowledgement: (to, message) => {
    tandem(to, TANDEM_KIND.acknowledgement);
    encoding.writeVarUint(to, message.count);
  },
  Status: (to, message) => {
    tandem(to, TANDEM_KIND.status, message.body);
  },
  Notice: (to, message) => {
    tandem(to, TANDEM_KIND.notice, message.body);
  },
  MergeRequest: (to, message) => {
    tandem(to, TANDEM_KIND.mergeRequest, message.body);
  },
  MergeAnswer: (to, message) => {
    tandem(to, TANDEM_KIND.mergeAnswer, message.body);
  },
  Ping: to => {
    tandem(to, TANDEM_KIND.ping);
  },
  Pong: to => {
    tandem(to, TANDEM_KIND.pong);
  },
  RunCommand: (to, message) => {
    tandem(to, TANDEM_KIND.runCommand, message.body);
  },
  RunAnswer: (to, message) => {
    tandem(to, TANDEM_KIND.runAnswer, message.body);
  },
  Execution: (to, message) => {
    tandem(to, TANDEM_KIND.execution, message.body);
  }
};

/** Encodes a message as one frame; the inverse of `decodeClient` and `decodeServer` (WIRE-8). */
export function encode(message: Message): Uint8Array {
  const encoder = encoding.createEncoder();
  // The table pairs every type with the writer for that very type, which TypeScript cannot follow.
  (WRITERS[message.type] as Write<Message>)(encoder, message);
  return encoding.toUint8Array(encoder);
}

/** Encodes awareness states without the frame round them, the way y-protocols takes them. */
export function encodeAwareness(states: readonly IAwarenessState[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, states.length);
  for (const state of states) {
    encoding.writeVarUint(encoder, state.client);
    encoding.writeVarUint(encoder, state.clock);
    encoding.writeVarString(encoder, state.json);
  }
  return encoding.toUint8Array(encoder);
}

function sync(encoder: encoding.Encoder, kind: number, payload: Uint8Array): void {
  encoding.writeVarUint(encoder, SYNC);
  encoding.writeVarUint(encoder, kind);
  encoding.writeVarUint8Array(encoder, payload);
}

function stock(encoder: encoding.Encoder, body: object): void {
  encoding.writeVarUint(encoder, STOCK);
  encoding.writeVarString(encoder, JSON.stringify(body));
}

function tandem(encoder: encoding.Encoder, kind: number, body?: object): void {
  encoding.writeVarUint(encoder, TANDEM);
  encoding.writeVarUint(encoder, kind);
  if (body !== undefined) {
    encoding.writeVarString(encoder, JSON.stringify(body));
  }
}

/** On the wire role and actions stand beside the other fields. */
function helloFields({ rights, ...rest }: IHello): object {
  return { ...rest, role: rights.role, actions: rights.actions };
}

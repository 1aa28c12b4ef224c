import { toHexString } from 'lib0/buffer';

/** Keeps hashes of different uses, and of other programs, apart. */
const TOPIC = 'jupyter-tandem:topic:1';
const SECRET = 'jupyter-tandem:secret:1';

/** The room people agreed on. */
export interface IRoomName {
  /** Keeps rooms of different sites apart that have the same name. */
  readonly prefix: string;
  readonly name: string;
  /** Known to the people of the room only, or `""`. */
  readonly password: string;
}

/** How peers of a room find each other for one document, without a signaling server learning what it is. */
export interface IMeetingPoint {
  /** What is subscribed to: a hash of the room and the document. */
  readonly topic: string;
  /** What signaling is encrypted with: another hash, of the same and of the password. */
  readonly secret: string;
}

/**
 * Where peers meet for a document (LITE-2).
 *
 * The password is no part of the topic: who has a wrong one still meets the others, and can be told so.
 *
 * @param document Name of the document within the room.
 */
export async function meetingPoint(room: IRoomName, document: string): Promise<IMeetingPoint> {
  const { name, password, prefix } = room;
  return {
    topic: await digest([TOPIC, prefix, name, document]),
    secret: await digest([SECRET, prefix, name, document, password])
  };
}

/** SHA-256 of a list of texts, in hexadecimal; no two lists give the same bytes to hash. */
export async function digest(texts: readonly string[]): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(texts));
  return toHexString(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

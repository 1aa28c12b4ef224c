import { seedNumber } from '@jupyter-tandem/peer';
import type { JSONValue } from '@lumino/coreutils';
import * as Y from 'yjs';
import type { SharedDocument } from '../document/content';
import { canonical } from './canonical';

/** A document's history up to some point. */
export interface IHistory {
  /** Which beginning it has. */
  readonly lineage: number;
  /** All of it, as one update. */
  readonly state: Uint8Array;
}

/** Client id that a seed is built with before its own is known. */
const NOBODY = 1;

/**
 * The beginning of a document's history, made of its content alone (LITE-8).
 *
 * Equal copies give byte for byte the same seed, so their histories merge without anything doubled. Its number is a hash of
 * these very bytes: other bytes, say of another version of the schema, never come under the same number.
 *
 * @param model Any document of this type.
 */
export async function seed(model: SharedDocument, content: JSONValue): Promise<IHistory> {
  const plain = canonical(content);
  const draft = build(model, plain, NOBODY);
  const hash = await crypto.subtle.digest('SHA-256', draft as Uint8Array<ArrayBuffer>);
  const lineage = seedNumber(new Uint8Array(hash));
  return { lineage, state: build(model, plain, lineage) };
}

function build(model: SharedDocument, content: JSONValue, client: number): Uint8Array {
  return withCopy(model, copy => {
    copy.ydoc.clientID = client;
    copy.ydoc.transact(() => {
      copy.setSource(content);
    });
    return Y.encodeStateAsUpdate(copy.ydoc);
  });
}

/** Does something with an empty document of the same type, and clears it away. */
export function withCopy<T>(model: SharedDocument, use: (copy: SharedDocument) => T): T {
  const Model = model.constructor as new () => SharedDocument;
  const copy = new Model();
  try {
    return use(copy);
  } finally {
    copy.dispose();
  }
}

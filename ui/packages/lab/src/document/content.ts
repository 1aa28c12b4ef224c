import type { DocumentChange, YDocument } from '@jupyter/ydoc';
import type { JSONValue } from '@lumino/coreutils';
import * as Y from 'yjs';
import { withoutStrays } from './strays';

/** A document of any type. */
export type SharedDocument = YDocument<DocumentChange>;

/** What the Contents API would call the document's content. */
export function contentOf(model: SharedDocument): JSONValue {
  return model.getSource();
}

/**
 * The content of an earlier state of a document.
 *
 * @param model The document as it is now, which knows its type.
 * @param state The earlier state as one update, or `null` where there is none.
 */
export function contentOfState(model: SharedDocument, state: Uint8Array | null): JSONValue {
  if (state === null) {
    return null;
  }
  const copy = empty(model);
  try {
    Y.applyUpdate(copy.ydoc, state);
    return copy.getSource();
  } finally {
    copy.dispose();
  }
}

/**
 * The content of a state that was kept: as it is, or else without what is no part of a notebook.
 *
 * @returns `null` where there is no state, or none whose content can be made.
 */
export function contentAsKept(model: SharedDocument, state: Uint8Array | null): JSONValue {
  for (const read of [(kept: Uint8Array): Uint8Array => kept, withoutStrays]) {
    try {
      return contentOfState(model, state === null ? null : read(state));
    } catch {
      // Another program wrote it, or it is spoilt; its document is not to suffer from it.
    }
  }
  return null;
}

/**
 * Whether a state can be one of a document of this type: a notebook's cells mean nothing to a text. What cannot be read
 * is one of no type.
 *
 * Nor is what another extension has put something into that the type does not know; see `isReadable`.
 *
 * @param state The whole document as one update.
 */
export function isStateOf(model: SharedDocument, state: Uint8Array): boolean {
  const copy = empty(model);
  const known = new Set(copy.ydoc.share.keys());
  copy.dispose();
  return rootsOf(state)?.every(root => known.has(root)) ?? false;
}

/** Whether a state can be read, of whatever type it is. */
export function isReadable(state: Uint8Array): boolean {
  return rootsOf(state) !== null;
}

function rootsOf(state: Uint8Array): string[] | null {
  const read = new Y.Doc();
  try {
    Y.applyUpdate(read, state);
    return [...read.share.keys()];
  } catch {
    return null;
  } finally {
    read.destroy();
  }
}

/** An empty document of the same type. */
function empty(model: SharedDocument): SharedDocument {
  const Model = model.constructor as new () => SharedDocument;
  return new Model();
}

/** Whether a transaction changed anything but the document's bookkeeping (`state`: path, hash, dirty). */
export function touchesContent(transaction: Y.Transaction): boolean {
  const bookkeeping: unknown = transaction.doc.share.get('state');
  return [...transaction.changed.keys()].some(type => (type as unknown) !== bookkeeping);
}

/**
 * Whether a transaction changed what people write: sources, and which cells there are.
 *
 * Outputs, metadata and counts do not count: programs write them as well.
 */
export function touchesWriting(transaction: Y.Transaction): boolean {
  const roots: unknown[] = [
    transaction.doc.share.get('cells'),
    transaction.doc.share.get('source')
  ];
  return [...transaction.changed.keys()].some(
    type => roots.includes(type) || type._item?.parentSub === 'source'
  );
}

import * as Y from 'yjs';
import { applyArrived } from '../document/arrived';
import { dropStrays, prepare } from '../document/strays';

const TRUSTED = 'trusted';

/**
 * Applies a peer's update without what it says about trust (LITE-16) and what is no part of a notebook (LITE-24), as one
 * transaction.
 *
 * A cell that says it is trusted runs scripts in its outputs as soon as it is shown. Trust is what this browser's user
 * gives by running a cell; nobody else can give it.
 */
export function applyUntrusted(doc: Y.Doc, update: Uint8Array, origin: unknown): void {
  doc.transact(transaction => {
    try {
      applyArrived(doc, update, origin);
    } finally {
      // Of an update that breaks off Yjs keeps what came before.
      distrust(doc, transaction);
      dropStrays(doc, transaction);
    }
  }, origin);
}

/** A whole document of a peer's without the same, as one update. */
export function untrusted(whole: Uint8Array): Uint8Array {
  const doc = new Y.Doc();
  try {
    prepare(doc);
    applyUntrusted(doc, whole, null);
    return Y.encodeStateAsUpdate(doc);
  } finally {
    doc.destroy();
  }
}

function distrust(doc: Y.Doc, transaction: Y.Transaction): void {
  for (const metadata of suspects(doc, transaction)) {
    if (metadata.has(TRUSTED)) {
      metadata.delete(TRUSTED);
    }
  }
}

/** The metadata that a transaction may have brought trust into. */
function suspects(doc: Y.Doc, transaction: Y.Transaction): Y.Map<unknown>[] {
  const cells = doc.share.get('cells');
  const found: Y.Map<unknown>[] = [];
  for (const [type, keys] of transaction.changed as ReadonlyMap<unknown, ReadonlySet<unknown>>) {
    if (type instanceof Y.Map && keys.has(TRUSTED)) {
      found.push(type);
    } else if (type instanceof Y.Map && keys.has('metadata')) {
      found.push(...metadataOf(type));
    } else if (type === cells && type instanceof Y.Array) {
      found.push(...newCells(type, transaction).flatMap(metadataOf));
    }
  }
  return found;
}

function newCells(cells: Y.Array<unknown>, { beforeState }: Y.Transaction): Y.Map<unknown>[] {
  return cells.toArray().filter((cell): cell is Y.Map<unknown> => {
    const id = cell instanceof Y.Map ? cell._item?.id : undefined;
    return id !== undefined && id.clock >= (beforeState.get(id.client) ?? 0);
  });
}

function metadataOf(cell: Y.Map<unknown>): Y.Map<unknown>[] {
  const metadata = cell.get('metadata');
  return metadata instanceof Y.Map ? [metadata] : [];
}

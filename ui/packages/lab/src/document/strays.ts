import * as Y from 'yjs';

/**
 * A history without what is no part of a notebook, as one update (LITE-24).
 *
 * @throws Where the bytes are no history at all.
 */
export function withoutStrays(state: Uint8Array): Uint8Array {
  const doc = new Y.Doc();
  try {
    prepare(doc);
    doc.transact(() => {
      Y.applyUpdate(doc, state);
      removeStrays(doc);
    });
    return Y.encodeStateAsUpdate(doc);
  } finally {
    doc.destroy();
  }
}

/** Gives a document the parts of a notebook that are looked into; one of another kind has nothing in them. */
export function prepare(doc: Y.Doc): void {
  doc.getArray('cells');
  doc.getMap('meta');
}

/**
 * Takes out what a transaction has made of a notebook that is none (LITE-24).
 *
 * Yjs keeps whatever somebody puts into a list. What is no cell has no content: nobody could save the notebook any more, or
 * open it. Everybody finds the same, so everybody takes out the same.
 */
export function dropStrays(doc: Y.Doc, transaction: Y.Transaction): void {
  const cells: unknown = doc.share.get('cells');
  const meta: unknown = doc.share.get('meta');
  for (const type of transaction.changed.keys() as Iterable<Y.AbstractType<unknown>>) {
    if (type === cells || type === meta || (type.parent !== null && type.parent === cells)) {
      removeStrays(doc);
      return;
    }
  }
}

function removeStrays(doc: Y.Doc): void {
  const cells: unknown = doc.share.get('cells');
  const meta: unknown = doc.share.get('meta');
  if (cells instanceof Y.Array) {
    // From the end, so that the places before stay where they are.
    for (const [index, cell] of [...cells.toArray().entries()].reverse()) {
      if (!isCell(cell)) {
        cells.delete(index);
      }
    }
  }
  if (meta instanceof Y.Map && !isMapOrNothing(meta.get('metadata'))) {
    meta.delete('metadata');
  }
}

/** Whether a member of a notebook's list of cells has what every cell of its type has. */
function isCell(member: unknown): boolean {
  return (
    member instanceof Y.Map &&
    hasType(member as Y.Map<unknown>) &&
    member.get('source') instanceof Y.Text &&
    isMapOrNothing(member.get('metadata'))
  );
}

function hasType(cell: Y.Map<unknown>): boolean {
  const type = cell.get('cell_type');
  return type === 'code'
    ? cell.get('outputs') instanceof Y.Array
    : type === 'markdown' || type === 'raw';
}

function isMapOrNothing(value: unknown): boolean {
  return value === undefined || value instanceof Y.Map;
}

import * as Y from 'yjs';

/** Where a transaction keeps the update it applies. */
const UPDATE = Symbol('update');

/** Applies what others sent, so that who watches the transaction can see it as it came. */
export function applyArrived(doc: Y.Doc, update: Uint8Array, origin: unknown): void {
  Y.transact(
    doc,
    transaction => {
      transaction.meta.set(UPDATE, update);
      Y.applyUpdate(doc, update, origin);
    },
    origin,
    false
  );
}

/**
 * What others say is deleted in a transaction, of all that it deletes; `null` where that is not known.
 *
 * When something goes, all that is in it goes, too. They name as much of that as they knew.
 */
export function namedDeletions(
  transaction: Y.Transaction
): ((client: number, clock: number) => boolean) | null {
  const update: unknown = transaction.meta.get(UPDATE);
  if (!(update instanceof Uint8Array)) {
    return null;
  }
  const { clients } = Y.decodeUpdate(update).ds;
  return (client, clock) =>
    clients.get(client)?.some(range => clock >= range.clock && clock < range.clock + range.len) ??
    false;
}

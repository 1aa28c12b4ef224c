import * as Y from 'yjs';

/** What a session may ask of the document it keeps in step. */
export interface IReplica {
  /** What is here. */
  stateVector(): Uint8Array;
  /** What a peer lacks that has `stateVector`. */
  difference(stateVector: Uint8Array): Uint8Array;
  /** The same without the content of what is deleted; takes long, and takes the whole document in memory once more. */
  remainder(stateVector: Uint8Array): Uint8Array;
}

/** A Yjs document as a replica. */
export class YReplica implements IReplica {
  constructor(readonly doc: Y.Doc) {}

  stateVector(): Uint8Array {
    return Y.encodeStateVector(this.doc);
  }

  difference(stateVector: Uint8Array): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc, stateVector);
  }

  /** What is deleted is kept here as long as it can be brought back; a copy has nobody who could. */
  remainder(stateVector: Uint8Array): Uint8Array {
    const copy = new Y.Doc();
    try {
      Y.applyUpdate(copy, this.state());
      return Y.encodeStateAsUpdate(copy, stateVector);
    } finally {
      copy.destroy();
    }
  }

  /** Whether nothing was ever written into the document. */
  get empty(): boolean {
    return this.doc.store.clients.size === 0;
  }

  /** The whole document as one update. */
  state(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc);
  }
}

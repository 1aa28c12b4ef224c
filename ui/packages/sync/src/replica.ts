import * as Y from 'yjs';

/** What a session may ask of the document it keeps in step. */
export interface IReplica {
  /** What is here. */
  stateVector(): Uint8Array;
  /** What a peer lacks that has `stateVector`. */
  difference(stateVector: Uint8Array): Uint8Array;
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

  /** Whether nothing was ever written into the document. */
  get empty(): boolean {
    return this.doc.store.clients.size === 0;
  }

  /** The whole document as one update. */
  state(): Uint8Array {
    return Y.encodeStateAsUpdate(this.doc);
  }
}

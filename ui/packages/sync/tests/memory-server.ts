import * as Y from 'yjs';
import type { ClientMessage, IHello, ServerMessage } from '@jupyter-tandem/protocol';

/** What a server may say of itself in a test. */
export function hello(part: Partial<IHello> = {}): IHello {
  return {
    protocol: 1,
    session: 1,
    document: 'd1',
    lineage: 'L1',
    rights: { role: 'editor', actions: ['read', 'comment', 'suggest', 'write'] },
    user: {
      username: 'ada',
      name: 'Ada',
      display_name: 'Ada',
      initials: 'A',
      color: null,
      avatar_url: null
    },
    limits: { frame_bytes: 100_000, awareness_bytes: 65_536, client_ids: 16, depth: 64 },
    sync: true,
    ...part
  };
}

/** The server's side of one document, in memory: keeps updates and acknowledges them when told to. */
export class MemoryServer {
  readonly doc = new Y.Doc();
  readonly requests: ClientMessage[] = [];
  /** SyncStep2 and Update frames taken on each connection. */
  private readonly counts = new Map<number, number>();

  constructor(readonly lineage = 'L1') {}

  /** What a connection is told first. */
  greet(connection: number): ServerMessage[] {
    this.counts.set(connection, 0);
    return [
      { type: 'Hello', body: hello({ lineage: this.lineage, session: connection }) },
      { type: 'SyncStep1', stateVector: Y.encodeStateVector(this.doc) }
    ];
  }

  /** Takes a message; returns the answers to its sender. */
  take(connection: number, message: ClientMessage): ServerMessage[] {
    switch (message.type) {
      case 'SyncStep1':
        return [
          { type: 'SyncStep2', update: Y.encodeStateAsUpdate(this.doc, message.stateVector) }
        ];
      case 'SyncStep2':
      case 'Update':
        Y.applyUpdate(this.doc, message.update, connection);
        this.counts.set(connection, (this.counts.get(connection) ?? 0) + 1);
        return [];
      case 'Awareness':
      case 'SaveRequest':
      case 'MergeRequest':
      case 'Ping':
      case 'RunCommand':
        this.requests.push(message);
        return [];
    }
  }

  /** Acknowledges everything a connection sent. */
  acknowledgement(connection: number): ServerMessage {
    return { type: 'Acknowledgement', count: this.counts.get(connection) ?? 0 };
  }
}

import * as Y from 'yjs';
import type { ClientMessage, ServerMessage } from '@jupyter-tandem/protocol';
import { SyncSession, YReplica, type Effect, type Input } from '@jupyter-tandem/sync';
import type { MemoryServer } from './memory-server';

/** No spread, somebody looking. */
export const calm = { chance: 0, attentive: true } as const;

/** A session with a real document round it, whose connection the test holds in its hands. */
export class Peer {
  readonly doc = new Y.Doc();
  readonly session = new SyncSession(new YReplica(this.doc));
  readonly sent: ClientMessage[] = [];
  readonly effects: Effect[] = [];
  private readonly waiting: Input[] = [];
  private connection = 0;
  private unsubscribe: (() => void) | null = null;

  constructor(private readonly server: MemoryServer) {
    this.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this) {
        this.input({ kind: 'edited', update, edits: 1 });
      }
    });
  }

  get text(): Y.Text {
    return this.doc.getText('source');
  }

  get types(): string[] {
    return this.sent.map(message => message.type);
  }

  ofKind<K extends Effect['kind']>(kind: K): Extract<Effect, { kind: K }>[] {
    return this.effects.filter(
      (effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind
    );
  }

  /** Connects; messages travel at once. */
  connect(): void {
    this.connection += 1;
    const { connection } = this;
    this.input({ kind: 'opened' });
    this.server.greet(connection).forEach(message => {
      this.hear(message);
    });
    const relay = (update: Uint8Array, origin: unknown): void => {
      if (origin !== connection) {
        this.hear({ type: 'Update', update });
      }
    };
    this.server.doc.on('update', relay);
    this.unsubscribe = () => {
      this.server.doc.off('update', relay);
    };
  }

  acknowledge(): void {
    this.hear(this.server.acknowledgement(this.connection));
  }

  disconnect(code = 1006): void {
    this.unsubscribe?.();
    this.unsubscribe = null;
    this.input({ kind: 'closed', code, reason: '', ...calm });
  }

  hear(message: ServerMessage): void {
    this.input({ kind: 'received', message });
  }

  /** Takes an input; one that arises while effects are carried out waits for its turn. */
  input(input: Input): void {
    this.waiting.push(input);
    if (this.waiting.length > 1) {
      return;
    }
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      this.session.handle(next).forEach(effect => {
        this.carryOut(effect);
      });
      this.waiting.shift();
    }
  }

  private carryOut(effect: Effect): void {
    this.effects.push(effect);
    if (effect.kind === 'apply') {
      Y.applyUpdate(this.doc, effect.update, this);
    } else if (effect.kind === 'send') {
      this.sent.push(effect.message);
      this.server.take(this.connection, effect.message).forEach(answer => {
        this.hear(answer);
      });
    }
  }
}

// @vitest-environment happy-dom
import { YFile } from '@jupyter/ydoc';
import {
  CLOSE,
  decodeClient,
  encode,
  type ClientMessage,
  type ServerMessage
} from '@jupyter-tandem/protocol';
import { YReplica, type IContents } from '@jupyter-tandem/sync';
import type { ITransport, ITransportEvents } from '@jupyter-tandem/transports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { hello, MemoryServer } from '../../sync/tests/memory-server';
import { Synchroniser } from '../src/document/synchroniser';
import { VIEWER } from './document-view';

/** A connection to a server in memory; frames travel at once. */
class MemoryTransport implements ITransport {
  readonly sent: ClientMessage[] = [];
  probes = 0;
  attempts = 0;
  private connected = false;

  constructor(
    private readonly server: MemoryServer,
    private readonly events: ITransportEvents
  ) {}

  get types(): string[] {
    return this.sent.map(message => message.type);
  }

  open(): void {
    this.attempts += 1;
  }

  /** Lets the attempt succeed. */
  accept(greeting: ServerMessage[] = this.server.greet(this.attempts)): void {
    this.connected = true;
    this.events.opened();
    greeting.forEach(message => {
      this.hear(message);
    });
  }

  hear(message: ServerMessage): void {
    this.events.received(encode(message));
  }

  send(frame: Uint8Array): void {
    const message = decodeClient(frame);
    this.sent.push(message);
    this.server.take(this.attempts, message).forEach(answer => {
      this.hear(answer);
    });
  }

  close(code: number, reason: string): void {
    if (this.connected) {
      this.connected = false;
      this.events.closed(code, reason);
    }
  }

  probe(): void {
    this.probes += 1;
  }

  dispose(): void {
    this.connected = false;
  }
}

/** Somebody else is here. */
const BOB: ServerMessage = {
  type: 'Awareness',
  states: [{ client: 99, clock: 1, json: '{"user":{"name":"Bob"}}' }]
};

let server: MemoryServer;
let model: YFile;
let transport: MemoryTransport;
let synchroniser: Synchroniser;

beforeEach(() => {
  vi.useFakeTimers();
  server = new MemoryServer();
  model = new YFile();
  synchroniser = new Synchroniser({
    model,
    resolve: () => Promise.reject(new Error('nothing to resolve')),
    closed: () => undefined,
    surroundings: { window, document },
    now: () => Date.now(),
    chance: () => 0,
    transport: ({ events }) => {
      transport = new MemoryTransport(server, events);
      return transport;
    }
  });
  synchroniser.start();
});

afterEach(() => {
  synchroniser.dispose();
  model.dispose();
  vi.useRealTimers();
});

function acknowledge(): void {
  transport.hear(server.acknowledgement(transport.attempts));
}

describe('the shell round the session', () => {
  it('[CLIENT-2] loads the document and tells who is here', () => {
    let synced = 0;
    synchroniser.synced.connect(() => {
      synced += 1;
    });
    server.doc.getText('source').insert(0, 'theirs');
    model.awareness.setLocalStateField('user', { username: 'ada' });
    transport.accept();
    expect(model.getSource()).toBe('theirs');
    expect(synced).toBe(1);
    expect(server.requests).toMatchObject([
      { type: 'Awareness', states: [{ client: model.awareness.clientID }] }
    ]);
  });

  it('[CLIENT-4] counts right when an edit arises while another is applied', () => {
    // As JupyterLab does: it marks a document as changed while the change is being told.
    model.ysource.observe((_, transaction) => {
      if (transaction.origin === synchroniser && model.getSource().length < 20) {
        model.ysource.insert(0, '>');
      }
    });
    server.doc.getText('source').insert(0, 'x');
    transport.accept();
    expect(server.doc.getText('source').toJSON()).toBe(model.getSource());
    expect(synchroniser.state.pending).toBeGreaterThan(0);
    acknowledge();
    expect(synchroniser.state.pending).toBe(0);
  });

  it('[CLIENT-4] holds bookkeeping for no edit, and sends it all the same', () => {
    transport.accept();
    acknowledge();
    model.dirty = true;
    expect(synchroniser.state.pending).toBe(0);
    expect(transport.types.at(-1)).toBe('Update');
    expect(server.doc.getMap('state').get('dirty')).toBe(true);
  });

  it('[CLIENT-15] keeps what it came with as the base', () => {
    server.doc.getText('source').insert(0, 'base');
    const whole = Y.encodeStateAsUpdate(server.doc);
    transport.accept([
      { type: 'Hello', body: hello() },
      { type: 'SyncStep2', update: whole }
    ]);
    model.updateSource(4, 4, ' one');
    expect(synchroniser.snapshot()?.base).toEqual(whole);
  });

  it('[CLIENT-13] tries again when the document is small enough again, and not before', () => {
    transport.accept();
    acknowledge();
    const { attempts } = transport;
    model.setSource('x'.repeat(200_000));
    vi.advanceTimersByTime(60_000);
    model.updateSource(0, 1, '');
    vi.advanceTimersByTime(60_000);
    expect([synchroniser.state.ending, transport.attempts]).toEqual(['limit', attempts]);
    model.setSource('small');
    vi.advanceTimersByTime(3_000);
    expect(transport.attempts).toBe(attempts + 1);
    transport.accept();
    expect(server.doc.getText('source').toJSON()).toBe('small');
    acknowledge();
    expect(synchroniser.state.pending).toBe(0);
  });

  it('[CLIENT-13] does not spend its time on looking whether the document is small enough', () => {
    transport.accept();
    acknowledge();
    model.setSource('x'.repeat(200_000));
    const looks = vi.spyOn(YReplica.prototype, 'remainder').mockImplementation(() => {
      vi.setSystemTime(Date.now() + 1_000);
      return new Uint8Array(200_000);
    });
    for (let second = 0; second < 60; second += 1) {
      model.updateSource(0, 1, '');
      vi.advanceTimersByTime(1_000);
    }
    expect(looks.mock.calls.length).toBeLessThan(6);
  });

  it('[CLIENT-6] hands in what it was and what it has become', () => {
    server.doc.getText('source').insert(0, 'base');
    transport.accept();
    acknowledge();
    model.updateSource(4, 4, ' one');
    model.updateSource(8, 8, ' two');
    transport.close(CLOSE.broken, '');
    vi.advanceTimersByTime(300);
    transport.accept([{ type: 'Hello', body: hello({ lineage: 'L2' }) }]);
    expect(transport.sent.at(-1)).toEqual({
      type: 'MergeRequest',
      body: { base: 'base', ours: 'base one two', lineage: 'L1' }
    });
  });

  it('[CLIENT-15] has a base for edits made while those of an earlier page wait to be handed over', () => {
    server.doc.getText('source').insert(0, 'base');
    transport.accept();
    acknowledge();
    // So long that the base is given up.
    vi.advanceTimersByTime(120_000);
    const contents = (): IContents => ({ base: null, ours: 'left over' });
    synchroniser.inherit({ id: 'p0', lineage: 'L0', edits: 1, contents });
    synchroniser.leave();
    model.updateSource(4, 4, ' one');
    vi.advanceTimersByTime(1_000);
    transport.accept([{ type: 'Hello', body: hello({ lineage: 'L2' }) }]);
    expect(transport.sent.at(-1)).toEqual({
      type: 'MergeRequest',
      body: { base: 'base', ours: 'base one', lineage: 'L1' }
    });
  });

  it('[CLIENT-12] ends a save with the connection', async () => {
    transport.accept();
    const save = expect(synchroniser.save()).rejects.toMatchObject({ failure: 'lost' });
    transport.close(CLOSE.broken, '');
    await save;
  });

  it('[CLIENT-16] asks whether the server is there when an edit waits for two seconds', () => {
    transport.accept();
    acknowledge();
    vi.advanceTimersByTime(60_000);
    expect(transport.probes).toBe(0);
    model.setSource('x');
    vi.advanceTimersByTime(2_000);
    expect(transport.probes).toBe(1);
    acknowledge();
    vi.advanceTimersByTime(60_000);
    expect(transport.probes).toBe(1);
  });

  it('[CLIENT-16] asks nothing while somebody types on and no edit waits for long', () => {
    transport.accept();
    acknowledge();
    for (let letter = 0; letter < 40; letter += 1) {
      const allButTheLast = server.acknowledgement(transport.attempts);
      model.setSource('x'.repeat(letter + 1));
      vi.advanceTimersByTime(200);
      transport.hear(allButTheLast);
    }
    expect(synchroniser.state.pending).toBeGreaterThan(0);
    expect(transport.probes).toBe(0);
    vi.advanceTimersByTime(2_500);
    expect(transport.probes).toBe(1);
  });

  it('[CLIENT-16] asks whether the server is there when the network has gone', () => {
    transport.accept();
    window.dispatchEvent(new Event('offline'));
    expect(transport.probes).toBe(1);
  });

  it('[CLIENT-20] tells of a change that nobody was allowed to make', () => {
    let strayed = 0;
    synchroniser.strayed.connect(() => {
      strayed += 1;
    });
    transport.accept([
      { type: 'Hello', body: hello({ rights: VIEWER }) },
      { type: 'SyncStep2', update: new Uint8Array([0, 0]) }
    ]);
    model.dirty = true;
    expect(strayed).toBe(0);
    model.setSource('x');
    expect(strayed).toBe(1);
    expect(transport.types).toEqual(['SyncStep1', 'Awareness']);
  });

  it('[CLIENT-1] leaves a server that sends what means nothing', () => {
    transport.accept();
    const { attempts } = transport;
    vi.advanceTimersByTime(10_000);
    transport.hear({ type: 'MergeAnswer', body: { status: 'merged', conflicts: 0, message: '' } });
    vi.advanceTimersByTime(500);
    expect(transport.attempts).toBe(attempts + 1);
  });

  it('[CLIENT-14] brings back what an earlier page left, as edits of this one', () => {
    const earlier = new YFile();
    earlier.setSource('left over');
    synchroniser.restoring.connect((_, id) => {
      expect(id).toBe('p0');
      synchroniser.apply(stateOf(earlier));
    });
    synchroniser.inherit({ id: 'p0', lineage: 'L1', edits: 1, contents: () => null });
    transport.accept();
    expect(server.doc.getText('source').toJSON()).toBe('left over');
    expect(synchroniser.state.pending).toBe(1);
    acknowledge();
    expect(synchroniser.state.pending).toBe(0);
    earlier.dispose();
  });

  it('[CLIENT-22] goes on when something that watches the document fails', () => {
    transport.accept();
    const fail = (): void => {
      throw new Error('a widget fails');
    };
    model.ydoc.on('afterTransaction', fail);
    server.doc.getText('source').insert(0, 'theirs');
    transport.hear({ type: 'Update', update: Y.encodeStateAsUpdate(server.doc) });
    model.ydoc.off('afterTransaction', fail);
    expect(() => vi.advanceTimersByTime(1)).toThrow('a widget fails');
    model.setSource('theirs and mine');
    acknowledge();
    expect([model.getSource(), synchroniser.state.pending]).toEqual(['theirs and mine', 0]);
    expect(server.doc.getText('source').toJSON()).toBe('theirs and mine');
  });

  it('[CLIENT-22] connects again when something that watches who is here fails', () => {
    transport.accept();
    acknowledge();
    transport.hear(BOB);
    const { attempts } = transport;
    const fail = (): void => {
      throw new Error('a widget fails');
    };
    model.awareness.on('change', fail);
    transport.close(CLOSE.broken, '');
    expect(() => vi.advanceTimersByTime(1)).toThrow('a widget fails');
    model.awareness.off('change', fail);
    model.setSource('written meanwhile');
    expect(synchroniser.state).toMatchObject({ phase: 'apart', pending: 1 });
    vi.advanceTimersByTime(1_000);
    expect(transport.attempts).toBe(attempts + 1);
    transport.accept();
    acknowledge();
    expect(server.doc.getText('source').toJSON()).toBe('written meanwhile');
    expect(synchroniser.state.pending).toBe(0);
  });

  it('[CLIENT-22] [PRESENCE-7] tells nobody of those who are gone in the middle of an edit', () => {
    transport.accept();
    acknowledge();
    transport.hear(BOB);
    let editing = false;
    const told: unknown[] = [];
    model.awareness.on('change', ({ removed }: { removed: number[] }) => {
      told.push([editing, removed]);
    });
    editing = true;
    model.setSource('x'.repeat(200_000));
    editing = false;
    expect(synchroniser.state.ending).toBe('limit');
    vi.advanceTimersByTime(1);
    expect(told).toEqual([[false, [99]]]);
  });

  it('[CLIENT-22] takes what comes next when something of its own fails', () => {
    vi.spyOn(YReplica.prototype, 'stateVector').mockImplementationOnce(() => {
      throw new Error('a fault');
    });
    server.doc.getText('source').insert(0, 'theirs');
    transport.accept();
    expect(() => vi.advanceTimersByTime(1)).toThrow('a fault');
    transport.close(CLOSE.broken, '');
    vi.advanceTimersByTime(1_000);
    transport.accept();
    expect([model.getSource(), synchroniser.state.phase]).toEqual(['theirs', 'live']);
  });
});

function stateOf(file: YFile): Uint8Array {
  return Y.encodeStateAsUpdate(file.ydoc);
}

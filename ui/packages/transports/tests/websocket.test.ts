import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer, WebSocket as NodeWebSocket } from 'ws';
import { Unreachable, WebSocketTransport, type IAddress } from '@jupyter-tandem/transports';

type Told = readonly [string, ...unknown[]];

/** Writes down what a transport tells, and lets a test wait for it. */
class Listener {
  readonly told: Told[] = [];
  private waiting: (() => void)[] = [];

  readonly events = {
    opened: () => {
      this.note(['opened']);
    },
    received: (frame: Uint8Array) => {
      this.note(['received', [...frame]]);
    },
    closed: (code: number, reason: string) => {
      this.note(['closed', code, reason]);
    },
    unreachable: (status: number, reason: string) => {
      this.note(['unreachable', status, reason]);
    }
  };

  async until(count: number): Promise<readonly Told[]> {
    while (this.told.length < count) {
      await new Promise<void>(resolve => this.waiting.push(resolve));
    }
    return this.told;
  }

  private note(told: Told): void {
    this.told.push(told);
    this.waiting.splice(0).forEach(resolve => {
      resolve();
    });
  }
}

let server: WebSocketServer;
let listener: Listener;
let transport: WebSocketTransport;

function make(resolve: () => Promise<IAddress>): WebSocketTransport {
  return new WebSocketTransport({
    resolve,
    events: listener.events,
    WebSocket: NodeWebSocket as unknown as typeof WebSocket
  });
}

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  listener = new Listener();
  const { port } = server.address() as AddressInfo;
  transport = make(() => Promise.resolve({ url: `ws://127.0.0.1:${port}/` }));
});

afterEach(() => {
  vi.useRealTimers();
  transport.dispose();
  server.clients.forEach(client => {
    client.terminate();
  });
  server.close();
});

/** Opens a connection; gives the server's end of it. */
async function connected(): Promise<NodeWebSocket> {
  const arrival = once(server, 'connection');
  transport.open();
  const [peer] = (await arrival) as [NodeWebSocket];
  await listener.until(1);
  return peer;
}

describe('a connection', () => {
  it('carries frames both ways', async () => {
    const peer = await connected();
    const arrival = once(peer, 'message');
    transport.send(new Uint8Array([1, 2]));
    const [data] = (await arrival) as [Buffer];
    expect([...data]).toEqual([1, 2]);
    peer.send(new Uint8Array([3]));
    expect(await listener.until(2)).toEqual([['opened'], ['received', [3]]]);
  });

  it('tells the code and the reason the server closed with, and can be opened again', async () => {
    const peer = await connected();
    peer.close(4403, 'not any more');
    expect((await listener.until(2))[1]).toEqual(['closed', 4403, 'not any more']);
    transport.open();
    expect((await listener.until(3))[2]).toEqual(['opened']);
  });

  it('is closed for this side at once', async () => {
    const peer = await connected();
    const departure = once(peer, 'close');
    transport.close(4400, 'garbled');
    expect(listener.told[1]).toEqual(['closed', 4400, 'garbled']);
    expect((await departure)[0]).toBe(4400);
  });

  it('is opened once however often it is asked for', async () => {
    transport.open();
    await connected();
    expect(server.clients.size).toBe(1);
  });

  it('tells nothing once it is disposed', async () => {
    const peer = await connected();
    const departure = once(peer, 'close');
    transport.dispose();
    await departure;
    expect(listener.told).toEqual([['opened']]);
  });
});

describe('a connection that does not come about', () => {
  it('tells the status that refused it', async () => {
    transport = make(() => Promise.reject(new Unreachable(404, 'no such document')));
    transport.open();
    expect(await listener.until(1)).toEqual([['unreachable', 404, 'no such document']]);
  });

  it('tells 0 for a server that does not answer', async () => {
    transport = make(() => Promise.reject(new TypeError('failed to fetch')));
    transport.open();
    expect(await listener.until(1)).toEqual([['unreachable', 0, '']]);
  });

  it('is given up after a while', async () => {
    vi.useFakeTimers();
    let late: AbortSignal | null = null;
    transport = new WebSocketTransport({
      resolve: signal => {
        late = signal;
        return new Promise(() => undefined);
      },
      events: listener.events
    });
    transport.open();
    await vi.advanceTimersByTimeAsync(8_000);
    expect(listener.told).toEqual([['unreachable', 0, '']]);
    expect(late).toMatchObject({ aborted: true });
  });
});

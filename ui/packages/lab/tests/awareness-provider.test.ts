// @vitest-environment happy-dom
import './lab-browser';
import type { IAwarenessProviderFactory } from '@jupyter/docprovider';
import { encode, type ServerMessage } from '@jupyter-tandem/protocol';
import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { AwarenessProvider } from '../src/awareness-provider';

/** As much of a `WebSocket` as it takes to hear of others and to break. */
class Socket {
  readyState = 1;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  constructor() {
    sockets.push(this);
  }

  send(): void {
    return;
  }

  close(): void {
    this.readyState = 3;
  }

  tell(message: ServerMessage): void {
    this.onmessage?.({ data: encode(message).slice().buffer });
  }
}

let sockets: Socket[];
let awareness: Awareness;
let provider: AwarenessProvider;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Socket);
  sockets = [];
  awareness = new Awareness(new Y.Doc());
  const user = {
    ready: Promise.resolve(),
    identity: { username: 'ada' },
    userChanged: new Signal<object, unknown>({})
  };
  provider = new AwarenessProvider({
    awareness,
    user,
    roomID: 'JupyterLab:globalAwareness',
    serverSettings: ServerConnection.makeSettings()
  } as unknown as IAwarenessProviderFactory.IOptions);
  await vi.advanceTimersByTimeAsync(1);
  sockets[0]?.onopen?.();
});

afterEach(() => {
  provider.dispose();
  awareness.destroy();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a room of awareness alone', () => {
  it('[CLIENT-22] [PRESENCE-7] is come back to when something that watches who is here fails', async () => {
    const states = [{ client: 99, clock: 1, json: '{"user":{"name":"Bob"}}' }];
    sockets[0]?.tell({ type: 'Awareness', states });
    expect([...awareness.getStates().keys()]).toContain(99);
    const fail = (): void => {
      throw new Error('a widget fails');
    };
    awareness.on('change', fail);
    expect(() => sockets[0]?.onclose?.({ code: 1006, reason: '' })).toThrow('a widget fails');
    awareness.off('change', fail);
    expect([...awareness.getStates().keys()]).not.toContain(99);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sockets).toHaveLength(2);
  });
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer, WebSocket as NodeWebSocket } from 'ws';
import {
  farewell,
  iceAddress,
  readIceAnswer,
  readIceServers,
  readIntroduction,
  readSignaling,
  routeOf,
  SignalingServer
} from '@jupyter-tandem/peer';

describe('what a signaling server says', () => {
  it('[LITE-22] is a message, an error, or nothing', () => {
    expect(readSignaling('{"type":"publish","topic":"t","data":"x","clients":2}')).toEqual({
      type: 'publish',
      topic: 't',
      data: 'x'
    });
    expect(readSignaling('{"type":"error","code":"topic-full","topics":["t",3]}')).toEqual({
      type: 'error',
      code: 'topic-full',
      topics: ['t']
    });
    expect(readSignaling('{"type":"pong"}')).toEqual({ type: 'pong' });
    for (const frame of ['', '[]', '3', 'null', '{"type":7}', '{"type":"error","code":"new"}']) {
      expect(readSignaling(frame)).toBeNull();
    }
    expect(readSignaling(new ArrayBuffer(2))).toBeNull();
  });

  it('[LITE-22] with a close code sends away for long, or not', () => {
    expect([4400, 4413, 4429].map(farewell)).toEqual(['later', 'later', 'later']);
    expect([1000, 1001, 1006, 1012, 1013].map(farewell)).toEqual(Array(5).fill('again'));
  });
});

describe('what a peer says through it', () => {
  it('[LITE-4] is an announcement or a signal of simple-peer, or nothing', () => {
    expect(readIntroduction({ type: 'announce', from: 'a' })).toEqual({
      type: 'announce',
      from: 'a'
    });
    const offer = { type: 'offer', sdp: 'v=0' } as const;
    expect(
      readIntroduction({ type: 'signal', from: 'a', to: 'b', token: 2, signal: offer, more: 1 })
    ).toEqual({ type: 'signal', from: 'a', to: 'b', token: 2, signal: offer });
    const candidate = { candidate: 'c', sdpMLineIndex: 0, sdpMid: '0' };
    expect(
      readIntroduction({ type: 'signal', from: 'a', signal: { type: 'candidate', candidate } })
    ).toMatchObject({ signal: { type: 'candidate', candidate } });
    for (const value of [
      null,
      3,
      {},
      { type: 'announce', from: 3 },
      { type: 'announce', from: 'x'.repeat(200) },
      { type: 'signal', from: 'a', signal: { type: 'renegotiate', renegotiate: true } },
      { type: 'signal', from: 'a', signal: { type: 'offer', sdp: 3 } },
      { type: 'signal', from: 'a' }
    ]) {
      expect(readIntroduction(value)).toBeNull();
    }
  });
});

describe('STUN and TURN servers', () => {
  it('[LITE-3] are asked for below the signaling address, token and all', () => {
    expect(iceAddress('wss://host/signal?token=T')).toBe('https://host/signal/ice?token=T');
    expect(iceAddress('ws://host:4444')).toBe('http://host:4444/ice');
    expect(iceAddress('https://host')).toBeNull();
    expect(iceAddress('nonsense')).toBeNull();
  });

  it('[LITE-3] are those that a browser takes', () => {
    const stun = { urls: 'stun:stun.example.org' };
    const turn = { urls: ['turn:t.example.org'], username: 'u', credential: 'c' };
    const bad = [
      { urls: 'turn:t.example.org' },
      { urls: 'http://x' },
      {},
      null,
      'stun:x',
      { urls: [] }
    ];
    expect(readIceServers([stun, turn, ...bad])).toEqual([stun, turn]);
    expect(readIceServers('stun:x')).toEqual([]);
    expect(readIceAnswer({ iceServers: [stun], ttl: 60 })).toEqual({
      servers: [stun],
      ttlMs: 60_000
    });
    for (const answer of [null, 'okay', {}, { iceServers: 3 }]) {
      expect(readIceAnswer(answer)).toEqual({ servers: [], ttlMs: null });
    }
  });
});

describe('the way to a peer', () => {
  const report = (local: string, remote: string): Map<string, Record<string, unknown>> =>
    new Map([
      ['T', { id: 'T', type: 'transport', selectedCandidatePairId: 'P' }],
      ['P', { id: 'P', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' }],
      ['L', { id: 'L', type: 'local-candidate', candidateType: local }],
      ['R', { id: 'R', type: 'remote-candidate', candidateType: remote }]
    ]);

  it('[LITE-21] is relayed if one of the ends is', () => {
    expect(routeOf(report('host', 'srflx'))).toBe('direct');
    expect(routeOf(report('relay', 'host'))).toBe('relayed');
    expect(routeOf(report('prflx', 'relay'))).toBe('relayed');
    expect(routeOf(new Map())).toBe('unknown');
  });
});

describe('a connection to a signaling server', () => {
  let server: WebSocketServer;
  let client: SignalingServer;
  const told: string[] = [];
  const page = {
    window: new EventTarget(),
    document: Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  };
  const subscriber = {
    subscribed: () => told.push('subscribed'),
    published: (_: unknown, data: unknown) => told.push(`published ${String(data)}`),
    refused: (_: unknown, code: string) => told.push(code),
    changed: ({ state }: SignalingServer) => told.push(state)
  };

  beforeEach(async () => {
    told.length = 0;
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    client = new SignalingServer({
      url: `ws://127.0.0.1:${port}/`,
      surroundings: page,
      chance: () => 0,
      WebSocket: NodeWebSocket as unknown as typeof WebSocket
    });
    client.subscribe('t', subscriber);
  });

  afterEach(() => {
    client.dispose();
    server.clients.forEach(peer => {
      peer.terminate();
    });
    server.close();
  });

  async function peer(): Promise<NodeWebSocket> {
    const [found] = (await once(server, 'connection')) as [NodeWebSocket];
    const [frame] = (await once(found, 'message')) as [Buffer];
    expect(JSON.parse(frame.toString())).toEqual({ type: 'subscribe', topics: ['t'] });
    return found;
  }

  it('[LITE-22] subscribes, hears, and is told why a topic is closed to it', async () => {
    const other = await peer();
    other.send('{"type":"publish","topic":"t","data":"x"}');
    other.send('{"type":"error","code":"topic-full","topics":["t"]}');
    await vi.waitFor(() => {
      expect(told).toEqual(['connected', 'subscribed', 'published x', 'topic-full']);
    });
  });

  it('[LITE-22] comes back by itself after the server was stopped, and subscribes again', async () => {
    (await peer()).close(1001);
    await peer();
    await vi.waitFor(() => {
      expect(told).toEqual(['connected', 'subscribed', 'unreachable', 'connected', 'subscribed']);
    });
  });

  it('[LITE-22] stays away for minutes when it was sent away, unless the person wants it', async () => {
    (await peer()).close(4429);
    await vi.waitFor(() => {
      expect(client.state).toBe('blocked');
    });
    page.window.dispatchEvent(new Event('online'));
    expect(server.clients.size).toBe(0);
    client.retry();
    await peer();
  });
});

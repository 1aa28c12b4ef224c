/** Why a signaling server of Tandem did not let this client into a topic. */
export type Refusal = 'topic-full' | 'too-many-topics' | 'server-full';

/** What a signaling server says. */
export type SignalingMessage =
  | { readonly type: 'publish'; readonly topic: string; readonly data: unknown }
  | { readonly type: 'error'; readonly code: Refusal; readonly topics: readonly string[] }
  | { readonly type: 'pong' };

const REFUSALS: readonly unknown[] = ['topic-full', 'too-many-topics', 'server-full'];

/**
 * Reads a frame of a signaling server (docs/spec/signaling.md).
 *
 * @returns `null` for what has no meaning here: servers may say more than this client knows.
 */
export function readSignaling(frame: unknown): SignalingMessage | null {
  const message = parse(frame);
  const type = message?.['type'];
  if (message === null || typeof type !== 'string') {
    return null;
  }
  const { topic, topics, code, data } = message;
  if (type === 'publish' && typeof topic === 'string') {
    return { type, topic, data };
  }
  if (type === 'error' && REFUSALS.includes(code) && Array.isArray(topics)) {
    const named = topics.filter(name => typeof name === 'string');
    return { type, code: code as Refusal, topics: named };
  }
  return type === 'pong' ? { type } : null;
}

function parse(frame: unknown): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = typeof frame === 'string' ? JSON.parse(frame) : null;
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

/** What a client says to a signaling server. */
export const say = {
  subscribe: (topics: readonly string[]): string => JSON.stringify({ type: 'subscribe', topics }),
  unsubscribe: (topics: readonly string[]): string =>
    JSON.stringify({ type: 'unsubscribe', topics }),
  publish: (topic: string, data: unknown): string =>
    JSON.stringify({ type: 'publish', topic, data }),
  ping: (): string => JSON.stringify({ type: 'ping' })
} as const;

/** How a closed connection to a signaling server is taken. */
export type Farewell =
  /** Come back by the usual back-off. */
  | 'again'
  /** Something this client does is not wanted: come back after minutes. */
  | 'later';

/** What a close code means (docs/spec/signaling.md). */
export function farewell(code: number): Farewell {
  return [4400, 4413, 4429].includes(code) ? 'later' : 'again';
}

/** Where a signaling server tells of STUN and TURN servers: `ws` made `http`, and `/ice` added to the path. */
export function iceAddress(signaling: string): string | null {
  try {
    const url = new URL(signaling);
    if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
      return null;
    }
    url.protocol = url.protocol === 'ws:' ? 'http:' : 'https:';
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/ice`;
    return url.href;
  } catch {
    return null;
  }
}

/** What a signaling server tells of STUN and TURN servers. */
export interface IIceAnswer {
  readonly servers: readonly RTCIceServer[];
  /** Milliseconds until credentials in it expire, or `null`. */
  readonly ttlMs: number | null;
}

const NOTHING: IIceAnswer = { servers: [], ttlMs: null };

/** Reads the answer of `/ice`; other signaling servers answer anything there, which says nothing. */
export function readIceAnswer(value: unknown): IIceAnswer {
  const answer = value as { iceServers?: unknown; ttl?: unknown } | null;
  if (typeof answer !== 'object' || answer === null || !Array.isArray(answer.iceServers)) {
    return NOTHING;
  }
  const { ttl } = answer;
  return {
    servers: readIceServers(answer.iceServers),
    ttlMs: typeof ttl === 'number' && ttl > 0 ? ttl * 1_000 : null
  };
}

/** Of what a site author or a server wrote, what `RTCPeerConnection` takes; one bad entry makes it throw. */
export function readIceServers(value: unknown): RTCIceServer[] {
  return Array.isArray(value) ? value.filter(isIceServer) : [];
}

function isIceServer(value: unknown): value is RTCIceServer {
  const server = value as Partial<Record<keyof RTCIceServer, unknown>> | null;
  if (typeof server !== 'object' || server === null) {
    return false;
  }
  const urls: unknown[] = Array.isArray(server.urls) ? server.urls : [server.urls];
  const turn = urls.some(url => typeof url === 'string' && /^turns?:/.test(url));
  return (
    urls.length > 0 &&
    urls.every(url => typeof url === 'string' && /^(stuns?|turns?):\S+$/.test(url)) &&
    (!turn || (typeof server.username === 'string' && typeof server.credential === 'string'))
  );
}

/** How long an answer without a time limit is good for. */
const KEEP_MS = 3_600_000;
/** Longest wait for an answer: a connection without help is better than none. */
const ANSWER_WITHIN_MS = 2_000;

/** The STUN and TURN servers to use: those the site names, and those its signaling servers tell of. */
export class IceServers {
  private readonly told = new Map<string, { until: number; answer: Promise<IIceAnswer> }>();

  /**
   * @param named Those the site names itself.
   * @param now Milliseconds that never step back.
   * @param policy `relay` to go through TURN servers only, so that peers do not learn each other's addresses.
   */
  constructor(
    private readonly named: readonly RTCIceServer[],
    private readonly now: () => number,
    readonly policy: RTCIceTransportPolicy = 'all'
  ) {}

  /** @param signaling Addresses of the signaling servers that are reached. */
  async list(signaling: readonly string[]): Promise<RTCIceServer[]> {
    const answers = await Promise.all(signaling.map(url => this.ask(url)));
    return [...this.named, ...answers.flatMap(({ servers }) => servers)];
  }

  private ask(signaling: string): Promise<IIceAnswer> {
    const known = this.told.get(signaling);
    if (known !== undefined && this.now() < known.until) {
      return known.answer;
    }
    const answer = fetchIce(signaling);
    const entry = { until: this.now() + KEEP_MS, answer };
    this.told.set(signaling, entry);
    void answer.then(({ ttlMs }) => {
      // Credentials that begin a relay at the last moment would be refused.
      entry.until = this.now() + (ttlMs === null ? KEEP_MS : ttlMs / 2);
    });
    return answer;
  }
}

async function fetchIce(signaling: string): Promise<IIceAnswer> {
  const url = iceAddress(signaling);
  if (url === null) {
    return NOTHING;
  }
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(url, {
      signal,
      credentials: 'omit',
      referrerPolicy: 'no-referrer'
    });
    return response.ok ? readIceAnswer(await response.json()) : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** One ICE candidate as simple-peer writes it. */
export interface ICandidate {
  readonly candidate: string;
  readonly sdpMLineIndex: number | null;
  readonly sdpMid: string | null;
}

/** What one side of a connection under way tells the other (simple-peer's signals). */
export type Signal =
  | { readonly type: 'offer' | 'answer'; readonly sdp: string }
  | { readonly type: 'candidate'; readonly candidate: ICandidate };

/** What peers say to each other through the signaling server, as y-webrtc does. */
export type Introduction = {
  /** The peer that speaks. */
  readonly from: string;
  /** The peer it is for; everybody unless said. */
  readonly to?: string;
  /** Version of what Tandem's peers speak among each other; y-webrtc's own client does not say it. */
  readonly tandem?: number;
} & (
  | { readonly type: 'announce' }
  | { readonly type: 'signal'; readonly token: number; readonly signal: Signal }
);

/** Longest name of a peer that is believed; y-webrtc takes UUIDs. */
const NAME_CHARACTERS = 100;

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null ? (value as Fields) : null;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= NAME_CHARACTERS;
}

/**
 * Reads what came through the signaling server.
 *
 * @returns `null` where it is nothing a peer says, or of a kind that has no meaning for data channels.
 */
export function readIntroduction(value: unknown): Introduction | null {
  const message = fields(value);
  if (message === null || !isName(message['from'])) {
    return null;
  }
  const { from, to, tandem, type, token } = message;
  const head = {
    from,
    ...(isName(to) ? { to } : {}),
    ...(typeof tandem === 'number' ? { tandem } : {})
  };
  if (type === 'announce') {
    return { ...head, type };
  }
  const signal = type === 'signal' ? readSignal(message['signal']) : null;
  return signal === null
    ? null
    : { ...head, type: 'signal', token: typeof token === 'number' ? token : 0, signal };
}

function readSignal(value: unknown): Signal | null {
  const signal = fields(value);
  const type = signal?.['type'];
  if ((type === 'offer' || type === 'answer') && typeof signal?.['sdp'] === 'string') {
    return { type, sdp: signal['sdp'] };
  }
  const candidate = readCandidate(fields(signal?.['candidate']) ?? {});
  return candidate === null ? null : { type: 'candidate', candidate };
}

function readCandidate({ candidate, sdpMLineIndex: line, sdpMid: mid }: Fields): ICandidate | null {
  return typeof candidate !== 'string'
    ? null
    : {
        candidate,
        sdpMLineIndex: typeof line === 'number' ? line : null,
        sdpMid: typeof mid === 'string' ? mid : null
      };
}

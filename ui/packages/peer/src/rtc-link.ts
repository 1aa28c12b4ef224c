import { Liveness } from '@jupyter-tandem/transports';
import { Joiner, split } from './fragments';
import type { Signal } from './introduction';
import { ANSWER_MS, ASK_EVERY_MS, type ILink, type ILinkEvents, type Route } from './link';
import { routeOf } from './route';
import { encodePeer } from './wire';

/** Longest time for a connection to come about; relays and slow networks included. */
const CONNECT_WITHIN_MS = 15_000;
/** From how much unsent data on the rest waits here: browsers end a channel at some 16 MB. */
const BUFFER_BYTES = 1_000_000;
/** How much may wait for a peer that does not take it; it then comes back and asks for what it missed. */
const BACKLOG_BYTES = 400_000_000;
/** Longest message Chromium sends; to peers that cannot put pieces together, longer ones do not go. */
const WHOLE_BYTES = 256 * 1024;

/** What a connection needs. */
export interface IRtcOptions {
  readonly peer: string;
  readonly tandem: boolean;
  /** Whether this side makes the offer. */
  readonly initiator: boolean;
  readonly iceServers: RTCIceServer[];
  readonly policy: RTCIceTransportPolicy;
  /** Brings a signal to the peer. */
  readonly signal: (signal: Signal) => void;
  readonly events: ILinkEvents;
}

/** A connection to a peer over a WebRTC data channel, signalled as simple-peer does (y-webrtc uses it). */
export class RtcLink implements ILink {
  readonly peer: string;
  readonly tandem: boolean;
  private readonly connection: RTCPeerConnection;
  private channel: RTCDataChannel | null = null;
  private readonly joiner = new Joiner();
  private readonly early: RTCIceCandidateInit[] = [];
  private readonly liveness: Liveness;
  private readonly deadline: ReturnType<typeof setTimeout>;
  private backlog: Uint8Array[] = [];
  private backlogBytes = 0;
  private work: Promise<void> = Promise.resolve();
  private connected = false;
  private over = false;

  constructor(private readonly options: IRtcOptions) {
    this.peer = options.peer;
    this.tandem = options.tandem;
    this.liveness = new Liveness({
      everyMs: ASK_EVERY_MS,
      withinMs: ANSWER_MS,
      ping: () => {
        // y-webrtc answers nothing else.
        this.send(encodePeer({ type: this.tandem ? 'Ping' : 'QueryAwareness' }));
      },
      dead: () => {
        this.end();
      }
    });
    this.connection = new RTCPeerConnection({
      iceServers: options.iceServers,
      iceTransportPolicy: options.policy
    });
    this.deadline = setTimeout(() => {
      this.end();
    }, CONNECT_WITHIN_MS);
    this.listen();
    if (options.initiator) {
      this.use(this.connection.createDataChannel('tandem'));
      this.enqueue(async () => {
        await this.connection.setLocalDescription();
        this.describe('offer');
      });
    }
  }

  get isOpen(): boolean {
    return this.connected && !this.over;
  }

  get initiator(): boolean {
    return this.options.initiator;
  }

  /** Takes what the peer says about the connection; what comes too early waits. */
  take(signal: Signal): void {
    this.enqueue(async () => {
      if (signal.type === 'candidate') {
        await this.add(signal.candidate);
        return;
      }
      await this.connection.setRemoteDescription(signal);
      for (const candidate of this.early.splice(0)) {
        await this.add(candidate);
      }
      if (signal.type === 'offer') {
        await this.connection.setLocalDescription();
        this.describe('answer');
      }
    });
  }

  send(message: Uint8Array): void {
    if (this.over) {
      return;
    }
    if (!this.tandem && message.length > WHOLE_BYTES) {
      return;
    }
    for (const piece of this.tandem ? split(message) : [message]) {
      this.backlog.push(piece);
      this.backlogBytes += piece.length;
    }
    if (this.backlogBytes > BACKLOG_BYTES) {
      this.end();
    }
    this.drain();
  }

  /** Asks now whether the peer is there. */
  probe(): void {
    this.liveness.ask();
  }

  close(): void {
    if (this.tandem) {
      this.send(encodePeer({ type: 'Bye' }));
    }
    this.end();
  }

  async route(): Promise<Route> {
    return this.over ? 'unknown' : routeOf(await this.connection.getStats());
  }

  private listen(): void {
    const { connection } = this;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate !== null && candidate.candidate !== '') {
        const { sdpMLineIndex, sdpMid } = candidate;
        this.options.signal({
          type: 'candidate',
          candidate: { candidate: candidate.candidate, sdpMLineIndex, sdpMid }
        });
      }
    };
    // A peer listens to the channel it has opened itself, if it has opened one: the last one counts.
    connection.ondatachannel = ({ channel }) => {
      this.use(channel);
    };
    connection.onconnectionstatechange = () => {
      if (['failed', 'closed'].includes(connection.connectionState)) {
        this.end();
      }
    };
  }

  private use(channel: RTCDataChannel): void {
    this.channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.bufferedAmountLowThreshold = BUFFER_BYTES / 2;
    channel.onbufferedamountlow = () => {
      this.drain();
    };
    channel.onopen = () => {
      this.opened();
    };
    channel.onmessage = ({ data }: MessageEvent) => {
      this.liveness.heard();
      if (data instanceof ArrayBuffer) {
        this.receive(new Uint8Array(data));
      }
    };
    channel.onclose = () => {
      if (this.channel === channel) {
        this.end();
      }
    };
    if (channel.readyState === 'open') {
      this.opened();
    }
  }

  private opened(): void {
    if (!this.connected && !this.over) {
      this.connected = true;
      clearTimeout(this.deadline);
      this.liveness.start();
      this.options.events.opened();
    }
    this.drain();
  }

  private receive(frame: Uint8Array): void {
    let message: Uint8Array | null;
    try {
      message = this.joiner.take(frame);
    } catch {
      this.end();
      return;
    }
    if (message !== null && !this.over) {
      this.opened();
      this.options.events.received(message);
    }
  }

  private drain(): void {
    const { channel } = this;
    if (channel?.readyState !== 'open') {
      return;
    }
    while (this.backlog.length > 0 && channel.bufferedAmount < BUFFER_BYTES) {
      const piece = this.backlog.shift() as Uint8Array<ArrayBuffer>;
      this.backlogBytes -= piece.length;
      channel.send(piece);
    }
  }

  private describe(type: 'offer' | 'answer'): void {
    const sdp = this.connection.localDescription?.sdp;
    if (sdp !== undefined && !this.over) {
      this.options.signal({ type, sdp });
    }
  }

  private async add(candidate: RTCIceCandidateInit): Promise<void> {
    if (this.connection.remoteDescription === null) {
      this.early.push(candidate);
      return;
    }
    // A candidate this browser cannot use (a name it cannot resolve, TCP) is no reason to give the others up.
    await this.connection.addIceCandidate(candidate).catch(() => undefined);
  }

  private enqueue(task: () => Promise<void>): void {
    this.work = this.work
      .then(() => (this.over ? undefined : task()))
      .catch(() => {
        this.end();
      });
  }

  private end(): void {
    if (!this.over) {
      this.release();
      this.options.events.closed();
    }
  }

  private release(): void {
    this.over = true;
    clearTimeout(this.deadline);
    this.liveness.stop();
    this.backlog = [];
    const { connection } = this;
    connection.onicecandidate = connection.ondatachannel = null;
    connection.onconnectionstatechange = null;
    if (this.channel !== null) {
      this.channel.onclose = this.channel.onmessage = this.channel.onopen = null;
    }
    connection.close();
  }
}

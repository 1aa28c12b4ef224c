import { waitMs, WAIT_BLOCKED_MS } from '@jupyter-tandem/sync';
import {
  CONNECT_WITHIN_MS,
  Liveness,
  Patience,
  type ISurroundings
} from '@jupyter-tandem/transports';
import { farewell, readSignaling, say, type Refusal } from './signaling-message';

/** How a signaling server stands to this client. */
export type SignalingState =
  /** Being connected to for the first time, or again without a failure before. */
  | 'connecting'
  | 'connected'
  /** Cannot be reached; another attempt will be made. */
  | 'unreachable'
  /** Has sent this client away; another attempt will be made after minutes. */
  | 'blocked';

/** One topic's ear at a signaling server. */
export interface ISubscriber {
  /** The topic is subscribed to, again after every break: time to announce oneself. */
  subscribed(server: SignalingServer): void;
  /** Somebody published something. */
  published(server: SignalingServer, data: unknown): void;
  /** The server does not let this client in. */
  refused(server: SignalingServer, code: Refusal): void;
  /** The server's state is another one. */
  changed(server: SignalingServer): void;
}

/** What a signaling server needs of the page. */
export interface ISignalingOptions {
  readonly url: string;
  readonly surroundings: ISurroundings;
  /** A number from [0, 1). */
  readonly chance: () => number;
  /** The WebSocket class to use; the browser's unless said otherwise. */
  readonly WebSocket?: typeof WebSocket;
}

/** One connection to one signaling server, for all topics of this page. */
export class SignalingServer {
  private readonly topics = new Map<string, ISubscriber>();
  private readonly patience: Patience;
  private readonly liveness: Liveness;
  private socket: WebSocket | null = null;
  private deadline: ReturnType<typeof setTimeout> | null = null;
  private attempts = 0;
  private current: SignalingState = 'connecting';
  private disposed = false;

  constructor(private readonly options: ISignalingOptions) {
    const attempt = (): void => {
      this.connect();
    };
    const doubt = (): void => {
      this.liveness.ask();
    };
    this.patience = new Patience(options.surroundings, attempt, doubt);
    this.liveness = new Liveness({
      ping: () => {
        this.send(say.ping());
      },
      dead: () => {
        this.lose(ABNORMAL);
      }
    });
    this.connect();
  }

  get url(): string {
    return this.options.url;
  }

  get state(): SignalingState {
    return this.current;
  }

  /** Listens to a topic, now and after every reconnection; one subscriber a topic. */
  subscribe(topic: string, subscriber: ISubscriber): void {
    this.topics.set(topic, subscriber);
    if (this.current === 'connected') {
      this.send(say.subscribe([topic]));
      subscriber.subscribed(this);
    }
  }

  /** @returns Whether nobody listens to anything any more. */
  unsubscribe(topic: string): boolean {
    if (this.topics.delete(topic)) {
      this.send(say.unsubscribe([topic]));
    }
    return this.topics.size === 0;
  }

  /** Publishes; does nothing without a connection, because a signal is worth nothing a second later. */
  publish(topic: string, data: unknown): void {
    this.send(say.publish(topic, data));
  }

  /** Tries again now. */
  retry(): void {
    if (this.socket === null) {
      this.patience.stop();
      this.connect();
    }
  }

  dispose(): void {
    this.disposed = true;
    this.release();
    this.patience.dispose();
  }

  private connect(): void {
    if (this.disposed) {
      return;
    }
    const Socket = this.options.WebSocket ?? WebSocket;
    let socket: WebSocket;
    try {
      socket = new Socket(this.options.url);
    } catch {
      // The URL is none, or the page may not use it: a secure page no `ws:`.
      this.become('unreachable');
      return;
    }
    this.socket = socket;
    this.deadline = setTimeout(() => {
      this.lose(ABNORMAL);
    }, CONNECT_WITHIN_MS);
    socket.onopen = () => {
      this.opened();
    };
    socket.onmessage = (event: MessageEvent) => {
      this.liveness.heard();
      this.receive(event.data);
    };
    socket.onclose = (event: CloseEvent) => {
      this.lose(event.code);
    };
  }

  private opened(): void {
    this.clearDeadline();
    this.liveness.start();
    this.become('connected');
    const topics = [...this.topics.keys()];
    if (topics.length > 0) {
      this.send(say.subscribe(topics));
      this.topics.forEach(subscriber => {
        subscriber.subscribed(this);
      });
    }
  }

  private receive(frame: unknown): void {
    // Only who has been heard is there: a web server may accept the connection and cut it.
    this.attempts = 0;
    const message = readSignaling(frame);
    if (message?.type === 'publish') {
      this.topics.get(message.topic)?.published(this, message.data);
    } else if (message?.type === 'error') {
      for (const topic of message.topics) {
        this.topics.get(topic)?.refused(this, message.code);
      }
    }
  }

  private lose(code: number): void {
    this.release();
    const chance = this.options.chance();
    if (farewell(code) === 'later') {
      this.patience.wait(WAIT_BLOCKED_MS / 2 + (WAIT_BLOCKED_MS / 2) * chance, false);
      this.become('blocked');
      return;
    }
    this.patience.wait(waitMs(this.attempts, { chance, attentive: this.patience.attentive }), true);
    this.attempts += 1;
    this.become('unreachable');
  }

  private become(state: SignalingState): void {
    if (state !== this.current) {
      this.current = state;
      this.topics.forEach(subscriber => {
        subscriber.changed(this);
      });
    }
  }

  private send(text: string): void {
    if (this.socket?.readyState === OPEN) {
      this.socket.send(text);
    }
  }

  private release(): void {
    this.clearDeadline();
    this.liveness.stop();
    const { socket } = this;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private clearDeadline(): void {
    if (this.deadline !== null) {
      clearTimeout(this.deadline);
      this.deadline = null;
    }
  }
}

/** `WebSocket.OPEN`, which a substitute class need not have. */
const OPEN = 1;
/** Close code of a connection that was never closed properly (RFC 6455, 7.4.1). */
const ABNORMAL = 1006;

import { CLOSE, encode } from '@jupyter-tandem/protocol';
import { Liveness } from './liveness';
import { Unreachable, type IAddress, type ITransport, type ITransportEvents } from './transport';

/**
 * How long an attempt to connect may take, in milliseconds. One that began while the network was gone would hang
 * for a minute; a fresh one gets through at once when it is back.
 */
export const CONNECT_WITHIN_MS = 8_000;

/** What the WebSocket transport needs of its surroundings. */
export interface IWebSocketOptions {
  /**
   * Finds out where to connect; asked anew for every attempt, since a server that was restarted may have given the
   * document another lineage. Rejects with `Unreachable`. The signal says that the answer came too late.
   */
  readonly resolve: (signal: AbortSignal) => Promise<IAddress>;
  readonly events: ITransportEvents;
  /** The WebSocket class to use; the browser's unless said otherwise. */
  readonly WebSocket?: typeof WebSocket;
}

/** Frames as binary WebSocket messages, with a watch on whether the server is still there. */
export class WebSocketTransport implements ITransport {
  private socket: WebSocket | null = null;
  /** Grows with every attempt and its end, so that what comes late from an old one is known as such. */
  private attempt = 0;
  private underWay = false;
  private deadline: ReturnType<typeof setTimeout> | null = null;
  private abort = new AbortController();
  private readonly liveness: Liveness;

  constructor(private readonly options: IWebSocketOptions) {
    this.liveness = new Liveness({
      ping: () => {
        this.send(encode({ type: 'Ping' }));
      },
      dead: () => {
        this.end(CLOSE.broken, '');
      }
    });
  }

  open(): void {
    if (this.underWay) {
      return;
    }
    this.underWay = true;
    this.attempt += 1;
    const { attempt } = this;
    this.deadline = setTimeout(() => {
      this.fail(attempt, 0, '');
    }, CONNECT_WITHIN_MS);
    this.abort = new AbortController();
    this.options.resolve(this.abort.signal).then(
      address => {
        this.connect(attempt, address);
      },
      (error: unknown) => {
        const known = error instanceof Unreachable;
        this.fail(attempt, known ? error.status : 0, known ? error.message : '');
      }
    );
  }

  send(frame: Uint8Array): void {
    if (this.socket?.readyState === OPEN) {
      this.socket.send(frame);
    }
  }

  close(code: number, reason: string): void {
    if (this.underWay) {
      this.end(code, reason);
    }
  }

  probe(): void {
    this.liveness.ask();
  }

  dispose(): void {
    this.release(CLOSE.done, '');
  }

  private connect(attempt: number, { url }: IAddress): void {
    if (attempt !== this.attempt) {
      return;
    }
    const Socket = this.options.WebSocket ?? WebSocket;
    const socket = new Socket(url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    socket.onopen = () => {
      this.clearDeadline();
      this.liveness.start();
      this.options.events.opened();
    };
    socket.onmessage = (event: MessageEvent) => {
      this.liveness.heard();
      if (event.data instanceof ArrayBuffer) {
        this.options.events.received(new Uint8Array(event.data));
      }
    };
    socket.onclose = (event: CloseEvent) => {
      this.end(event.code, event.reason);
    };
  }

  private fail(attempt: number, status: number, reason: string): void {
    if (attempt === this.attempt) {
      this.release(CLOSE.done, '');
      this.options.events.unreachable(status, reason);
    }
  }

  /** Ends the connection for this side at once: a closing handshake with a peer that is gone takes a minute. */
  private end(code: number, reason: string): void {
    this.release(code === CLOSE.broken ? CLOSE.done : code, reason);
    this.options.events.closed(code, reason);
  }

  private release(code: number, reason: string): void {
    this.attempt += 1;
    this.underWay = false;
    this.abort.abort();
    this.clearDeadline();
    this.liveness.stop();
    const { socket } = this;
    this.socket = null;
    if (socket !== null) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      if (socket.readyState <= OPEN) {
        // The browser allows 1000 and the application's own codes; the rest are the peer's to say.
        const allowed = code === CLOSE.done || code >= APPLICATION_CODES;
        socket.close(allowed ? code : CLOSE.done, reason.slice(0, REASON_CHARACTERS));
      }
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
/** First close code an application may use (RFC 6455, 7.4.2). */
const APPLICATION_CODES = 3000;
/** A reason has at most 123 bytes (RFC 6455, 5.5), and a UTF-16 unit takes at most three of UTF-8. */
const REASON_CHARACTERS = 41;

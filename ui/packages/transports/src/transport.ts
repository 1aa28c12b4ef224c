/** Where a connection leads. */
export interface IAddress {
  readonly url: string;
}

/**
 * No connection may come about.
 *
 * `status` is the HTTP status that refused it, or 0 where nobody answered.
 */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(
    readonly status: number,
    message: string
  ) {
    super(message);
  }
}

/** What a transport tells the one who uses it; for one `open`, `opened` comes at most once and an end exactly once. */
export interface ITransportEvents {
  opened(): void;
  /** A frame arrived; the bytes belong to the receiver. */
  received(frame: Uint8Array): void;
  /** The connection ended. */
  closed(code: number, reason: string): void;
  /** No connection came about. */
  unreachable(status: number, reason: string): void;
}

/**
 * Carries frames between this browser and one peer, in order, each at most once, one connection at a time.
 *
 * Nothing is kept: a frame that was sent on a connection that breaks may or may not have arrived.
 */
export interface ITransport {
  /** Begins one attempt to connect, unless one is under way. Never throws; the events tell how it went. */
  open(): void;
  /** Sends a frame; does nothing without a connection. */
  send(frame: Uint8Array): void;
  /** Ends the connection or the attempt; `closed` is told at once. */
  close(code: number, reason: string): void;
  /** Asks whether the peer is still there; where it is not, the connection is closed. */
  probe(): void;
  /** Ends everything; no event comes any more. */
  dispose(): void;
}

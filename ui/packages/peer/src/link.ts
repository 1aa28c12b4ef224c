/** What carries a connection between two peers. */
export type Route =
  /** A data channel between the two machines. */
  | 'direct'
  /** A data channel through a TURN server. */
  | 'relayed'
  /** Another tab or window of the same browser. */
  | 'same-browser'
  | 'unknown';

/** A connection to one peer. */
export interface ILink {
  /** The peer's name, new for every page. */
  readonly peer: string;
  /** Whether it speaks what only Tandem's peers speak. */
  readonly tandem: boolean;
  /** Sends a message; messages arrive whole, once and in order, or the link ends. */
  send(message: Uint8Array): void;
  /** Ends the link, `closed` is told; the peer notices at once. */
  close(): void;
  /** What carries it now. */
  route(): Promise<Route>;
}

/** What a link tells the one who holds it; after `closed` it tells nothing. */
export interface ILinkEvents {
  opened(): void;
  received(message: Uint8Array): void;
  closed(): void;
}

/** How often a peer is asked whether it is there. */
export const ASK_EVERY_MS = 4_000;
/** How long it may take: with the time before the question a peer that is gone is missed within 10 s (LITE-17). */
export const ANSWER_MS = 5_000;

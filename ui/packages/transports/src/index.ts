export { ANSWER_WITHIN_MS, Liveness, PING_EVERY_MS, type ILivenessOptions } from './liveness';
export { Patience, type ISurroundings } from './patience';
export { Unreachable, type IAddress, type ITransport, type ITransportEvents } from './transport';
export { CONNECT_WITHIN_MS, WebSocketTransport, type IWebSocketOptions } from './websocket';

/** The version of this package, as peers may report it to each other. */
export const VERSION = '0.1.0';

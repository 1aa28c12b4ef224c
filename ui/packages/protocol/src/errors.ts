/** The other side broke the wire protocol: the frame has no effect (WIRE-3). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

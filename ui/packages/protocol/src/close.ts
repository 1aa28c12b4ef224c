/** Close codes of a room's WebSocket (docs/spec/wire.md, *Close codes*). */
export const CLOSE = {
  /** Closed by the one who opened it. */
  done: 1000,
  goingAway: 1001,
  /** The address names a lineage that is no longer the document's. */
  unknownSession: 1003,
  /** What the browser says when a connection broke without a closing handshake. */
  broken: 1006,
  malformed: 4400,
  notAllowed: 4403,
  notFound: 4404,
  tooSlow: 4408,
  missingEdits: 4409,
  limitPassed: 4413,
  struckOut: 4429,
  roomFault: 4500
} as const;

export { digest, meetingPoint, type IMeetingPoint, type IRoomName } from './address';
export { Cipher } from './cipher';
export { Joiner, MESSAGE_BYTES, PIECE_BYTES, split } from './fragments';
export { IceServers, iceAddress, readIceAnswer, readIceServers } from './ice';
export { readIntroduction, type Introduction, type Signal } from './introduction';
export {
  belongs,
  FIRST_SEED,
  seedNumber,
  seedsIn,
  verdict,
  type IStance,
  type Standing,
  type Verdict
} from './lineage';
export type { ILink, ILinkEvents, Route } from './link';
export { Mesh, type IMeshState } from './mesh';
export { PeerRoom, type IPeer, type IRival, type IWhole } from './room';
export { routeOf } from './route';
export { farewell, readSignaling, say, type Refusal } from './signaling-message';
export { SignalingServer, type SignalingState } from './signaling-server';
export { decodePeer, encodePeer, type IHello, type PeerMessage } from './wire';

/** The version of this package, as peers may report it to each other. */
export const VERSION = '0.1.0';

export { CLOSE } from './close';
export { decodeClient, decodeServer } from './decode';
export { encode, encodeAwareness } from './encode';
export { ProtocolError } from './errors';
export type {
  ICellWish,
  IExecution,
  IInputRequest,
  IKernelStatus,
  IRun,
  IRunAnswer,
  KernelState,
  RunCommand,
  RunRefusal,
  RunState
} from './execution';
export type { ClientMessage, IAwarenessState, PeerMessage, ServerMessage } from './message';
export type {
  Action,
  FileState,
  IFileStatus,
  IHello,
  ILimits,
  IMergeAnswer,
  IMergeRequest,
  INotice,
  IPerson,
  IRights,
  ISaveAnswer,
  IStatus
} from './payload';

/** The version of this package, as peers may report it to each other. */
export const VERSION = '0.1.0';

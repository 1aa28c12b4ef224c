export {
  waitMs,
  WAIT_BLOCKED_MS,
  WAIT_MAX_ATTENTIVE_MS,
  WAIT_MAX_MS,
  WAIT_MIN_MS
} from './backoff';
export { AcknowledgedBase } from './base';
export type { Effect, Replacement, SaveOutcome } from './effect';
export type { IBequest, ICircumstances, IContents, Input } from './input';
export { Outbox } from './outbox';
export { reactionToClose, reactionToStatus, type Reaction } from './reaction';
export { YReplica, type IReplica } from './replica';
export { isUnderWay, RunBoard } from './run-board';
export { REPEAT_WITHIN_MS, RunCommands, type IResumption, type RunWish } from './run-commands';
export { sourceHash } from './run-source';
export { SyncSession } from './session';
export { BEGINNING, mayWrite, type Ending, type ISessionState, type Phase } from './state';

/** The version of this package, as peers may report it to each other. */
export const VERSION = '0.1.0';

export { CommandGate } from './access/gate';
export { GATED, reasonAgainst, RENDERING } from './access/gated';
export { AccessGuard } from './access/guard';
export { Hint } from './access/hint';
export { RoleBadge } from './access/role-badge';
export { AwarenessProvider, AwarenessProviderFactory } from './awareness-provider';
export { ConnectionNotice } from './connection-notice';
export { Continuity, type INews } from './document/continuity';
export { download } from './document/download';
export { DocumentProviderFactory } from './document/factory';
export { KeepsakeDatabase } from './document/keepsake-database';
export { isLabShell, reopen } from './document/reopen';
export { ITandemDocuments, type IDocumentView, type ITandemDocument } from './document/tokens';
export { isLocked } from './document/locked';
export { CellExecutor, type IRunPlace } from './execution/cell-executor';
export { CommandDetour } from './execution/command-detour';
export { KernelName } from './execution/kernel-name';
export { QueueItem } from './execution/queue-item';
export { refusalSentence } from './execution/refusal';
export { RunStage } from './execution/run-stage';
export { KernelPursuit } from './execution/kernel-pursuit';
export {
  followKernel,
  kernelDetours,
  withoutOwnKernel,
  type IStagedNotebook
} from './execution/shared-kernel';
export { showWidgets } from './execution/widget-views';
export { copyAcrossDrives } from './hub/across-drives';
export { SHARED_DRIVE, SharedDrive } from './hub/shared-drive';
export { readConfig, type ILiteConfig } from './lite/config';
export { keepCopies } from './lite/copies';
export { askAboutDifference } from './lite/difference-dialog';
export type { LiteDocument } from './lite/document';
export { EverybodyFactory } from './lite/everybody';
export { LiteDocuments } from './lite/factory';
export { Identity } from './lite/identity';
export { newRoom } from './lite/link';
export { makePlace, pathsIn } from './lite/newcomer';
export { originalContent, roomKey, takePassword } from './lite/page';
export { showRoomShare } from './lite/share-dialog';
export { PageMemory } from './lite/page-memory';
export { HistoryDatabase } from './lite/store';
export { Ways } from './lite/ways';
export { Adoption } from './outputs/adoption';
export { bigOutputFactory } from './outputs/big-output';
export { shortenTexts } from './outputs/long-text';
export { OutputShelf } from './outputs/shelf';
export { Following } from './presence/following';
export { Foothold } from './presence/foothold';
export { PresenceGutter } from './presence/gutter';
export { goToPerson } from './presence/jump';
export { PeopleList } from './presence/people-list';
export { once, type IPerson } from './presence/person';
export { Publisher } from './presence/publisher';
export { Roster } from './presence/roster';
export { SharingApi } from './sharing/api';
export { HubNames, type IKnownNames, type INames } from './sharing/names';
export type { IShared } from './sharing/nouns';
export { HubRequests, type IAccessRequest, type IRequests } from './sharing/requests';
export { Sharing } from './sharing/sharing';
export { SharedShelf } from './sharing/shelf';
export { ITandemSharing } from './sharing/tokens';
export { nameOf, ShelfView } from './sharing/view/shelf-view';
export { Words } from './sharing/words';
export { StatusItem } from './status/item';
export type { StatusAction } from './status/status';

/** The version of this package, as peers may report it to each other. */
export const VERSION = '0.1.0';

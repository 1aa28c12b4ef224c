export { AwarenessProvider, AwarenessProviderFactory } from './awareness-provider';
export { ConnectionNotice } from './connection-notice';
export { Continuity, ContinuityExtension, type INews } from './document/continuity';
export { download } from './document/download';
export { DocumentProviderFactory } from './document/factory';
export { KeepsakeDatabase } from './document/keepsake-database';
export { isLabShell, reopen } from './document/reopen';
export { ITandemDocuments, type IDocumentView, type ITandemDocument } from './document/tokens';
export { Following } from './presence/following';
export { PresenceGutter } from './presence/gutter';
export { goToPerson } from './presence/jump';
export { PeopleList } from './presence/people-list';
export { once, type IPerson } from './presence/person';
export { Publisher } from './presence/publisher';
export { Roster } from './presence/roster';
export { StatusItem } from './status/item';
export type { StatusAction } from './status/status';

/** The version of this package, as peers may report it to each other. */
export const VERSION = '0.1.0';

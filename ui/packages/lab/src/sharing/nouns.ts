/**
 * The nouns of the sharing API as it tells them (`tandem/api/openapi.json`).
 *
 * Times are Unix seconds; paths are relative to the contents root.
 */

/** What somebody may do to a document, from the least to the most. */
export const ROLES = ['viewer', 'commenter', 'suggester', 'editor', 'manager'] as const;
export type Role = (typeof ROLES)[number];

/** A link never makes a manager. */
export const LINK_ROLES: readonly Role[] = ROLES.filter(role => role !== 'manager');

/** Somebody a grant is for; everybody who is signed in has no name. */
export interface ISubject {
  readonly kind: 'user' | 'guest' | 'group' | 'signed-in';
  readonly name: string;
}

/** What a grant or link is on. */
export interface ITarget {
  readonly kind: 'document' | 'folder' | 'server';
  readonly file_id: string;
  /** Where it is now, as far as the answer says. */
  readonly path: string | null;
}

/** What somebody is to something. */
export interface IStanding {
  readonly role: Role;
  readonly may_run: boolean;
  readonly actions: readonly string[];
  readonly until: number | null;
}

/** One share. */
export interface IGrant {
  readonly id: string;
  readonly subject: ISubject;
  readonly display_name: string;
  readonly target: ITarget;
  readonly role: Role;
  readonly may_run: boolean;
  /** Whether the owner's server is started for their runs; missing in what an older server tells. */
  readonly may_start?: boolean;
  readonly expires_at: number | null;
  readonly giver_name: string;
  /** The link it was come by through. */
  readonly link: string | null;
}

/** A link, without what would open it. */
export interface ILink {
  readonly id: string;
  readonly target: ITarget;
  readonly role: Role;
  readonly may_run: boolean;
  readonly guests: boolean;
  readonly password: boolean;
  readonly expires_at: number | null;
  readonly max_uses: number | null;
  readonly uses: number;
  readonly created_at: number;
  readonly giver_name: string;
  readonly state: 'open' | 'revoked' | 'expired' | 'used-up';
}

/** A link that was just made; nobody is told its address again. */
export interface INewLink extends ILink {
  /** The address without scheme and host. */
  readonly address: string;
}

/** Somebody used a link. */
export interface IUse {
  readonly at: number;
  readonly subject: ISubject;
  readonly display_name: string;
}

/** Somebody who is in a document now. */
export interface IPresence {
  readonly subject: ISubject;
  readonly display_name: string;
  readonly since: number;
}

/** All about one file or folder, for those who look after its shares. */
export interface IShareView {
  readonly path: string;
  readonly name: string;
  readonly kind: ITarget['kind'];
  readonly mine: IStanding;
  readonly grants: readonly IGrant[];
  /** Grants on the folders it lies in and on the whole server. */
  readonly inherited: readonly IGrant[];
  readonly links: readonly ILink[];
  readonly people: readonly IPresence[];
  /** Whether this person can have their server started for the runs of others. */
  readonly starts?: boolean;
}

/** One thing that is shared; without a path its file is gone. */
export interface IShared {
  readonly path: string | null;
  readonly name: string | null;
  readonly kind: ITarget['kind'];
  readonly file_id: string;
  readonly mine: IStanding | null;
  readonly grants: readonly IGrant[];
  readonly links: readonly ILink[];
}

/** Both lists of the panel. */
export interface ISharedLists {
  readonly by_me: readonly IShared[];
  readonly with_me: readonly IShared[];
}

/** What links for people without an account may give at most. */
export interface IGuestOffer {
  readonly role: Role;
  readonly may_run: boolean;
  readonly folders: boolean;
}

/** Who asks. */
export interface ICaller {
  readonly subject: ISubject;
  readonly display_name: string;
  readonly groups: readonly string[];
  /** What the server itself lets them be to everything, if anything. */
  readonly server: IStanding | null;
  /** Whether people other than the owner sign in to this server. */
  readonly accounts: boolean;
  /** What links for people without an account may give; `null`: there are no such links. */
  readonly guests: IGuestOffer | null;
}

/** What a new share or link is to give. */
export interface IOffer {
  readonly role: Role;
  readonly may_run: boolean;
  readonly expires_at: number | null;
}

/** What can be changed of a share. */
export interface IGrantChange extends Partial<IOffer> {
  readonly may_start?: boolean;
}

/** What a new link is to be like. */
export interface ILinkWish extends IOffer {
  readonly guests: boolean;
  readonly max_uses: number | null;
  readonly password: string;
}

/** Whether two subjects are the same one. */
export function sameSubject(one: ISubject, other: ISubject): boolean {
  return one.kind === other.kind && one.name === other.name;
}

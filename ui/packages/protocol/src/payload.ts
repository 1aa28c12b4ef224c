import { ProtocolError } from './errors';
import {
  count,
  countOrNull,
  isFields,
  object,
  optionalCount,
  optionalText,
  text,
  textOrNull,
  word,
  type Fields
} from './fields';

/** What a person may do to a document, as the server's words for it. */
export type Action = 'read' | 'comment' | 'suggest' | 'write' | 'manage' | 'run';

/** What a session may do now. */
export interface IRights {
  /** The role the rights follow from, as told to the person. */
  readonly role: string;
  /** Allowed actions; words this version does not know are kept. */
  readonly actions: readonly string[];
}

/** An authenticated person as the server knows them. */
export interface IPerson {
  readonly username: string;
  readonly name: string;
  readonly display_name: string;
  readonly initials: string;
  readonly color: string | null;
  readonly avatar_url: string | null;
}

/** Bounds of what the server takes; 0 where it named none. */
export interface ILimits {
  readonly frame_bytes: number;
  readonly awareness_bytes: number;
  readonly client_ids: number;
  readonly depth: number;
}

/** Body of the first frame a Tandem session gets. */
export interface IHello {
  readonly protocol: number;
  readonly session: number;
  readonly document: string;
  readonly lineage: string;
  readonly rights: IRights;
  readonly user: IPerson;
  readonly limits: ILimits;
  /** Whether the room holds a document; `false` for rooms of awareness alone. */
  readonly sync: boolean;
}

/** How the document stands to its file; `in_file` only when every acknowledged edit is in it. */
export type FileState = 'in_file' | 'pending' | 'read_only' | 'missing' | 'unreadable' | 'failed';

/** What is known about the document's file. */
export interface IFileStatus {
  readonly state: FileState;
  /** Unix seconds of the last write or read, or `null`. */
  readonly saved_at: number | null;
  readonly reason: string;
  readonly path: string;
}

/** Body of a Status frame. */
export interface IStatus {
  readonly journal: { readonly state: 'ok' | 'failed'; readonly reason: string };
  /** `null` as long as nothing is known about the file. */
  readonly file: IFileStatus | null;
  readonly rights: IRights;
}

/** Something to tell the person. */
export interface INotice {
  readonly code: string;
  readonly message: string;
}

/** Edits made in another lineage, as content: what both sides had, and what it has become here. */
export interface IMergeRequest {
  readonly base: unknown;
  readonly ours: unknown;
  readonly lineage: string;
}

/** What became of a merge request. */
export interface IMergeAnswer {
  readonly status: 'merged' | 'refused';
  readonly conflicts: number;
  readonly message: string;
}

/** What became of a save request. */
export interface ISaveAnswer {
  readonly responseTo: number;
  readonly status: 'success' | 'skipped' | 'failed';
}

function readRights(fields: Fields): IRights {
  const actions = fields['actions'];
  if (!Array.isArray(actions)) {
    throw new ProtocolError('"actions" is no list.');
  }
  return {
    role: text(fields, 'role'),
    actions: actions.filter((action): action is string => typeof action === 'string')
  };
}

function readPerson(fields: Fields): IPerson {
  return {
    username: text(fields, 'username'),
    name: optionalText(fields, 'name'),
    display_name: optionalText(fields, 'display_name'),
    initials: optionalText(fields, 'initials'),
    color: textOrNull(fields, 'color'),
    avatar_url: textOrNull(fields, 'avatar_url')
  };
}

/** Reads a Hello; limits a server does not name are 0. */
export function readHello(fields: Fields): IHello {
  const limits = isFields(fields['limits']) ? fields['limits'] : {};
  return {
    protocol: count(fields, 'protocol'),
    session: count(fields, 'session'),
    document: optionalText(fields, 'document'),
    lineage: optionalText(fields, 'lineage'),
    rights: readRights(fields),
    user: readPerson(object(fields, 'user')),
    limits: {
      frame_bytes: optionalCount(limits, 'frame_bytes'),
      awareness_bytes: optionalCount(limits, 'awareness_bytes'),
      client_ids: optionalCount(limits, 'client_ids'),
      depth: optionalCount(limits, 'depth')
    },
    sync: fields['sync'] !== false
  };
}

const FILE_STATES = ['in_file', 'pending', 'read_only', 'missing', 'unreadable', 'failed'] as const;

function readFile(fields: Fields): IFileStatus {
  return {
    state: word(fields, 'state', FILE_STATES),
    saved_at: countOrNull(fields, 'saved_at'),
    reason: optionalText(fields, 'reason'),
    path: optionalText(fields, 'path')
  };
}

/** Reads a Status. */
export function readStatus(fields: Fields): IStatus {
  const journal = object(fields, 'journal');
  return {
    journal: {
      state: word(journal, 'state', ['ok', 'failed']),
      reason: optionalText(journal, 'reason')
    },
    file: fields['file'] == null ? null : readFile(object(fields, 'file')),
    rights: readRights(object(fields, 'rights'))
  };
}

/** Reads a Notice. */
export function readNotice(fields: Fields): INotice {
  return { code: text(fields, 'code'), message: optionalText(fields, 'message') };
}

/** Reads a Merge answer. */
export function readMergeAnswer(fields: Fields): IMergeAnswer {
  return {
    status: word(fields, 'status', ['merged', 'refused']),
    conflicts: optionalCount(fields, 'conflicts'),
    message: optionalText(fields, 'message')
  };
}

/** Reads the answer to a save request, or `null` where the JSON speaks of something else. */
export function readSaveAnswer(fields: Fields): ISaveAnswer | null {
  if (fields['type'] !== 'save') {
    return null;
  }
  return {
    responseTo: count(fields, 'responseTo'),
    status: word(fields, 'status', ['success', 'skipped', 'failed'])
  };
}

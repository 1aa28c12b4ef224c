import { digest, type IWhole } from '@jupyter-tandem/peer';
import type { JSONValue } from '@lumino/coreutils';
import * as Y from 'yjs';
import { contentOfState, type SharedDocument } from '../document/content';
import { canonical, isObject, joined, sameWork, textOf } from './canonical';
import { merge } from './merge/merge';
import { equal } from './merge/value';
import { reconcile } from './reconcile';
import { seed, withCopy, type IHistory } from './seed';
import type { IHistoryRecord } from './store';
import { untrusted } from './untrust';

/** Names a content; equal contents have equal names. */
export function digestOf(content: JSONValue): Promise<string> {
  return digest([textOf(canonical(content))]);
}

/** The content of a history, in canonical form. */
export function contentIn(model: SharedDocument, state: Uint8Array): JSONValue {
  return canonical(contentOfState(model, state));
}

/** Whether nobody would miss a content. */
export function isBlank(content: JSONValue): boolean {
  if (typeof content === 'string') {
    return content.trim() === '';
  }
  const cells = isObject(content) ? content['cells'] : null;
  return Array.isArray(cells) && cells.filter(isObject).every(isBlankCell);
}

function isBlankCell({ outputs, source }: Readonly<Record<string, unknown>>): boolean {
  return joined(source).trim() === '' && (!Array.isArray(outputs) || outputs.length === 0);
}

/**
 * The history that this browser's copy of a document has (LITE-8, LITE-15).
 *
 * @param file What the file says now, in canonical form.
 * @param record What was kept of the history, or `null`.
 * @returns `null` for a file that was only made to have a place for what the room has.
 */
export async function ownHistory(
  model: SharedDocument,
  file: JSONValue,
  record: IHistoryRecord | null
): Promise<IHistory | null> {
  if (record === null) {
    return seed(model, file);
  }
  const { lineage, saved, saving, state } = record;
  if (lineage === null) {
    return isBlank(file) ? null : seed(model, file);
  }
  const known = { lineage, state };
  const kept = contentIn(model, state);
  if (equal(kept, file) || [saved, saving].includes(await digestOf(file))) {
    return known;
  }
  // The file was changed by something else. Where the history held more than it, both are kept.
  const behind = (await digestOf(kept)) === saved;
  return withEdits(model, known, behind ? file : merge(null, file, kept).content);
}

/** A history that ends in another content. */
export function withEdits(model: SharedDocument, history: IHistory, content: JSONValue): IHistory {
  return withCopy(model, copy => {
    Y.applyUpdate(copy.ydoc, history.state);
    reconcile(copy, content);
    return { lineage: history.lineage, state: Y.encodeStateAsUpdate(copy.ydoc) };
  });
}

/** What somebody chose who has another copy than the room. */
export type Choice = 'merge' | 'theirs' | 'apart';

/** A copy of this browser's that differs from the room's. */
export interface IDifference {
  readonly mine: JSONValue;
  readonly theirs: JSONValue;
}

/** What is needed to go over to a room's history. */
export interface IAdoption {
  readonly model: SharedDocument;
  /** All that the room has, as a peer sent it. */
  readonly whole: IWhole;
  /** What this browser has, in canonical form. */
  readonly mine: JSONValue;
  /** What both copies come from, in canonical form, or `null` where nobody knows. */
  readonly base: () => Promise<JSONValue>;
  /** Asks the person, after both copies were put where they are safe. */
  readonly ask: (difference: IDifference) => Promise<Choice>;
}

/** How a document goes over to the room's history. */
export interface IAdopted {
  readonly history: IHistory;
  /** Places where both had written, and both versions are; 0 where nobody was asked. */
  readonly conflicts: number;
  /** Whether something of this browser's copy went into the room's document. */
  readonly merged: boolean;
}

/**
 * Goes over to the history of a room (LITE-12, LITE-13).
 *
 * Nobody is asked where nothing is lost: the copies are the same, or the one here was never changed.
 *
 * @returns `null` where the person stays apart.
 */
export async function adopt(adoption: IAdoption): Promise<IAdopted | null> {
  const { ask, mine, model, whole } = adoption;
  const history: IHistory = { lineage: whole.lineage, state: untrusted(whole.update) };
  const theirs = contentIn(model, history.state);
  const untouched: IAdopted = { history, conflicts: 0, merged: false };
  if (isBlank(mine) || sameWork(mine, theirs)) {
    return untouched;
  }
  const base = await adoption.base();
  if (sameWork(base, mine)) {
    return untouched;
  }
  const choice = await ask({ mine, theirs });
  if (choice !== 'merge') {
    return choice === 'apart' ? null : untouched;
  }
  const { conflicts, content } = merge(base, theirs, mine);
  return {
    history: withEdits(model, history, content),
    conflicts: conflicts.filter(({ kept }) => kept === 'both').length,
    merged: true
  };
}

import type { JSONValue } from '@lumino/coreutils';
import { isObject } from '../canonical';
import { weaveText } from './lines';
import { mergeNotebooks } from './notebook';
import { equal } from './value';

/** Two versions of a document in one. */
export interface IMerged {
  readonly content: JSONValue;
  /** Places where both had changed something; both versions are there. */
  readonly conflicts: number;
}

/**
 * Merges two versions of a document, both in canonical form, so that both sides' changes are kept (LITE-13).
 *
 * @param base What both come from, or `null`: then everything of both is kept and nothing equal is doubled.
 * @param ours The room's version; it comes first where both have written at one place.
 * @param theirs The version of who joins.
 */
export function merge(base: JSONValue, ours: JSONValue, theirs: JSONValue): IMerged {
  if (equal(ours, theirs) || equal(base, theirs)) {
    return { content: ours, conflicts: 0 };
  }
  if (equal(base, ours)) {
    return { content: theirs, conflicts: 0 };
  }
  if (isObject(ours) && isObject(theirs)) {
    return mergeNotebooks(isObject(base) ? base : null, ours, theirs);
  }
  if (typeof ours === 'string' && typeof theirs === 'string') {
    const { text, conflicts } = weaveText(typeof base === 'string' ? base : null, ours, theirs);
    return { content: text, conflicts };
  }
  // What has neither lines nor cells stays as the room has it; the other version is kept as a copy.
  return { content: ours, conflicts: 1 };
}

import type { JSONValue } from '@lumino/coreutils';
import { isObject } from '../canonical';
import type { IConflict } from './conflict';
import { mergeText } from './lines';
import { mergeNotebooks } from './notebook';
import { equal } from './value';

/** Two versions of a document in one. */
export interface IMerged {
  readonly content: JSONValue;
  /** Places that both had changed, in the order of the document; nothing is lost by those that keep both. */
  readonly conflicts: readonly IConflict[];
}

/**
 * Merges two versions of a document, both in canonical form, as a server does (LITE-13; docs/spec/merge.md has the rules).
 *
 * @param base What both come from, or `null`: then everything of both is kept and nothing equal is doubled.
 * @param ours The room's version; it comes first where both have written at one place.
 * @param theirs The version of who joins.
 */
export function merge(base: JSONValue, ours: JSONValue, theirs: JSONValue): IMerged {
  const changed = onlyChanged(base, ours, theirs);
  if (changed !== null) {
    return { content: changed, conflicts: [] };
  }
  if (isObject(ours) && isObject(theirs)) {
    return mergeNotebooks(isObject(base) ? base : null, ours, theirs);
  }
  if (typeof ours === 'string' && typeof theirs === 'string') {
    const { conflicts, text } = mergeText(typeof base === 'string' ? base : null, ours, theirs);
    return {
      content: text,
      conflicts: conflicts.map(line => ({ cell: '', part: 'source', kept: 'both', line }))
    };
  }
  // What has neither lines nor cells stays as the room has it; the other version is kept as a copy.
  return { content: ours, conflicts: [{ cell: '', part: 'content', kept: 'ours', line: null }] };
}

/** The one version that is not as it was, or that both are now; `null` where both changed something. */
function onlyChanged(base: JSONValue, ours: JSONValue, theirs: JSONValue): JSONValue {
  if (equal(ours, theirs) || (base !== null && equal(base, theirs))) {
    return ours;
  }
  return base !== null && equal(base, ours) ? theirs : null;
}

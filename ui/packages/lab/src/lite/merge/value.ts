import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { isObject, textOf } from '../canonical';

/** Whether two values are equal; one may be missing. */
export function equal(a: JSONValue | undefined, b: JSONValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : textOf(a) === textOf(b);
}

/**
 * Merges two objects key by key, inside objects too: the side that changed a key wins, ours where both did.
 *
 * @param base What both come from, or `null`.
 */
export function mergeObjects(
  base: JSONObject | null,
  ours: JSONObject,
  theirs: JSONObject
): JSONObject {
  const result: JSONObject = {};
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const value = mergeValues(base?.[key], ours[key], theirs[key], base === null);
    if (value !== undefined) {
      result[key] = value;
    }
  }
  return result;
}

function mergeValues(
  base: JSONValue | undefined,
  ours: JSONValue | undefined,
  theirs: JSONValue | undefined,
  baseless: boolean
): JSONValue | undefined {
  if (isObject(ours) && isObject(theirs)) {
    return mergeObjects(isObject(base) ? base : null, ours, theirs);
  }
  if (baseless) {
    // What is missing on one side may be new on the other.
    return ours ?? theirs;
  }
  return equal(base, ours) ? theirs : ours;
}

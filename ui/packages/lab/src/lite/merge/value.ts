import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { isObject, textOf } from '../canonical';

/** Told the dotted path of a key that both sides changed; ours was kept. */
export type Report = (path: string) => void;

/** Whether two values are equal; one may be missing. */
export function equal(a: JSONValue | undefined, b: JSONValue | undefined): boolean {
  return a === undefined || b === undefined ? a === b : textOf(a) === textOf(b);
}

/** A value in its three versions; each may be missing. */
export interface IVersions {
  readonly base: JSONValue | undefined;
  readonly ours: JSONValue | undefined;
  readonly theirs: JSONValue | undefined;
}

/**
 * The side that changed wins; where both did, ours, except that objects are merged key by key (MERGE-13).
 *
 * @returns `undefined` where it is gone.
 */
export function mergeValue(
  { base, ours, theirs }: IVersions,
  path: string,
  report: Report
): JSONValue | undefined {
  if ([ours, base].some(value => equal(theirs, value))) {
    return ours;
  }
  if (equal(ours, base)) {
    return theirs;
  }
  if (isObject(ours) && isObject(theirs)) {
    return mergeObjects(objectOf(base), ours, theirs, path, report);
  }
  if (base === undefined && [ours, theirs].includes(undefined)) {
    return ours ?? theirs;
  }
  report(path);
  return ours;
}

function objectOf(value: JSONValue | undefined): JSONObject {
  return isObject(value) ? value : {};
}

/** Merges two objects key by key. */
export function mergeObjects(
  base: JSONObject,
  ours: JSONObject,
  theirs: JSONObject,
  path: string,
  report: Report
): JSONObject {
  const result: JSONObject = {};
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const versions = { base: base[key], ours: ours[key], theirs: theirs[key] };
    const value = mergeValue(versions, path === '' ? key : `${path}.${key}`, report);
    if (value !== undefined) {
      result[key] = value;
    }
  }
  return result;
}

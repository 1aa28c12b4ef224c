import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { isObject, joined } from '../canonical';
import type { IConflict } from './conflict';
import { mergeText } from './lines';
import { equal, mergeObjects, mergeValue, type Report } from './value';

/** Keys with a rule of their own; the others are merged by key. */
const APART: readonly string[] = [
  'attachments',
  'cell_type',
  'execution_count',
  'id',
  'outputs',
  'source'
];

/** A cell in two versions, and in the one that both come from. */
export interface ICellVersions {
  readonly base: JSONObject | null;
  readonly ours: JSONObject;
  readonly theirs: JSONObject;
}

/** Merges two versions of a cell in canonical form; the id is ours (MERGE-11, MERGE-13 to MERGE-15). */
export function mergeCell(versions: ICellVersions, conflicts: IConflict[]): JSONObject {
  const { base, ours, theirs } = versions;
  if (equal(ours, theirs)) {
    return ours;
  }
  const id = ours['id'] ?? theirs['id'] ?? '';
  const cell = typeof id === 'string' ? id : '';
  const report = (part: string): void => {
    conflicts.push({ cell, part, kept: 'ours', line: null });
  };
  const before = base ?? {};
  const type = mergeValue(
    { base: before['cell_type'], ours: ours['cell_type'], theirs: theirs['cell_type'] },
    'cell_type',
    report
  );
  return {
    ...mergeObjects(rest(before), rest(ours), rest(theirs), '', report),
    ...(type === undefined ? {} : { cell_type: type }),
    id,
    source: mergeSource(cell, versions, conflicts),
    ...(type === 'code' ? mergeRun(cell, versions, conflicts) : {}),
    ...mergeAttachments(versions, report)
  };
}

function rest(cell: JSONObject): JSONObject {
  return Object.fromEntries(Object.entries(cell).filter(([key]) => !APART.includes(key)));
}

function mergeSource(
  cell: string,
  { base, ours, theirs }: ICellVersions,
  conflicts: IConflict[]
): string {
  const before = base === null ? null : joined(base['source']);
  const merged = mergeText(before, joined(ours['source']), joined(theirs['source']));
  for (const line of merged.conflicts) {
    conflicts.push({ cell, part: 'source', kept: 'both', line });
  }
  return merged.text;
}

/** Outputs and the execution count belong together and come from one side. */
function mergeRun(cell: string, versions: ICellVersions, conflicts: IConflict[]): JSONObject {
  const { base, ours, theirs } = versions;
  if (base === null || [ours, theirs].some(side => side['cell_type'] !== 'code')) {
    return runOf(ours['cell_type'] === 'code' && hasRun(ours) ? ours : theirs);
  }
  const [before, our, their] = [runOf(base), runOf(ours), runOf(theirs)];
  if ([before, our].some(run => equal(their, run))) {
    return our;
  }
  if (equal(our, before)) {
    return their;
  }
  const edited = (side: JSONObject): boolean => joined(side['source']) !== joined(base['source']);
  const kept = edited(theirs) && !edited(ours) ? 'theirs' : 'ours';
  conflicts.push({ cell, part: 'outputs', kept, line: null });
  return kept === 'theirs' ? their : our;
}

function runOf({ execution_count: count, outputs }: JSONObject): JSONObject {
  return { outputs: outputs ?? [], execution_count: count ?? null };
}

function hasRun({ execution_count: count, outputs }: JSONObject): boolean {
  return (Array.isArray(outputs) && outputs.length > 0) || typeof count === 'number';
}

/** By name; what is attached under one is taken whole. */
function mergeAttachments({ base, ours, theirs }: ICellVersions, report: Report): JSONObject {
  const [before, our, their] = [attachmentsOf(base), attachmentsOf(ours), attachmentsOf(theirs)];
  const merged: Record<string, JSONValue> = {};
  for (const name of new Set([...Object.keys(our), ...Object.keys(their)])) {
    // As one value: the data of one file is not put together from two.
    const [one, other, earlier] = [our[name], their[name], before[name]].map(whole);
    const kept = mergeValue(
      { base: earlier, ours: one, theirs: other },
      `attachments.${name}`,
      report
    );
    const value = kept === one ? our[name] : their[name];
    if (kept !== undefined && value !== undefined) {
      merged[name] = value;
    }
  }
  return Object.keys(merged).length === 0 ? {} : { attachments: merged };
}

function attachmentsOf(cell: JSONObject | null): JSONObject {
  const attachments = cell?.['attachments'];
  return isObject(attachments) ? attachments : {};
}

function whole(value: JSONValue | undefined): JSONValue | undefined {
  return value === undefined ? undefined : [value];
}

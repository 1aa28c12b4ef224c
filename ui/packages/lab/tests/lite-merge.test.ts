import { readFileSync } from 'node:fs';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { describe, expect, it } from 'vitest';
import { canonical, isObject } from '../src/lite/canonical';
import { changes } from '../src/lite/merge/difference';
import { merge } from '../src/lite/merge/merge';

/** A merge that a server does in the same way (tests/unit/core/test_merge_vectors.py). */
interface IVector {
  readonly name: string;
  readonly rules: readonly string[];
  readonly base: JSONValue;
  readonly ours: JSONValue;
  readonly theirs: JSONValue;
  readonly content: JSONValue;
  /** Cell, part, kept, line. */
  readonly conflicts: readonly (readonly [string, string, string, number | null])[];
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../../tests/vectors/merge.json', import.meta.url), 'utf8')
) as IVector[];

/** A document without what a page adds to old formats: ids, and the format that has them. */
function plain(content: JSONValue): JSONValue {
  const known = canonical(content);
  if (!isObject(known)) {
    return known;
  }
  const { cells, metadata } = known as { cells: JSONObject[]; metadata: JSONValue };
  const ids = cells.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  return { cells: cells.map(cell => ({ ...cell, id: '' })), metadata: metadata ?? {} };
}

describe('a merge in a page', () => {
  it.each(vectors)('[LITE-13] is the one a server makes: $name', vector => {
    const { base, ours, theirs } = vector;
    const merged = merge(
      base === null ? null : canonical(base),
      canonical(ours),
      canonical(theirs)
    );
    expect(plain(merged.content)).toEqual(plain(vector.content));
    expect(merged.conflicts.map(({ kept, line, part }) => [part, kept, line])).toEqual(
      vector.conflicts.map(([, part, kept, line]) => [part, kept, line])
    );
  });

  it('[LITE-13] takes the side that changed what has no lines and no cells, else the room’s', () => {
    const room = { content: 2, conflicts: [expect.objectContaining({ kept: 'ours' })] };
    expect(merge(1, 2, 1)).toEqual({ content: 2, conflicts: [] });
    expect(merge(1, 1, 3)).toEqual({ content: 3, conflicts: [] });
    expect(merge(1, 2, 3)).toEqual(room);
  });

  it('[LITE-13] knows a cell without an id in spite of the place it has now', () => {
    const cells = (...sources: string[]): JSONValue =>
      canonical({
        cells: sources.map(source => ({ cell_type: 'raw', source, metadata: {} })),
        metadata: {},
        nbformat: 4,
        nbformat_minor: 4
      });
    const base = cells('one', 'two', 'three');
    const { content } = merge(
      base,
      cells('new', 'one', 'two', 'three'),
      cells('one', 'two', 'three, four')
    );
    expect(plain(content)).toEqual(plain(cells('new', 'one', 'two', 'three, four')));
  });

  it.each([
    ['the same thing over and over', 1],
    ['a few things', 7]
  ])('[LITE-13] is quick with long texts of %s', (_, kinds) => {
    const lines = Array.from({ length: 20_000 }, (__, at) => `line ${at % kinds}`);
    const fewer = [...lines.slice(0, 5_000), ...lines.slice(5_001)];
    expect(changes(lines, fewer)).toHaveLength(1);
    const more = [...lines.slice(0, 15_000), 'more', ...lines.slice(15_000)];
    const { conflicts, content } = merge(lines.join('\n'), fewer.join('\n'), more.join('\n'));
    expect(conflicts).toEqual([]);
    expect((content as string).split('\n')).toHaveLength(20_000);
  });
});

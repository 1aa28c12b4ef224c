// @vitest-environment happy-dom
import { YFile, YNotebook } from '@jupyter/ydoc';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  adopt,
  contentIn,
  digestOf,
  isBlank,
  ownHistory,
  withEdits,
  type Choice
} from '../src/lite/beginning';
import { canonical } from '../src/lite/canonical';
import { merge } from '../src/lite/merge/merge';
import { reconcile } from '../src/lite/reconcile';
import { seed } from '../src/lite/seed';
import type { IHistoryRecord } from '../src/lite/store';
import { FIRST_SEED, seedsIn } from '@jupyter-tandem/peer';

type Cell = readonly [id: string, source: string, outputs?: readonly JSONObject[]];

/** A notebook of code cells. */
function notebook(...cells: readonly Cell[]): JSONObject {
  return {
    cells: cells.map(([id, source, outputs = []]) => ({
      cell_type: 'code',
      execution_count: null,
      id,
      metadata: {},
      outputs: [...outputs],
      source
    })),
    metadata: { kernelspec: { name: 'javascript', display_name: 'JavaScript' } },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** The same notebook with other metadata. */
function withMetadata(content: JSONValue, metadata: JSONObject): JSONValue {
  return { ...(content as JSONObject), metadata };
}

function sources(content: JSONValue): unknown[] {
  return ((content as JSONObject)['cells'] as JSONObject[]).map(({ source }) => source);
}

function open(state: Uint8Array): YNotebook {
  const model = new YNotebook();
  Y.applyUpdate(model.ydoc, state);
  return model;
}

/** Numbers that look like chance, the same for the same seed (mulberry32). */
function chance(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const OUTPUT = { output_type: 'stream', name: 'stdout', text: 'hi' };

describe('the one form of a content', () => {
  it('[LITE-7] is the same whatever the order of keys, lists of lines, line ends and trust', () => {
    const a = notebook(['a', 'x\ny', [{ ...OUTPUT, text: ['h', 'i'] }]]);
    const b = JSON.parse(JSON.stringify(notebook(['a', 'x\ny', [OUTPUT]]))) as JSONObject;
    const [cell] = b['cells'] as JSONObject[];
    Object.assign(cell ?? {}, { source: ['x\n', 'y'], metadata: { trusted: true } });
    const turned = Object.fromEntries(Object.entries(b).reverse());
    expect(canonical(turned)).toEqual(canonical(a));
    expect(JSON.stringify(canonical(turned))).toBe(JSON.stringify(canonical(a)));
    expect(canonical('a\r\nb\rc')).toBe('a\nb\nc');
  });

  it('[LITE-7] gives every cell one id, the same in every copy', () => {
    const cells = [{}, {}, { id: 'x' }, { id: 'x' }, { id: 'x', source: 'y' }, 3];
    const raw = { cells, metadata: {} } as unknown as JSONValue;
    const ids = (canonical(raw) as { cells: { id: string }[] }).cells.map(({ id }) => id);
    expect(ids).toEqual(['cell-0', 'cell-1', 'x', 'x-2']);
  });
});

describe('the beginning of a history', () => {
  it('[LITE-8] is the same for equal copies, byte for byte, and another one for other copies', async () => {
    const content = notebook(['a', '1'], ['b', '2', [OUTPUT]]);
    const one = await seed(new YNotebook(), content);
    const other = await seed(new YNotebook(), JSON.parse(JSON.stringify(content)) as JSONValue);
    expect(other).toEqual(one);
    const edited = await seed(new YNotebook(), notebook(['a', '1!'], ['b', '2', [OUTPUT]]));
    expect(edited.lineage).not.toBe(one.lineage);
    expect(one.lineage).toBeGreaterThanOrEqual(FIRST_SEED);
    expect(seedsIn(one.state)).toEqual([one.lineage]);
    expect(contentIn(new YNotebook(), one.state)).toEqual(canonical(content));
    const text = await seed(new YFile(), 'a\r\nb');
    expect(contentIn(new YFile(), text.state)).toBe('a\nb');
  });

  it('[LITE-8] lets copies that were opened apart be merged, and nothing is doubled', async () => {
    const content = notebook(['a', 'one'], ['b', 'two']);
    const [ada, bob] = await Promise.all([
      seed(new YNotebook(), content),
      seed(new YNotebook(), content)
    ]);
    const hers = open(ada.state);
    const his = open(bob.state);
    hers.getCell(0).updateSource(3, 3, '!');
    his.deleteCellRange(1, 2);
    Y.applyUpdate(hers.ydoc, Y.encodeStateAsUpdate(his.ydoc));
    Y.applyUpdate(his.ydoc, Y.encodeStateAsUpdate(hers.ydoc));
    for (const model of [hers, his]) {
      expect(sources(model.getSource())).toEqual(['one!']);
    }
  });
});

describe('the history a browser has', () => {
  const file = canonical(notebook(['a', 'one']));

  async function record(content: JSONValue, saved: JSONValue): Promise<IHistoryRecord> {
    const { lineage, state } = await seed(new YNotebook(), content);
    const digest = await digestOf(saved);
    return {
      shelf: 'r:json:notebook',
      kind: 'json:notebook',
      path: 'p',
      name: 'p',
      lineage,
      state,
      saved: digest,
      saving: '',
      shared: true,
      writer: ''
    };
  }

  it('[LITE-15] goes on where the file is what was last written', async () => {
    const kept = await record(file, file);
    const found = await ownHistory(new YNotebook(), file, kept);
    expect(found).toEqual({ lineage: kept.lineage, state: kept.state });
  });

  it('[LITE-15] holds edits that were not yet in the file', async () => {
    const edited = notebook(['a', 'one and more']);
    const kept = await record(edited, file);
    const found = await ownHistory(new YNotebook(), file, kept);
    expect(sources(contentIn(new YNotebook(), found?.state ?? new Uint8Array()))).toEqual([
      'one and more'
    ]);
  });

  it('[LITE-15] takes what something else did to the file as edits', async () => {
    const kept = await record(file, file);
    const now = canonical(notebook(['a', 'one'], ['b', 'from elsewhere']));
    const found = await ownHistory(new YNotebook(), now, kept);
    expect(found?.lineage).toBe(kept.lineage);
    expect(contentIn(new YNotebook(), found?.state ?? new Uint8Array())).toEqual(now);
  });

  it('[LITE-6] is none for a file that was made to have a place for the room’s', async () => {
    const empty = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    const place = { ...(await record(file, file)), lineage: null, state: new Uint8Array() };
    expect(await ownHistory(new YNotebook(), empty, place)).toBeNull();
    expect(await ownHistory(new YNotebook(), file, place)).not.toBeNull();
  });
});

describe('two copies that differ', () => {
  const BASE = notebook(['a', 'one'], ['b', 'two'], ['c', 'three']);
  const text = (...cells: readonly Cell[]): JSONValue => canonical(notebook(...cells));

  it('[LITE-13] are merged by cell and by line; what only one side changed is taken', () => {
    const ours = text(['a', 'one\nours'], ['b', 'two'], ['c', 'three']);
    const theirs = text(['a', 'one'], ['b', 'two', [OUTPUT]], ['new', '4'], ['c', 'three!']);
    const { conflicts, content } = merge(canonical(BASE), ours, theirs);
    expect(sources(content)).toEqual(['one\nours', 'two', '4', 'three!']);
    expect(conflicts).toEqual([]);
    expect((content as { cells: { outputs: unknown[] }[] }).cells[1]?.outputs).toHaveLength(1);
  });

  it('[LITE-13] keep both versions of a line that both changed, and a cell one side deleted', () => {
    const ours = text(['a', 'ours'], ['b', 'two!']);
    const theirs = text(['a', 'theirs'], ['c', 'three']);
    const { conflicts, content } = merge(canonical(BASE), ours, theirs);
    expect(sources(content)).toEqual(['ours\ntheirs', 'two!']);
    expect(conflicts.map(({ cell, kept, part }) => [cell, part, kept])).toEqual([
      ['a', 'source', 'both'],
      ['b', 'cell', 'ours']
    ]);
  });

  it('[LITE-13] keep everything and double nothing where nobody knows what they come from', () => {
    const ours = text(['a', 'one'], ['b', 'ours']);
    const theirs = text(['x', 'new'], ['a', 'one'], ['b', 'theirs']);
    const { content } = merge(null, ours, theirs);
    expect(sources(content)).toEqual(['new', 'one', 'ours\ntheirs']);
    expect(merge(null, 'a\nb', 'a\nc').content).toBe('a\nb\nc');
    expect(merge(null, ours, ours)).toEqual({ content: ours, conflicts: [] });
  });

  it('[LITE-13] double no cell whose id was made anew', () => {
    const ours = text(['a', 'one'], ['b', 'two']);
    const theirs = text(['q', 'one'], ['r', 'two'], ['s', 'three']);
    expect(sources(merge(null, ours, theirs).content)).toEqual(['one', 'two', 'three']);
  });

  it.each(Array.from({ length: 60 }, (_, at) => at))(
    '[LITE-13] lose nothing and double no cell (chance %i)',
    start => {
      const next = chance(start);
      const pick = (count: number): number => Math.floor(next() * count);
      const base = Array.from({ length: 5 }, (_, at): Cell => [`c${at}`, `base ${at}`]);
      const change = (side: string): Cell[] => {
        const cells = [...base];
        for (let step = 0; step < 4; step += 1) {
          const at = pick(cells.length);
          const [id, source] = cells[at] ?? ['', ''];
          if (pick(3) === 0) {
            cells.splice(at, 0, [`${side}${step}`, `${side} new ${step}`]);
            continue;
          }
          if (pick(3) === 0 && !source.includes(side)) {
            cells.splice(at, 1);
          } else {
            cells[at] = [id, `${source}\n${side} ${step}`];
          }
        }
        return cells;
      };
      const [ours, theirs] = [change('ours'), change('theirs')];
      for (const known of [text(...base), null]) {
        const { content } = merge(known, text(...ours), text(...theirs));
        const ids = (content as { cells: { id: string }[] }).cells.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const all = sources(content).join('\n').split('\n');
        for (const [, source] of [...ours, ...theirs]) {
          for (const line of source.split('\n').filter(found => !found.startsWith('base'))) {
            expect(all).toContain(line);
          }
        }
        for (const line of all.filter(found => found.startsWith('base'))) {
          expect(all.filter(found => found === line)).toHaveLength(1);
        }
      }
    }
  );
});

describe('going over to the room’s history', () => {
  const model = new YNotebook();
  const mine = canonical(notebook(['a', 'one'], ['b', 'mine']));
  const theirs = canonical(notebook(['a', 'one'], ['c', 'theirs']));
  const base = canonical(notebook(['a', 'one']));

  async function go(
    own: JSONValue,
    known: JSONValue,
    choice: Choice | null
  ): Promise<{ sources: unknown[]; merged: boolean } | null> {
    const { lineage, state } = await seed(model, theirs);
    const adopted = await adopt({
      model,
      whole: { lineage, update: state },
      mine: own,
      base: () => Promise.resolve(known),
      ask: () => {
        if (choice === null) {
          throw new Error('nobody is to be asked');
        }
        return Promise.resolve(choice);
      }
    });
    expect(adopted?.history.lineage ?? lineage).toBe(lineage);
    return adopted === null
      ? null
      : {
          sources: sources(contentIn(model, adopted.history.state)),
          merged: adopted.merged
        };
  }

  it('[LITE-12] asks nobody where nothing is lost', async () => {
    const room = { sources: ['one', 'theirs'], merged: false };
    expect(await go(theirs, null, null)).toEqual(room);
    expect(await go(base, base, null)).toEqual(room);
    expect(await go(canonical(notebook(['x', ' \n'])), null, null)).toEqual(room);
    expect(await go('', null, null)).toEqual(room);
    const opened = withMetadata(base, { kernelspec: { name: 'python' }, language_info: {} });
    expect(await go(opened, base, null)).toEqual(room);
    expect(await go(withMetadata(theirs, { kernelspec: { name: 'python' } }), null, null)).toEqual(
      room
    );
  });

  it('[LITE-12] asks about every other difference', async () => {
    const tagged = withMetadata(base, { kernelspec: { name: 'python' }, tags: ['mine'] });
    expect(await go(tagged, base, 'apart')).toBeNull();
  });

  it('[LITE-13] does what the person chose', async () => {
    expect(await go(mine, base, 'merge')).toEqual({
      sources: ['one', 'theirs', 'mine'],
      merged: true
    });
    expect(await go(mine, base, 'theirs')).toEqual({ sources: ['one', 'theirs'], merged: false });
    expect(await go(mine, base, 'apart')).toBeNull();
  });

  it('[LITE-12] takes for nothing what nobody would miss', () => {
    expect(isBlank(notebook(['a', ' \n']))).toBe(true);
    expect(isBlank(notebook(['a', '', [OUTPUT]]))).toBe(false);
    expect(isBlank('\n')).toBe(true);
    expect(isBlank('x')).toBe(false);
    expect(isBlank(3)).toBe(false);
  });
});

describe('making a document say something else', () => {
  it.each(Array.from({ length: 40 }, (_, at) => at))(
    '[LITE-14] ends in what was wanted, and merges with what others did meanwhile (chance %i)',
    async start => {
      const next = chance(start);
      const pick = (count: number): number => Math.floor(next() * count);
      const before = Array.from({ length: 6 }, (_, at): Cell => [`c${at}`, `${at}\nline\nend`]);
      const after = before
        .filter(() => pick(4) > 0)
        .map(([id, source]): Cell => [id, pick(2) > 0 ? source : `new\n${source}\n${pick(9)}`]);
      after.splice(pick(after.length + 1), 0, ['fresh', 'fresh', [OUTPUT]]);
      if (pick(2) > 0) {
        after.reverse();
      }
      const { lineage, state } = await seed(new YNotebook(), notebook(...before));
      const changed = withEdits(new YNotebook(), { lineage, state }, notebook(...after));
      expect(contentIn(new YNotebook(), changed.state)).toEqual(canonical(notebook(...after)));
      const other = open(state);
      other.addCell({ cell_type: 'code', source: 'meanwhile', id: 'm' });
      Y.applyUpdate(other.ydoc, changed.state);
      expect(sources(other.getSource())).toContain('meanwhile');
      expect(sources(other.getSource())).toHaveLength(after.length + 1);
    }
  );

  it('[LITE-14] takes attachments and the format along', async () => {
    const note = (attachments: JSONObject): JSONObject => ({
      ...notebook(['a', '1']),
      cells: [{ id: 'b', cell_type: 'markdown', source: 'x', metadata: {}, attachments }],
      nbformat_minor: 6
    });
    const model = open((await seed(new YNotebook(), notebook(['a', '1']))).state);
    const all: JSONObject[] = [{ 'a.png': { 'image/png': 'AA==' } }, { 'b.png': {} }];
    for (const files of all) {
      reconcile(model, note(files));
      expect(canonical(model.getSource())).toEqual(canonical(note(files)));
    }
  });

  it('[LITE-14] touches nothing that stays the same', async () => {
    const model = open((await seed(new YNotebook(), notebook(['a', 'x\ny\n']))).state);
    let updates = 0;
    model.ydoc.on('update', () => {
      updates += 1;
    });
    reconcile(model, model.getSource());
    expect(updates).toBe(0);
    const text = new YFile();
    text.setSource('a\nb\nc');
    reconcile(text, 'a\nB\nc\n');
    expect(text.getSource()).toBe('a\nB\nc\n');
  });
});

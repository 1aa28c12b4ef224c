// @vitest-environment happy-dom
import { YFile } from '@jupyter/ydoc';
import { beforeEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { LastWords, type WordStorage } from '../src/last-words';
import { contentIn } from '../src/lite/beginning';
import { unite, type IHistoryRecord } from '../src/lite/store';

interface INote {
  readonly id: string;
  readonly state: Uint8Array | null;
}

const LONG = 2_000_000;

let words: LastWords<INote>;

beforeEach(() => {
  localStorage.clear();
  words = new LastWords('notes');
});

/** What a page finds that comes later. */
function heard(): INote[] {
  return new LastWords<INote>('notes').all().map(({ record }) => record);
}

describe('what a page says when it ends', () => {
  it('[CLIENT-17] [LITE-15] is heard by the next page, byte for byte', () => {
    const state = Uint8Array.from({ length: 256 }, (_, at) => at);
    words.say('a', { id: 'a', state });
    words.say('b', { id: 'b', state: null });
    expect(heard()).toHaveLength(2);
    expect(heard()).toContainEqual({ id: 'a', state });
    expect(heard()).toContainEqual({ id: 'b', state: null });
  });

  it('takes the place of what was said before, and can be taken back', () => {
    const first = words.say('a', { id: 'first', state: null });
    const second = words.say('a', { id: 'second', state: null });
    first?.forget();
    expect(heard()).toEqual([{ id: 'second', state: null }]);
    second?.forget();
    expect(heard()).toEqual([]);
    words.say('a', { id: 'third', state: null });
    words.forget('a');
    expect(heard()).toEqual([]);
  });

  it('is nobody else’s business', () => {
    words.say('a', { id: 'a', state: null });
    expect(new LastWords<INote>('others').all()).toEqual([]);
    localStorage.setItem('foreign', '{}');
    expect(heard()).toHaveLength(1);
  });

  it('is not said where it is too long; nothing older is heard in its place', () => {
    words.say('a', { id: 'a', state: null });
    expect(words.say('a', { id: 'a', state: new Uint8Array(LONG) })).toBeNull();
    expect(heard()).toEqual([]);
  });

  it('nonsense is taken away', () => {
    words.say('a', { id: 'a', state: null });
    const name = localStorage.key(0) ?? '';
    for (const nonsense of ['', '{', 'null', '7']) {
      localStorage.setItem(name, nonsense);
      expect(heard()).toEqual([]);
      expect(localStorage.length).toBe(0);
    }
  });

  it('a browser that forbids or is full hears nothing, and nothing fails', () => {
    const forbidden = new LastWords<INote>('notes', () => {
      throw new DOMException('no', 'SecurityError');
    });
    expect(forbidden.say('a', { id: 'a', state: null })).toBeNull();
    forbidden.forget('a');
    expect(forbidden.all()).toEqual([]);
    const full: WordStorage = {
      length: 0,
      getItem: () => null,
      key: () => null,
      removeItem: () => undefined,
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      }
    };
    expect(new LastWords<INote>('notes', () => full).say('a', { id: 'a', state: null })).toBeNull();
  });
});

describe('last words and what is kept already', () => {
  const model = new YFile();
  const common = new Y.Doc();
  common.getText('source').insert(0, 'common\n');
  const base = Y.encodeStateAsUpdate(common);

  function record(text: string, rest: Partial<IHistoryRecord> = {}): IHistoryRecord {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, base);
    doc.getText('source').insert(doc.getText('source').length, text);
    const state = Y.encodeStateAsUpdate(doc);
    const about = { shelf: ':text:file', kind: 'text:file', path: 'n.md', name: 'n.md' };
    return {
      ...about,
      lineage: 1,
      state,
      saved: '',
      saving: '',
      shared: false,
      writer: '',
      ...rest
    };
  }

  it('[LITE-15] of one history become one: nothing of either is lost', () => {
    const united = unite(record('kept', { saved: 'S1' }), record('last', { saved: 'S2' }));
    const content = contentIn(model, united.state);
    expect(content).toContain('kept');
    expect(content).toContain('last');
    expect([united.saved, united.saving]).toEqual(['S2', 'S1']);
  });

  it('a write that was under way counts', () => {
    const united = unite(record('', { saved: 'S1' }), record('', { saved: 'S2', saving: 'S3' }));
    expect([united.saved, united.saving]).toEqual(['S2', 'S3']);
  });

  it('of another history take its place', () => {
    const last = record('last', { lineage: 2 });
    expect(unite(record('kept'), last)).toBe(last);
  });
});

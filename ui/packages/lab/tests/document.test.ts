// @vitest-environment happy-dom
import { YFile, YNotebook } from '@jupyter/ydoc';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { renewed, type IDocumentSession } from '../src/document/address';
import {
  contentOf,
  contentOfState,
  isStateOf,
  touchesContent,
  touchesWriting,
  type SharedDocument
} from '../src/document/content';
import { isLocked } from '../src/document/locked';
import { copyName } from '../src/document/download';
import { SaveError, Saves } from '../src/document/saves';
import { view, VIEWER } from './document-view';

/** What a change of a document touches. */
function touched(
  model: SharedDocument,
  change: () => void
): { content: boolean; writing: boolean } {
  const result = { content: false, writing: false };
  const note = (transaction: Y.Transaction): void => {
    result.content ||= touchesContent(transaction);
    result.writing ||= touchesWriting(transaction);
  };
  model.ydoc.on('afterTransaction', note);
  change();
  model.ydoc.off('afterTransaction', note);
  return result;
}

function notebook(): YNotebook {
  const model = YNotebook.create();
  model.addCell({ cell_type: 'code', source: 'x = 1', metadata: {}, outputs: [] });
  return model;
}

describe('the content of a document', () => {
  it('[CLIENT-15] of an earlier state is what it was then', () => {
    const model = notebook();
    const before = Y.encodeStateAsUpdate(model.ydoc);
    const was = contentOf(model);
    model.getCell(0).setSource('x = 2');
    expect(contentOfState(model, before)).toEqual(was);
    expect(contentOf(model)).not.toEqual(was);
    expect(contentOfState(model, null)).toBeNull();
  });

  it('[CLIENT-15] of a text file is its text', () => {
    const model = new YFile();
    model.setSource('ä');
    expect(contentOfState(model, Y.encodeStateAsUpdate(model.ydoc))).toBe('ä');
  });

  it('[CLIENT-17] of another type is known as such', () => {
    const text = new YFile();
    text.setSource('a');
    text.dirty = true;
    const [ofText, ofCells] = [text, notebook()].map(({ ydoc }) => Y.encodeStateAsUpdate(ydoc));
    const fits = (model: SharedDocument): boolean[] =>
      [ofText, ofCells].map(state => isStateOf(model, state ?? new Uint8Array()));
    expect([fits(new YFile()), fits(new YNotebook())]).toEqual([
      [true, false],
      [false, true]
    ]);
    expect(isStateOf(new YFile(), new Uint8Array([1, 2, 3]))).toBe(false);
    text.setSource('');
    expect(isStateOf(new YFile(), Y.encodeStateAsUpdate(text.ydoc))).toBe(true);
  });

  it('[CLIENT-4] bookkeeping is no edit', () => {
    const model = notebook();
    expect(
      touched(model, () => {
        model.dirty = true;
      })
    ).toEqual({ content: false, writing: false });
  });

  it('[CLIENT-20] outputs and metadata are edits, but not what people write', () => {
    const model = notebook();
    expect(
      touched(model, () => {
        model.setMetadata('a', 1);
        model.getCell(0).setMetadata('b', 1);
      })
    ).toEqual({ content: true, writing: false });
  });

  it('[CLIENT-20] sources and cells are what people write', () => {
    const model = notebook();
    const writing = { content: true, writing: true };
    expect(
      touched(model, () => {
        model.getCell(0).updateSource(0, 1, 'y');
      })
    ).toEqual(writing);
    expect(
      touched(model, () => {
        model.deleteCell(0);
      })
    ).toEqual(writing);
    const text = new YFile();
    expect(
      touched(text, () => {
        text.setSource('a');
      })
    ).toEqual(writing);
  });
});

describe('a document that must not be changed', () => {
  it.each([
    [false, view()],
    [false, view({ phase: 'apart', pending: 3 })],
    [true, view({ rights: VIEWER })],
    [true, view({ phase: 'merging' })],
    [true, view({}, { fork: true })],
    [true, view({ phase: 'ended', ending: 'not-allowed' })],
    [true, view({ phase: 'ended', ending: 'replaced' })],
    // Making it smaller again is what helps.
    [false, view({ phase: 'ended', ending: 'limit' })]
  ])('[CLIENT-20] locked: %s', (locked, document) => {
    expect(isLocked(document)).toBe(locked);
  });
});

describe('the answer to another lineage', () => {
  const session: IDocumentSession = {
    format: 'json',
    type: 'notebook',
    fileId: 'f',
    sessionId: 'L1'
  };

  it('[CLIENT-8] is the lineage the server named', () => {
    const reason = '{"reason":"unknown_session","sessionId":"L2","reloadable":true}';
    expect(renewed(session, reason)).toEqual({ ...session, sessionId: 'L2' });
  });

  it.each(['', 'gone', '{}', '{"sessionId":7}', 'null'])(
    '[CLIENT-8] is unknown after %j',
    reason => {
      expect(renewed(session, reason)).toBeNull();
    }
  );
});

describe('save requests', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('[CLIENT-12] end with the answer that has their number', async () => {
    const sent: number[] = [];
    const saves = new Saves(number => sent.push(number));
    const outcomes = [saves.request(), saves.request(), saves.request()];
    saves.answer(3, 'failed');
    saves.answer(1, 'success');
    saves.answer(2, 'skipped');
    expect(await Promise.allSettled(outcomes)).toMatchObject([
      { status: 'fulfilled' },
      { status: 'fulfilled' },
      { status: 'rejected', reason: new SaveError('failed') }
    ]);
    expect(sent).toEqual([1, 2, 3]);
  });

  it('[CLIENT-12] end after a minute without an answer', async () => {
    vi.useFakeTimers();
    const outcome = expect(new Saves(() => undefined).request()).rejects.toMatchObject({
      failure: 'late'
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await outcome;
  });
});

describe('the name of a copy', () => {
  const at = new Date(2026, 0, 31, 9, 5);

  it.each([
    ['a.ipynb', 'a-my-edits-20260131-0905.ipynb'],
    ['a.b.txt', 'a.b-my-edits-20260131-0905.txt'],
    ['Makefile', 'Makefile-my-edits-20260131-0905'],
    ['.bashrc', '.bashrc-my-edits-20260131-0905']
  ])('[CLIENT-7] of %s is %s', (name, copy) => {
    expect(copyName(name, at)).toBe(copy);
  });
});

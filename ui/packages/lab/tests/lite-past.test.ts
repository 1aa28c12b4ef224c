// @vitest-environment happy-dom
import { YFile, YNotebook } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentIn, digestOf } from '../src/lite/beginning';
import { canonical } from '../src/lite/canonical';
import { Past } from '../src/lite/past';
import { seed } from '../src/lite/seed';
import { notebook, stray } from './lite-home';
import { Shelf } from './lite-shelf';

const KIND = 'text:file';
const PATH = 'notes.md';

/** A page with the file open, in a room or in none; its file is a text that the test writes itself. */
class Page {
  readonly model = new YFile();
  readonly past: Past;
  content: unknown = null;
  unsaved = false;
  lost = false;
  private lineage = 0;

  constructor(
    readonly store: Shelf,
    room: string,
    kind = KIND,
    private path = PATH
  ) {
    this.past = new Past({
      store,
      room,
      kind,
      model: this.model,
      path: () => this.path,
      pending: () => this.unsaved,
      learn: state => {
        Y.applyUpdate(this.model.ydoc, state);
      },
      held: () =>
        this.lineage === 0
          ? null
          : {
              lineage: this.lineage,
              state: Y.encodeStateAsUpdate(this.model.ydoc),
              shared: false
            }
    });
  }

  async open(file: string): Promise<this> {
    const { content, history, lost } = await this.past.recollect(file);
    this.lost = lost;
    const { lineage, state } = history ?? (await seed(this.model, content));
    this.lineage = lineage;
    Y.applyUpdate(this.model.ydoc, state);
    this.content = contentIn(this.model, state);
    return this;
  }

  /** Types; the file has none of it. */
  type(text: string): void {
    this.model.updateSource(0, 0, text);
    this.unsaved = true;
  }

  /** Goes where its file was moved. */
  async move(path: string): Promise<void> {
    const from = this.path;
    this.path = path;
    this.past.moved(from);
    await this.past.settled();
  }

  /** Ends as pages do. */
  async end(): Promise<void> {
    this.past.dispose();
    await this.past.settled();
  }
}

describe('the edits that did not get into the file', () => {
  it.each([
    ['in no room', '', ''],
    ['in the same room', 'r', 'r'],
    ['in a room, and then in none', 'r', ''],
    ['in none, and then in a room', '', 'r'],
    ['in one room, and then in another', 'r', 's']
  ])('[LITE-15] are there again: %s', async (_, first, second) => {
    const store = new Shelf();
    const page = await new Page(store, first).open('file\n');
    page.type('typed\n');
    await page.end();
    const next = await new Page(store, second).open('file\n');
    expect(next.content).toBe('typed\nfile\n');
  });

  it('[LITE-15] are not taken out again once they are in the file', async () => {
    const store = new Shelf();
    const page = await new Page(store, 'r').open('file\n');
    page.type('typed\n');
    await page.end();
    const alone = await new Page(store, '').open('file\n');
    alone.past.written('whatever it says now');
    await alone.end();
    // Somebody takes the file back to what it was.
    const later = await new Page(store, '').open('file\n');
    expect(later.content).toBe('file\n');
  });

  it('[LITE-15] count for nothing where the file was changed by something else since', async () => {
    const store = new Shelf();
    const page = await new Page(store, '').open('file\n');
    page.type('typed\n');
    await page.end();
    expect((await new Page(store, '').open('another file\n')).content).toBe('another file\n');
  });

  it('[LITE-15] are there when the page ended while the file was being written', async () => {
    const store = new Shelf();
    const page = await new Page(store, '').open('file\n');
    page.type('typed\n');
    page.past.writing(await digestOf('written\n'));
    await page.end();
    expect((await new Page(store, '').open('written\n')).content).toContain('typed\n');
  });

  it('[LITE-15] are of one kind of document only', async () => {
    const store = new Shelf();
    const page = await new Page(store, 'r', 'json:notebook').open('file\n');
    page.type('typed\n');
    await page.end();
    expect((await new Page(store, 'r').open('file\n')).content).toBe('file\n');
  });

  it('[LITE-15] leave nothing behind where there is no room and all is in the file', async () => {
    const store = new Shelf();
    const page = await new Page(store, '').open('file\n');
    page.type('typed\n');
    page.past.keep();
    await page.past.settled();
    expect(store.records.size).toBe(1);
    page.unsaved = false;
    page.past.written('its digest');
    await page.end();
    expect(store.records.size).toBe(0);
  });
});

describe('a file that is renamed', () => {
  it.each(['r', ''])(
    '[LITE-15] gets nothing of the one that had its name before, in room %j',
    async room => {
      const store = new Shelf();
      const before = await new Page(store, room).open('');
      before.type('of the one before\n');
      await before.end();
      const renamed = await new Page(store, room, KIND, 'untitled.md').open('');
      renamed.type('its own\n');
      renamed.past.keep();
      await renamed.move(PATH);
      renamed.type('more ');
      await renamed.end();
      const records = [...store.records.values()];
      expect(records.map(({ path, name }) => [path, name])).toEqual([[PATH, 'untitled.md']]);
      expect(records.map(({ state }) => contentIn(renamed.model, state))).toEqual([
        'more its own\n'
      ]);
      expect(renamed.model.getSource()).toBe('more its own\n');
    }
  );
});

describe('two pages that have lost sight of each other', () => {
  it('[LITE-5] keep what both have written, and each gets it', async () => {
    const store = new Shelf();
    const first = await new Page(store, 'r').open('file\n');
    const second = await new Page(store, 'r').open('file\n');
    first.type('of the first\n');
    await first.end();
    second.type('of the second\n');
    second.past.keep();
    await second.past.settled();
    expect(second.model.getSource()).toContain('of the first\n');
    await second.end();
    const later = await new Page(store, 'r').open('file\n');
    expect(later.content).toBe(second.model.getSource());
    expect(later.content).toContain('of the second\n');
  });

  it('[LITE-5] [LITE-13] keep of two histories the one that came last', async () => {
    const store = new Shelf();
    const first = await new Page(store, 'r').open('file\n');
    const { lineage, state } = await seed(new YFile(), 'of the room\n');
    await first.past.replace({ lineage, state });
    const [kept] = await store.find(PATH);
    expect(kept).toMatchObject({ lineage, state });
  });
});

describe('what was kept and cannot be read', () => {
  const GARBAGE = new Uint8Array([1, 2, 3]);

  /** A shelf on which a history lies that is none any more. */
  async function spoilt(room: string): Promise<Shelf> {
    const store = new Shelf();
    const page = await new Page(store, room).open('file\n');
    page.type('typed\n');
    await page.end();
    for (const [key, record] of store.records) {
      store.records.set(key, { ...record, state: GARBAGE });
    }
    return store;
  }

  it.each([
    ['in the same room', 'r', 'r'],
    ['in no room', '', ''],
    ['in another room', 'r', 's']
  ])(
    '[LITE-24] counts as none, and stays where nothing is written over it: %s',
    async (_, first, second) => {
      const store = await spoilt(first);
      const page = await new Page(store, second).open('file\n');
      expect([page.content, page.lost]).toEqual(['file\n', true]);
      page.type('later\n');
      page.past.written('its digest');
      await page.end();
      const kept = (await store.find(PATH)).filter(({ state }) => state === GARBAGE);
      expect(kept).toHaveLength(1);
      const later = await new Page(store, second).open('later\nfile\n');
      expect([later.content, later.lost]).toEqual(['later\nfile\n', false]);
    }
  );

  it('[LITE-24] is not overwritten where there is no place beside it', async () => {
    const store = await spoilt('r');
    store.remove = () => Promise.reject(new Error('the browser refuses'));
    const page = await new Page(store, 'r').open('file\n');
    page.type('later\n');
    await page.end();
    const own = (await store.find(PATH)).filter(({ shelf }) => shelf === `r:${KIND}`);
    expect(own.map(({ state }) => state)).toEqual([GARBAGE]);
  });

  it('[LITE-24] is read without what is no cell', async () => {
    const model = new YNotebook();
    const { lineage, state } = await seed(model, notebook('x = 1'));
    const doc = new Y.Doc();
    Y.applyUpdate(doc, state);
    doc.getArray('cells').push([stray({ cell_type: 'code' })]);
    const store = new Shelf();
    const kind = 'json:notebook';
    const options = { store, room: 'r', kind, model, path: () => PATH, pending: () => true };
    const held = { lineage, state: Y.encodeStateAsUpdate(doc), shared: true };
    const first = new Past({ ...options, held: () => held, learn: () => undefined });
    first.keep();
    await first.settled();
    const second = new Past({ ...options, held: () => null, learn: () => undefined });
    const found = await second.recollect(canonical(notebook('x = 1')));
    expect(found).toMatchObject({ shared: true, lost: false, history: { lineage } });
    expect(contentIn(model, found.history?.state ?? GARBAGE)).toEqual(found.content);
  });
});

// @vitest-environment happy-dom
import { YFile } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentIn, digestOf } from '../src/lite/beginning';
import { Past } from '../src/lite/past';
import { seed } from '../src/lite/seed';
import { Shelf } from './lite-shelf';

const KIND = 'text:file';
const PATH = 'notes.md';

/** A page with the file open, in a room or in none; its file is a text that the test writes itself. */
class Page {
  readonly model = new YFile();
  readonly past: Past;
  content: unknown = null;
  unsaved = false;
  private lineage = 0;

  constructor(
    readonly store: Shelf,
    room: string,
    kind = KIND
  ) {
    this.past = new Past({
      store,
      room,
      kind,
      model: this.model,
      path: () => PATH,
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
    const { content, history } = await this.past.recollect(file);
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

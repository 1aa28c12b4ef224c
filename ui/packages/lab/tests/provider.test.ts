// @vitest-environment happy-dom
import './lab-browser';
import { YFile, YNotebook } from '@jupyter/ydoc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import type { SharedDocument } from '../src/document/content';
import { KeepsakeDatabase } from '../src/document/keepsake-database';
import { formerName, keepsakeName, type IKeepsake } from '../src/document/keepsake';
import type { DocumentProvider } from '../src/document/provider';
import { DocumentServer } from './document-server';
import { EDITOR, fileStatus, VIEWER } from './document-view';
import { stray } from './lite-home';
import { BrowserStore } from './memory-browser-store';

vi.mock('../src/browser-store', () => import('./memory-browser-store'));

let server: DocumentServer;
let page: KeepsakeDatabase;
let opened: DocumentProvider[];

beforeEach(() => {
  vi.useFakeTimers();
  BrowserStore.records.clear();
  BrowserStore.answers = Promise.resolve();
  server = new DocumentServer();
  page = new KeepsakeDatabase('p1');
  opened = [];
});

afterEach(() => {
  opened.forEach(provider => {
    provider.dispose();
  });
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Opens the document as text, and waits until it is there. */
function openText(store = page): Promise<YFile> {
  return open(store, new YFile());
}

/** Opens the document as what `model` is. */
async function open<T extends SharedDocument>(store: KeepsakeDatabase, model: T): Promise<T> {
  const provider = server.open(model, store);
  opened.push(provider);
  await vi.advanceTimersByTimeAsync(10);
  return model;
}

async function close(): Promise<void> {
  opened.pop()?.dispose();
  await vi.advanceTimersByTimeAsync(10);
}

/** The texts that the browser keeps. */
function kept(): string[] {
  return [...BrowserStore.records.values()].map(record => {
    const doc = new Y.Doc();
    Y.applyUpdate(doc, (record as IKeepsake).ours);
    return doc.getText('source').toJSON();
  });
}

describe('a document that is closed while edits wait', () => {
  it('[CLIENT-17] has them when it is opened again in the same page', async () => {
    const first = await openText();
    first.setSource('saved');
    server.takesEdits = false;
    first.updateSource(0, 0, 'waits, ');
    await close();
    expect(kept()).toEqual(['waits, saved']);
    server.takesEdits = true;
    const second = await openText();
    expect(second.getSource()).toBe('waits, saved');
    expect(server.doc.getText('source').toJSON()).toBe('waits, saved');
    expect(kept()).toEqual([]);
  });

  it('[CLIENT-17] does not lose them to what waits later', async () => {
    const first = await openText();
    server.takesEdits = false;
    first.setSource('first');
    await close();
    const second = await openText();
    second.updateSource(0, 0, 'second, ');
    await vi.advanceTimersByTimeAsync(1_500);
    expect(kept()).toEqual(['second, first']);
    await close();
    server.takesEdits = true;
    expect((await openText()).getSource()).toBe('second, first');
    expect(kept()).toEqual([]);
  });

  it('[CLIENT-17] keeps them once, however often it is opened', async () => {
    const first = await openText();
    server.takesEdits = false;
    first.setSource('waits');
    for (let opening = 0; opening < 3; opening += 1) {
      await close();
      await openText();
      await vi.advanceTimersByTimeAsync(2_000);
    }
    await close();
    expect(kept()).toEqual(['waits']);
    server.takesEdits = true;
    expect((await openText()).getSource()).toBe('waits');
    expect(kept()).toEqual([]);
  });

  it('[CLIENT-17] has them also where another extension keeps something of its own in it', async () => {
    server.doc.getMap('of-another-extension').set('a', 1);
    const first = await openText();
    server.takesEdits = false;
    first.setSource('waits');
    await close();
    server.takesEdits = true;
    expect((await openText()).getSource()).toBe('waits');
    expect([server.doc.getText('source').toJSON(), kept()]).toEqual(['waits', []]);
  });

  it('[CLIENT-17] keeps them from others as long as it is open, here and in other pages', async () => {
    const alive = { held: [{ name: 'jupyter-tandem-page:p1' }] };
    const locks = { request: () => Promise.resolve(), query: () => Promise.resolve(alive) };
    vi.stubGlobal('navigator', { locks });
    const elsewhere = new KeepsakeDatabase('p2');
    const left = { lineage: 'L1', edits: 1, base: null, ours: new Uint8Array(), document: 'd' };
    const id = page.open();
    await page.put({ ...left, id });
    expect(await page.find('d')).toEqual([]);
    expect(await elsewhere.find('d')).toEqual([]);
    page.close(id);
    expect(await page.find('d')).toMatchObject([{ id }]);
    expect(await elsewhere.find('d')).toEqual([]);
    alive.held = [];
    expect(await elsewhere.find('d')).toMatchObject([{ id }]);
  });

  it('[CLIENT-17] [CLIENT-11] keeps nothing that was done without the right', async () => {
    const first = await openText();
    server.takesEdits = false;
    first.setSource('with the right');
    server.tell({ type: 'Status', body: fileStatus({}, { rights: VIEWER }) });
    first.setSource('without');
    await vi.advanceTimersByTimeAsync(2_000);
    await close();
    expect(kept()).toEqual(['with the right']);
    server.rights = EDITOR;
    server.takesEdits = true;
    expect((await openText()).getSource()).toBe('with the right');
  });

  it('[CLIENT-7] [CLIENT-17] has them still when the right goes before it is there again', async () => {
    const first = await openText();
    server.takesEdits = false;
    first.setSource('only here');
    await close();
    server.takesEdits = true;
    const take = server.take.bind(server);
    vi.spyOn(server, 'take').mockImplementation((connection, message) => {
      if (message.type === 'SyncStep1') {
        server.tell({ type: 'Status', body: fileStatus({}, { rights: VIEWER }) });
      }
      return take(connection, message);
    });
    const provider = server.open(new YFile(), page);
    opened.push(provider);
    const told: unknown[] = [];
    provider.handedOver.connect((_, { id, answer }) => {
      told.push([answer.status, provider.content(id).content]);
    });
    await vi.advanceTimersByTimeAsync(5_000);
    expect([told, kept()]).toEqual([[['refused', 'only here']], ['only here']]);
  });
});

describe('what cannot be read any more', () => {
  it('[CLIENT-17] does not keep a document from opening, and what else was left from coming back', async () => {
    const first = await openText();
    server.takesEdits = false;
    first.setSource('left');
    await close();
    server.takesEdits = true;
    const [record] = [...BrowserStore.records.values()] as IKeepsake[];
    if (record !== undefined) {
      await page.put({ ...record, id: 'p0', ours: new Uint8Array([1, 2, 3]) });
    }
    expect((await openText()).getSource()).toBe('left');
    expect(BrowserStore.records.size).toBe(1);
  });

  /** Leaves a notebook in the browser, with something that is no cell. */
  async function leaveNotebook(lineage: string, base: Uint8Array | null): Promise<void> {
    server = new DocumentServer('N1', { format: 'json', type: 'notebook' });
    const document = keepsakeName('ada', server.settings.baseUrl, 'json:notebook:F');
    const model = YNotebook.create();
    model.addCell({ cell_type: 'code', source: 'mine', metadata: {}, outputs: [] });
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(model.ydoc));
    doc.getArray('cells').push([stray({ cell_type: 'chart' })]);
    const ours = Y.encodeStateAsUpdate(doc);
    await page.put({ id: 'p0', document, lineage, edits: 1, base, ours });
  }

  it('[CLIENT-14] is handed in for a merge without what is no cell', async () => {
    await leaveNotebook('N0', new Uint8Array([1, 2, 3]));
    await open(page, YNotebook.create());
    expect(opened[0]?.view.session).toMatchObject({ phase: 'live', pending: 0 });
    expect(server.merges).toMatchObject([{ base: null, ours: { cells: [{ source: 'mine' }] } }]);
    expect(BrowserStore.records.size).toBe(0);
  });

  it('[CLIENT-14] [CLIENT-22] is applied all the same where its lineage is still that of the document', async () => {
    await leaveNotebook('N1', null);
    await open(page, YNotebook.create());
    expect(opened[0]?.view.session).toMatchObject({ phase: 'live', pending: 0 });
    expect(server.doc.getArray('cells')).toHaveLength(2);
  });
});

describe('a page that does not know who has it open', () => {
  it('[CLIENT-17] opens documents, and keeps and gives what was left as soon as it knows', async () => {
    const first = await openText();
    server.takesEdits = false;
    first.setSource('left');
    await close();
    server.takesEdits = true;
    let tell = (): void => undefined;
    const provider = server.open(new YFile(), page, new Promise<void>(resolve => (tell = resolve)));
    opened.push(provider);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(provider.view.session).toMatchObject({ phase: 'live', loaded: true });
    expect([server.doc.getText('source').toJSON(), kept()]).toEqual(['', ['left']]);
    tell();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([server.doc.getText('source').toJSON(), kept()]).toEqual(['left', []]);
  });
});

describe('a browser whose database does not answer', () => {
  async function leave(lineage = 'L1'): Promise<void> {
    const first = await openText();
    server.takesEdits = false;
    first.setSource('left');
    await close();
    server.takesEdits = true;
    const [record] = [...BrowserStore.records.values()] as IKeepsake[];
    if (record !== undefined) {
      await page.put({ ...record, lineage });
    }
  }

  it('[CLIENT-17] does not keep a document from opening', async () => {
    server.doc.getText('source').insert(0, 'theirs');
    BrowserStore.answers = new Promise(() => undefined);
    const model = await openText();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(model.getSource()).toBe('theirs');
    server.takesEdits = false;
    model.updateSource(0, 0, 'mine, ');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(kept()).toEqual(['mine, theirs']);
  });

  it.each(['L1', 'L0'])(
    '[CLIENT-17] [CLIENT-14] gives what was left when it does answer (%s)',
    async lineage => {
      await leave(lineage);
      let answer = (): void => undefined;
      BrowserStore.answers = new Promise(resolve => {
        answer = resolve;
      });
      const model = await openText();
      await vi.advanceTimersByTimeAsync(3_000);
      expect([model.getSource(), opened[0]?.view.session.phase]).toEqual(['', 'live']);
      answer();
      await vi.advanceTimersByTimeAsync(1_000);
      const { pending, phase } = opened[0]?.view.session ?? {};
      expect([pending, phase]).toEqual([0, 'live']);
      expect(kept()).toEqual([]);
      if (lineage === 'L1') {
        expect(model.getSource()).toBe('left');
      } else {
        expect(server.merges).toMatchObject([{ ours: 'left', lineage }]);
      }
    }
  );
});

describe('a notebook whose edits wait in the browser', () => {
  function edited(): { base: Uint8Array; ours: Uint8Array } {
    const model = YNotebook.create();
    model.addCell({ cell_type: 'code', source: 'x = 1', metadata: {}, outputs: [] });
    const base = Y.encodeStateAsUpdate(model.ydoc);
    model.getCell(0).setSource('x = 2');
    return { base, ours: Y.encodeStateAsUpdate(model.ydoc) };
  }

  it('[CLIENT-17] has them still after the file was opened as text', async () => {
    const notebook = (server = new DocumentServer('N1', { format: 'json', type: 'notebook' }));
    const model = await open(page, YNotebook.create());
    server.takesEdits = false;
    model.addCell({ cell_type: 'code', source: 'x = 1', metadata: {}, outputs: [] });
    await close();
    server = new DocumentServer('T1');
    await openText();
    expect([server.merges, BrowserStore.records.size]).toEqual([[], 1]);
    await close();
    server = new DocumentServer('N1', notebook.kind);
    const again = await open(page, YNotebook.create());
    expect(again.cells.map(cell => cell.getSource())).toEqual(['x = 1']);
    expect(BrowserStore.records.size).toBe(0);
  });

  it('[CLIENT-17] has them also where an earlier version wrote down no kind', async () => {
    const document = formerName('ada', server.settings.baseUrl, 'F');
    await page.put({ id: 'p0', document, lineage: 'N0', edits: 1, ...edited() });
    const told: unknown[] = [];
    await openText();
    opened[0]?.handedOver.connect((_, { answer }) => told.push(answer.status));
    await vi.advanceTimersByTimeAsync(100);
    expect([server.merges, BrowserStore.records.size, told]).toEqual([[], 1, []]);
    await close();
    server = new DocumentServer('N1', { format: 'json', type: 'notebook' });
    await open(page, YNotebook.create());
    expect(server.merges).toMatchObject([
      { lineage: 'N0', ours: { cells: [{ source: 'x = 2' }] } }
    ]);
    expect(BrowserStore.records.size).toBe(0);
  });
});

// @vitest-environment happy-dom
import './lab-browser';
import { YFile } from '@jupyter/ydoc';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { KeepsakeDatabase } from '../src/document/keepsake-database';
import type { IKeepsake } from '../src/document/keepsake';
import type { DocumentProvider } from '../src/document/provider';
import { DocumentServer } from './document-server';
import { EDITOR, fileStatus, VIEWER } from './document-view';
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

/** Opens the document, and waits until it is there. */
async function open(store = page, model = new YFile()): Promise<YFile> {
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
    const first = await open();
    first.setSource('saved');
    server.takesEdits = false;
    first.updateSource(0, 0, 'waits, ');
    await close();
    expect(kept()).toEqual(['waits, saved']);
    server.takesEdits = true;
    const second = await open();
    expect(second.getSource()).toBe('waits, saved');
    expect(server.doc.getText('source').toJSON()).toBe('waits, saved');
    expect(kept()).toEqual([]);
  });

  it('[CLIENT-17] does not lose them to what waits later', async () => {
    const first = await open();
    server.takesEdits = false;
    first.setSource('first');
    await close();
    const second = await open();
    second.updateSource(0, 0, 'second, ');
    await vi.advanceTimersByTimeAsync(1_500);
    expect(kept()).toEqual(['first', 'second, first']);
    await close();
    server.takesEdits = true;
    expect((await open()).getSource()).toBe('second, first');
    expect(kept()).toEqual([]);
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
    const first = await open();
    server.takesEdits = false;
    first.setSource('with the right');
    server.tell({ type: 'Status', body: fileStatus({}, { rights: VIEWER }) });
    first.setSource('without');
    await vi.advanceTimersByTimeAsync(2_000);
    await close();
    expect(kept()).toEqual(['with the right']);
    server.rights = EDITOR;
    server.takesEdits = true;
    expect((await open()).getSource()).toBe('with the right');
  });
});

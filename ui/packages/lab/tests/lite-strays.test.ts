// @vitest-environment happy-dom
import { YNotebook } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentIn } from '../src/lite/beginning';
import { seed } from '../src/lite/seed';
import { withoutStrays } from '../src/document/strays';
import { applyUntrusted, untrusted } from '../src/lite/untrust';
import { notebook, stray } from './lite-home';

/** A notebook of two cells, and a client that puts into it whatever it likes. */
async function meeting(): Promise<{ model: YNotebook; client: Y.Doc }> {
  const { state } = await seed(new YNotebook(), notebook('1', '2'));
  const model = new YNotebook();
  const client = new Y.Doc();
  for (const doc of [model.ydoc, client]) {
    Y.applyUpdate(doc, state);
  }
  client.on('update', (update: Uint8Array) => {
    applyUntrusted(model.ydoc, update, client);
  });
  return { model, client };
}

function sources(model: YNotebook): string[] {
  return model.cells.map(cell => cell.getSource());
}

/** What is no cell. */
const STRAYS: readonly (readonly [string, () => unknown])[] = [
  ['a text', () => 'cell'],
  ['nothing', () => null],
  ['a list', () => new Y.Array()],
  ['an object of no shared type', () => ({ cell_type: 'raw', source: '' })],
  ['a cell without a type', () => stray({ source: new Y.Text() })],
  ['a cell of a type there is not', () => stray({ cell_type: 'heading', source: new Y.Text() })],
  ['a cell without a source', () => stray({ cell_type: 'markdown' })],
  ['a cell whose source is plain', () => stray({ cell_type: 'markdown', source: 'x' })],
  ['a code cell without outputs', () => stray({ cell_type: 'code', source: new Y.Text() })],
  [
    'a cell whose metadata are plain',
    () => stray({ cell_type: 'raw', source: new Y.Text(), metadata: { trusted: true } })
  ]
];

describe('what a peer puts into a notebook', () => {
  it.each(STRAYS)('[LITE-24] and is no cell is taken out at once: %s', async (_, member) => {
    const { client, model } = await meeting();
    client.transact(() => {
      client.getArray('cells').insert(1, [member()]);
      client.getArray('cells').insert(0, [stray({ cell_type: 'raw', source: new Y.Text('0') })]);
    });
    expect(sources(model)).toEqual(['0', '1', '2']);
    expect(model.ydoc.getArray('cells').length).toBe(3);
    model.addCell({ cell_type: 'code', source: '3' });
    expect(sources(model)).toEqual(['0', '1', '2', '3']);
    // Who put it there finds the same as everybody.
    Y.applyUpdate(client, Y.encodeStateAsUpdate(model.ydoc));
    expect(client.getArray('cells').length).toBe(4);
  });

  it.each(STRAYS)('[LITE-24] is not in what is taken over, or read: %s', async (_, member) => {
    const { client } = await meeting();
    client.getArray('cells').insert(1, [member()]);
    const whole = Y.encodeStateAsUpdate(client);
    for (const state of [untrusted(whole), withoutStrays(whole)]) {
      expect(contentIn(new YNotebook(), state)).toMatchObject({
        cells: [{ source: '1' }, { source: '2' }]
      });
    }
  });

  it('[LITE-24] goes where a cell is made one that is none', async () => {
    for (const [key, value] of [
      ['source', null],
      ['outputs', 7],
      ['cell_type', 'heading'],
      ['metadata', '']
    ] as const) {
      const { client, model } = await meeting();
      client.getArray<Y.Map<unknown>>('cells').get(0).set(key, value);
      expect(sources(model)).toEqual(['2']);
    }
    const { client, model } = await meeting();
    client.getArray<Y.Map<unknown>>('cells').get(1).delete('source');
    expect(sources(model)).toEqual(['1']);
  });

  it('[LITE-24] goes where it is in the place of the metadata', async () => {
    const { client, model } = await meeting();
    client.getMap('meta').set('metadata', 'none');
    expect(model.getSource()).toMatchObject({ cells: [{ source: '1' }, { source: '2' }] });
  });

  it('[LITE-24] stays where every cell is one, as it came', async () => {
    const { client, model } = await meeting();
    model.addCell({ cell_type: 'markdown', source: '*', attachments: { a: { b: 'c' } } });
    model.addCell({ cell_type: 'raw', source: 'raw' });
    const state = Y.encodeStateAsUpdate(model.ydoc);
    expect(withoutStrays(state)).toEqual(state);
    applyUntrusted(client, state, null);
    expect(client.getArray('cells').toJSON()).toEqual(model.ydoc.getArray('cells').toJSON());
  });
});

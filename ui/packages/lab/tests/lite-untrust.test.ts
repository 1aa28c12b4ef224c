// @vitest-environment happy-dom
import { YNotebook } from '@jupyter/ydoc';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { adopt } from '../src/lite/beginning';
import { canonical } from '../src/lite/canonical';
import { seed } from '../src/lite/seed';
import { applyUntrusted } from '../src/lite/untrust';
import { notebook } from './lite-home';

function open(state: Uint8Array): YNotebook {
  const model = new YNotebook();
  Y.applyUpdate(model.ydoc, state);
  return model;
}

describe('what a peer says of trust', () => {
  it('[LITE-16] is removed from new cells and old ones, in the same transaction', async () => {
    const { state } = await seed(new YNotebook(), notebook('1'));
    const [peer, mine] = [open(state), open(state)];
    mine.ydoc.getArray('cells').observeDeep(() => {
      for (const cell of mine.cells) {
        expect(cell.getMetadata('trusted')).toBeUndefined();
      }
    });
    peer.ydoc.on('update', (update: Uint8Array) => {
      applyUntrusted(mine.ydoc, update, peer);
    });
    peer.getCell(0).setMetadata('trusted', true);
    peer.addCell({ cell_type: 'code', source: '2', metadata: { trusted: true } });
    peer.getCell(0).setMetadata({ trusted: true, name: 'x' });
    expect(mine.cells.map(cell => cell.getMetadata())).toEqual([{ name: 'x' }, {}]);
  });

  it.each(['theirs', 'merge'] as const)(
    '[LITE-16] does not come with the whole document either (%s)',
    async choice => {
      const model = new YNotebook();
      const { lineage, state } = await seed(model, notebook('1', '2'));
      const peer = open(state);
      peer.getCell(0).setMetadata({ trusted: true, name: 'x' });
      peer.addCell({ cell_type: 'code', source: '3', metadata: { trusted: true } });
      const adopted = await adopt({
        model,
        whole: { lineage, update: Y.encodeStateAsUpdate(peer.ydoc) },
        // With a cell that is in no other copy.
        mine: canonical({
          ...notebook(),
          cells: [{ cell_type: 'raw', id: 'own', source: 'mine' }]
        }),
        base: () => Promise.resolve(null),
        ask: () => Promise.resolve(choice)
      });
      const gone = open(adopted?.history.state ?? new Uint8Array());
      expect(gone.cells.slice(0, 2).map(cell => cell.getMetadata())).toEqual([{ name: 'x' }, {}]);
      expect(gone.cells.map(cell => cell.getMetadata('trusted') as unknown)).toEqual(
        gone.cells.map(() => undefined)
      );
      // The history is the room's all the same: nothing is missing from it, and nothing is there twice.
      Y.applyUpdate(gone.ydoc, Y.encodeStateAsUpdate(peer.ydoc));
      expect(gone.cells).toHaveLength(choice === 'merge' ? 4 : 3);
    }
  );

  it('[LITE-16] is removed where what came with it cannot be read', async () => {
    const { state } = await seed(new YNotebook(), notebook('1'));
    const [peer, mine] = [open(state), open(state)];
    const before = Y.encodeStateVector(peer.ydoc);
    peer.addCell({ cell_type: 'code', source: '2', metadata: { trusted: true } });
    const update = Y.encodeStateAsUpdate(peer.ydoc, before);
    expect(() => {
      applyUntrusted(mine.ydoc, update.subarray(0, -1), peer);
    }).toThrow();
    expect(mine.cells.map(cell => cell.getMetadata('trusted') as unknown)).not.toContain(true);
  });
});

// @vitest-environment happy-dom
import { YFile } from '@jupyter/ydoc';
import type { IRival, IWhole } from '@jupyter-tandem/peer';
import { PromiseDelegate } from '@lumino/coreutils';
import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import type { Choice } from '../src/lite/beginning';
import { APART, Changeover } from '../src/lite/changeover';
import type { DriveFile } from '../src/lite/file';
import { seed, type IHistory } from '../src/lite/seed';

/** A peer that answers when it is told to. */
class Peer implements IRival {
  readonly answer = new PromiseDelegate<IWhole>();
  current = true;
  asked = 0;

  isCurrent(): boolean {
    return this.current;
  }

  ask(): Promise<IWhole> {
    this.asked += 1;
    return this.answer.promise;
  }
}

function changeover(kept: IHistory[], mine = '', choose: () => Choice = () => 'apart'): Changeover {
  const model = new YFile();
  model.setSource(mine);
  const file = { path: 'a.txt', format: 'text', write: () => Promise.resolve() };
  return new Changeover({
    model,
    file: file as unknown as DriveFile,
    surroundings: {
      ask: () => Promise.resolve(choose()),
      keepCopies: () => Promise.resolve(),
      original: () => Promise.resolve(null)
    },
    replace: history => {
      kept.push(history);
      return Promise.resolve();
    },
    isOver: () => false,
    failed: () => undefined
  });
}

async function whole(text: string): Promise<IWhole> {
  const { lineage, state } = await seed(new YFile(), text);
  return { lineage, update: state };
}

function textOf({ state }: IHistory): string {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  return doc.getText('source').toJSON();
}

describe('going over to a room while a document is open', () => {
  it('[LITE-12] turns to who was met meanwhile when the first one leaves', async () => {
    const kept: IHistory[] = [];
    const going = changeover(kept);
    const [left, stayed] = [new Peer(), new Peer()];
    const first = going.during(left);
    expect(await going.during(stayed)).toBeNull();
    left.current = false;
    left.answer.resolve(await whole('what is gone'));
    stayed.answer.resolve(await whole('what stays'));
    expect(await first).toMatchObject({ conflicts: 0, merged: false });
    expect(kept.map(textOf)).toEqual(['what stays']);
  });

  it('[LITE-12] does so as well when the first one never answers', async () => {
    const kept: IHistory[] = [];
    const going = changeover(kept);
    const [left, stayed] = [new Peer(), new Peer()];
    const first = going.during(left);
    await going.during(stayed);
    left.answer.reject(new Error('the peer has left'));
    stayed.answer.resolve(await whole('what stays'));
    await first;
    expect(kept.map(textOf)).toEqual(['what stays']);
  });

  it('[LITE-12] waits for nobody who has left before being asked', async () => {
    const kept: IHistory[] = [];
    const going = changeover(kept);
    const [first, gone, there] = [new Peer(), new Peer(), new Peer()];
    const done = going.during(first);
    await going.during(gone);
    gone.current = false;
    await going.during(there);
    // One that came later does not take the place of one that is there.
    await going.during(gone);
    first.answer.reject(new Error('the peer has left'));
    there.answer.resolve(await whole('what stays'));
    expect(await done).not.toBeNull();
    expect(kept.map(textOf)).toEqual(['what stays']);
    expect(gone.asked).toBe(0);
  });

  it('[LITE-13] asks once about the same two copies, and lets nobody go on who stays apart', async () => {
    for (const choice of ['theirs', 'apart'] as const) {
      const kept: IHistory[] = [];
      const asked: string[] = [];
      const [left, stayed] = [new Peer(), new Peer()];
      const going = changeover(kept, 'mine', () => {
        asked.push(choice);
        left.current = false;
        return choice;
      });
      const done = going.during(left);
      await going.during(stayed);
      left.answer.resolve(await whole('theirs'));
      stayed.answer.resolve(await whole('theirs'));
      expect(await done).toEqual(choice === 'apart' ? APART : expect.anything());
      expect(asked).toEqual([choice]);
      expect(kept.map(textOf)).toEqual(choice === 'apart' ? [] : ['theirs']);
    }
  });

  it('[LITE-12] may fail, and begin again with who is met next', async () => {
    const kept: IHistory[] = [];
    const going = changeover(kept);
    const left = new Peer();
    left.answer.reject(new Error('the peer has left'));
    expect(await going.during(left)).toBeNull();
    const next = new Peer();
    next.answer.resolve(await whole('what stays'));
    expect(await going.during(next)).not.toBeNull();
    expect(kept.map(textOf)).toEqual(['what stays']);
  });
});

describe('going over to a room before a document opens', () => {
  it('[LITE-24] opens what is here where the room’s cannot be read', async () => {
    const mine = await seed(new YFile(), 'mine');
    const peer = new Peer();
    peer.answer.resolve({ lineage: 1, update: new Uint8Array([1, 2, 3]) });
    const found = await changeover([]).before(mine, () => Promise.resolve(peer));
    expect(found).toBe(mine);
    expect(peer.asked).toBe(1);
  });
});

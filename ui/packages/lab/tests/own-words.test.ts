import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import {
  lostText,
  missingWords,
  movedOffset,
  Progress,
  type ILostText
} from '../src/presence/own-words';

/** A document with one text in an array, whose text others put anew. */
class Page {
  readonly doc = new Y.Doc();
  lost: ILostText | null = null;

  constructor(since = 0) {
    this.doc.on('beforeObserverCalls', transaction => {
      const gone = [...transaction.changed.keys()].includes(this.cells as never) && this.text;
      if (!transaction.local && gone instanceof Y.Text && gone._item?.deleted === true) {
        this.lost = lostText(gone, transaction, since);
      }
    });
  }

  get cells(): Y.Array<Y.Text> {
    return this.doc.getArray('cells');
  }

  /** The text that is there, or was. */
  private text: Y.Text | null = null;

  write(at: number, words: string): void {
    this.text = this.cells.get(0);
    this.text.insert(at, words);
  }

  replace(change: (text: string) => string = text => text): void {
    this.doc.transact(() => {
      const words = this.cells.get(0).toJSON();
      this.cells.delete(0);
      this.cells.insert(0, [new Y.Text(change(words))]);
    });
  }

  hear(other: Page): void {
    this.text = this.cells.length > 0 ? this.cells.get(0) : null;
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(this.doc)));
  }

  /** What stands there now, with what was missing. */
  mended(): string {
    if (this.lost === null) {
      throw new Error('nothing was lost');
    }
    const now = this.cells.get(0).toJSON();
    return missingWords(this.lost, now).reduce(
      (text, { at, words }) => text.slice(0, at) + words + text.slice(at),
      now
    );
  }
}

function together(text: string): [Page, Page] {
  const [here, there] = [new Page(), new Page()];
  there.cells.insert(0, [new Y.Text(text)]);
  here.hear(there);
  return [here, there];
}

describe('[PRESENCE-8] what was written into a text that others put anew', () => {
  it('is added where it was written', () => {
    const [here, there] = together('one\ntwo\n');
    here.write(4, '2: ');
    here.write(0, '1: ');
    here.write(13, '!🌲');
    there.replace();
    here.hear(there);
    expect(here.mended()).toBe('1: one\n2: two!🌲\n');
  });

  it('is added as far as it had not reached them', () => {
    const [here, there] = together('ab');
    here.write(1, '12');
    there.hear(here);
    here.write(3, '34');
    here.write(0, '0');
    there.replace();
    here.hear(there);
    expect(here.mended()).toBe('0a1234b');
  });

  it('is left alone when all of it had reached them', () => {
    const [here, there] = together('ab');
    here.write(1, '12');
    there.hear(here);
    there.replace();
    here.hear(there);
    expect(here.mended()).toBe('a12b');
  });

  it('is added at the same place when they changed the text as well', () => {
    const [here, there] = together('one\ntwo\n');
    here.write(7, '!');
    there.replace(text => `${text}three\n`);
    here.hear(there);
    expect(here.mended()).toBe('one\ntwo!\nthree\n');
  });

  it('is not added when it is too old to be unknown to them', () => {
    const [here, there] = [new Page(Infinity), new Page()];
    there.cells.insert(0, [new Y.Text('ab')]);
    here.hear(there);
    here.write(1, '12');
    there.replace();
    here.hear(there);
    expect(here.mended()).toBe('ab');
  });

  it('keeps the caret beside the letters it was beside', () => {
    expect(movedOffset(2, 'abc', 'abc')).toBe(2);
    expect(movedOffset(3, 'abc', 'xxabc')).toBe(5);
    expect(movedOffset(1, 'abc', 'abcdef')).toBe(1);
    expect(movedOffset(2, 'abc', 'a')).toBe(1);
    expect(movedOffset(0, '', 'abc')).toBe(0);
  });
});

describe('how far this page had written', () => {
  it('[PRESENCE-8] is known to the second, and forgotten when it is of no interest', () => {
    let now = 0;
    let horizon = 0;
    const doc = new Y.Doc();
    const progress = new Progress(
      doc,
      () => now,
      () => horizon
    );
    const text = doc.getText('source');
    expect(progress.fresh).toBe(Infinity);
    for (now = 0; now < 10_000; now += 500) {
      text.insert(0, 'x');
    }
    expect(progress.fresh).toBe(0);
    horizon = 6000;
    expect(progress.fresh).toBe(10);
    horizon = 20_000;
    expect(progress.fresh).toBe(Infinity);
    progress.dispose();
    text.insert(0, 'x');
    expect(progress.fresh).toBe(Infinity);
  });
});

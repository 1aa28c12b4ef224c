import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { applyArrived, namedDeletions } from '../src/document/arrived';
import { Erasures, LostText, movedOffset } from '../src/presence/own-words';

/** A document with one text in an array, whose text others put anew. */
class Page {
  readonly doc = new Y.Doc();
  lost: LostText | null = null;
  private readonly erasures = new Erasures(this.doc);

  constructor() {
    this.doc.on('beforeObserverCalls', transaction => {
      const { text } = this;
      if (!transaction.local && text?._item?.deleted === true) {
        const known = namedDeletions(transaction) ?? ((): boolean => true);
        this.lost = new LostText(text, transaction, known, this.erasures);
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

  erase(at: number, length: number): void {
    this.cells.get(0).delete(at, length);
  }

  hear(
    other: Page,
    update = Y.encodeStateAsUpdate(other.doc, Y.encodeStateVector(this.doc))
  ): void {
    this.text = this.cells.length > 0 ? this.cells.get(0) : null;
    applyArrived(this.doc, update, 'others');
  }

  /** Does what is to be done to what stands there now, which the others hear of. */
  mend(): void {
    if (this.lost === null) {
      throw new Error('nothing was lost');
    }
    const text = this.cells.get(0);
    this.lost.changes(text.toJSON()).forEach(({ at, remove, words }) => {
      text.delete(at, remove);
      text.insert(at, words);
    });
    this.lost = null;
  }

  /** As {@link mend}: the text then. */
  mended(): string {
    this.mend();
    return this.cells.get(0).toJSON();
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

  it('is added once when two had written', () => {
    const [here, there] = together('bbb');
    const third = new Page();
    third.hear(there);
    here.write(3, 'XX');
    third.hear(here);
    third.write(0, 'A');
    there.hear(third);
    here.hear(there);
    here.write(6, 'YY');
    third.write(1, 'B');
    there.replace();
    for (const page of [here, third]) {
      page.hear(there);
      page.mend();
    }
    here.hear(third);
    third.hear(here);
    expect(here.cells.get(0).toJSON()).toBe('ABbbbXXYY');
    expect(third.cells.get(0).toJSON()).toBe('ABbbbXXYY');
  });

  it('is taken out where it was deleted', () => {
    const [here, there] = together('bbb');
    here.write(3, 'XX');
    there.hear(here);
    here.erase(4, 1);
    here.write(4, 'Y');
    there.replace();
    here.hear(there);
    expect(here.mended()).toBe('bbbXY');
  });

  it('stays when it was written by others, whatever was erased long ago', () => {
    const [here, there] = together('bbbXXX');
    there.erase(3, 3);
    here.hear(there);
    here.write(0, '1');
    here.erase(3, 1);
    there.hear(here);
    here.write(0, '0');
    there.replace(text => `${text}new`);
    const everything = Y.encodeStateAsUpdate(there.doc);
    here.hear(there, everything);
    expect(here.mended()).toBe('01bbnew');
  });

  it('is left out when nobody can say what they had', () => {
    const [here, there] = together('ab');
    here.write(1, '12');
    there.replace();
    const update = Y.encodeStateAsUpdate(there.doc, Y.encodeStateVector(here.doc));
    Y.applyUpdate(here.doc, update);
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

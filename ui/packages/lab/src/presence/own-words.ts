import * as Y from 'yjs';

/** A character that was written here lately: where it stood in a text, and its place in the order of writing. */
interface IFresh {
  readonly at: number;
  readonly clock: number;
}

/** Some words and where they belong. */
export interface IWords {
  readonly at: number;
  readonly words: string;
}

/** A text that a transaction took away, as it was before. */
export interface ILostText {
  readonly text: string;
  readonly fresh: readonly IFresh[];
}

/**
 * How a text was before a transaction that took it away.
 *
 * To be asked while the transaction is being told to observers: what it deleted is swept away soon after.
 *
 * @param since The clock from which on what this page wrote may be unknown to whoever took the text away.
 */
export function lostText(text: Y.Text, transaction: Y.Transaction, since: number): ILostText {
  const me = transaction.doc.clientID;
  const fresh: IFresh[] = [];
  let before = '';
  for (let item = text._start; item !== null; item = item.right) {
    const stood = !item.deleted || Y.isDeleted(transaction.deleteSet, item.id);
    if (!stood || !(item.content instanceof Y.ContentString)) {
      continue;
    }
    const { client, clock } = item.id;
    if (client === me) {
      for (let offset = Math.max(0, since - clock); offset < item.length; offset++) {
        fresh.push({ at: before.length + offset, clock: clock + offset });
      }
    }
    before += item.content.str;
  }
  return { text: before, fresh };
}

/**
 * What is missing in the text that stands in the place of a lost one: words that were written here and had not reached
 * whoever put it there.
 *
 * @param now The text that stands there.
 * @returns Where in `now` they belong, in order; each place counts those before.
 */
export function missingWords({ text, fresh }: ILostText, now: string): IWords[] {
  const count = text.length - now.length;
  if (count > 0 && count <= fresh.length) {
    // What had reached them was written before what had not.
    const late = [...fresh].sort((a, b) => a.clock - b.clock).slice(-count);
    const missing = new Set(late.map(({ at }) => at));
    if ([...units(text)].filter((_, at) => !missing.has(at)).join('') === now) {
      return pieces(text, missing);
    }
  }
  return missingInChange({ text, fresh }, now);
}

/** As {@link missingWords}, where they changed the text as well: at the place where both differ. */
function missingInChange({ text, fresh }: ILostText, now: string): IWords[] {
  const { start, end, added } = difference(text, now);
  const words = fresh
    .filter(({ at }) => at >= start && at < end)
    .map(({ at }) => text.charAt(at))
    .join('');
  return words === '' || now.slice(start, start + added).includes(words)
    ? []
    : [{ at: start, words }];
}

/** Where an offset in one text is in another that came of it. */
export function movedOffset(offset: number, from: string, to: string): number {
  const { start, end, added } = difference(from, to);
  if (offset <= start) {
    return offset;
  }
  return offset >= end ? offset + to.length - from.length : start + Math.min(offset - start, added);
}

/** The part of `from` that is not in `to`, and how much stands in `to` in its place. */
function difference(from: string, to: string): { start: number; end: number; added: number } {
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from[start] === to[start]) {
    start += 1;
  }
  let same = 0;
  while (same < most - start && from[from.length - 1 - same] === to[to.length - 1 - same]) {
    same += 1;
  }
  return { start, end: from.length - same, added: to.length - same - start };
}

function pieces(text: string, places: ReadonlySet<number>): IWords[] {
  const found: { at: number; words: string }[] = [];
  let next = -1;
  for (const at of [...places].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && at === next) {
      last.words += text.charAt(at);
    } else {
      found.push({ at, words: text.charAt(at) });
    }
    next = at + 1;
  }
  return found;
}

/** The UTF-16 units of a text, which is what Yjs and editors count in. */
function* units(text: string): Iterable<string> {
  for (let at = 0; at < text.length; at++) {
    yield text.charAt(at);
  }
}

/** Remembers how far this page had written at what time. */
export class Progress {
  private marks: { at: number; clock: number }[] = [];

  /**
   * @param now Milliseconds.
   * @param horizon The time before which nothing is of interest any more.
   */
  constructor(
    private readonly doc: Y.Doc,
    private readonly now: () => number,
    private readonly horizon: () => number
  ) {
    doc.on('beforeTransaction', this.note);
  }

  dispose(): void {
    this.doc.off('beforeTransaction', this.note);
  }

  /** The clock of the first that was written since the horizon, or up to a second before it. */
  get fresh(): number {
    this.forget();
    return this.marks[0]?.clock ?? Infinity;
  }

  private forget(): void {
    const horizon = this.horizon() - STEP_MS;
    this.marks = this.marks.filter(({ at }) => at >= horizon);
  }

  private readonly note = (transaction: Y.Transaction): void => {
    const at = this.now();
    const last = this.marks.at(-1);
    if (transaction.local && (last === undefined || at - last.at >= STEP_MS)) {
      this.forget();
      this.marks.push({ at, clock: Y.getState(transaction.doc.store, transaction.doc.clientID) });
    }
  };
}

const STEP_MS = 1000;

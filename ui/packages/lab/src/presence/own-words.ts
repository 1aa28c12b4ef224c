import * as Y from 'yjs';

/** One UTF-16 unit of a text, which is what Yjs and editors count in. */
interface IUnit {
  readonly character: string;
  /** Whether it stood in the text here. */
  readonly stood: boolean;
  readonly mine: boolean;
  /** Whether who took the text away had it. */
  readonly known: boolean;
}

/** Whether somebody had a letter, by its author and its place among their edits. */
export type Known = (client: number, clock: number) => boolean;

/** A change of a text: so many characters go, and words come in their place. */
export interface IChange {
  readonly at: number;
  readonly remove: number;
  readonly words: string;
}

/** A text that a transaction took away, as it was before, in the order of its letters. */
export class LostText {
  private readonly units: readonly IUnit[];
  /** What stood in it here. */
  readonly text: string;

  /**
   * To be made while the transaction is being told to observers: what it deleted is swept away soon after.
   *
   * @param known Whether who took it away had the letter with this place in its author's edits.
   * @param erasures What was erased here lately.
   */
  constructor(source: Y.Text, transaction: Y.Transaction, known: Known, erasures: Erasures) {
    this.units = [...unitsOf(source, transaction, known, erasures)];
    this.text = this.units.map(unit => (unit.stood ? unit.character : '')).join('');
  }

  /**
   * What has to be done to the text that stands in its place, to have in it what was written here.
   *
   * Who put it there had some of the letters; those of this page that they did not have are missing, and those that
   * were deleted since are too many.
   *
   * @param now The text that stands there.
   * @returns Changes from the last to the first, so that each finds its place.
   */
  changes(now: string): IChange[] {
    if (!this.units.some(unit => isUnheard(unit) || isUnheardDeletion(unit))) {
      return [];
    }
    const had = this.units.filter(({ known }) => known);
    if (had.map(({ character }) => character).join('') === now) {
      return changesAlong(this.units);
    }
    // They have changed it as well, or name what was deleted long ago.
    const standing = this.units.filter(({ stood }) => stood);
    const before = standing.map(({ character, known }) => (known ? character : '')).join('');
    return changesAlong(standing).map(({ at, words }) => ({
      at: movedOffset(at, before, now),
      remove: 0,
      words
    }));
  }
}

/** More letters than are erased before others hear of it. */
const ERASED = 1000;

/** Remembers the letters that were erased here lately, which Yjs does not. */
export class Erasures {
  private readonly letters = new Map<string, string>();

  constructor(private readonly doc: Y.Doc) {
    doc.on('afterTransaction', this.note);
  }

  dispose(): void {
    this.doc.off('afterTransaction', this.note);
  }

  /** A letter that was erased here; `null` where it was not, or long ago. */
  letter(client: number, clock: number): string | null {
    return this.letters.get(key(client, clock)) ?? null;
  }

  private readonly note = (transaction: Y.Transaction): void => {
    if (!transaction.local) {
      return;
    }
    Y.iterateDeletedStructs(transaction, transaction.deleteSet, struct => {
      const text =
        struct instanceof Y.Item && struct.content instanceof Y.ContentString
          ? struct.content.str.slice(-ERASED)
          : '';
      const { client, clock } = struct.id;
      const first = clock + struct.length - text.length;
      for (let offset = 0; offset < text.length; offset++) {
        this.letters.set(key(client, first + offset), text.charAt(offset));
      }
    });
    for (const oldest of this.letters.keys()) {
      if (this.letters.size <= ERASED) {
        break;
      }
      this.letters.delete(oldest);
    }
  };
}

function key(client: number, clock: number): string {
  return `${String(client)}:${String(clock)}`;
}

function* unitsOf(
  source: Y.Text,
  { deleteSet, doc }: Y.Transaction,
  known: Known,
  erasures: Erasures
): Iterable<IUnit> {
  for (let item = source._start; item !== null; item = item.right) {
    const { client, clock } = item.id;
    const letters = item.content instanceof Y.ContentString ? item.content.str : null;
    const stood = letters !== null && (!item.deleted || Y.isDeleted(deleteSet, item.id));
    for (let offset = 0; offset < item.length; offset++) {
      const erased = erasures.letter(client, clock + offset);
      const character = stood ? letters.charAt(offset) : erased;
      if (character !== null) {
        const mine = client === doc.clientID;
        yield { character, stood, mine, known: known(client, clock + offset) };
      }
    }
  }
}

function isUnheard({ stood, mine, known }: IUnit): boolean {
  return stood && mine && !known;
}

function isUnheardDeletion({ stood, known }: IUnit): boolean {
  return known && !stood;
}

/** The changes of a text that consists of the known units. */
function changesAlong(units: readonly IUnit[]): IChange[] {
  const found: { at: number; remove: number; words: string }[] = [];
  let at = 0;
  const change = (): { remove: number; words: string } => {
    const last = found.at(-1);
    if (last !== undefined && last.at + last.remove === at) {
      return last;
    }
    const made = { at, remove: 0, words: '' };
    found.push(made);
    return made;
  };
  for (const unit of units) {
    if (isUnheard(unit)) {
      change().words += unit.character;
    } else if (isUnheardDeletion(unit)) {
      change().remove += 1;
      at += 1;
    } else if (unit.known) {
      at += 1;
    }
  }
  return found.reverse();
}

/**
 * Whether something was written here into a text that a transaction takes away, and who takes it away did not have it.
 *
 * As {@link LostText} has it, without looking at every letter.
 */
export function hasUnheard(source: Y.Text, transaction: Y.Transaction, known: Known): boolean {
  for (let item = source._start; item !== null; item = item.right) {
    const { id, length } = item;
    const mine = id.client === transaction.doc.clientID && item.content instanceof Y.ContentString;
    const stood = !item.deleted || Y.isDeleted(transaction.deleteSet, id);
    // What they had of one page's edits is always a beginning of them.
    if (mine && stood && !known(id.client, id.clock + length - 1)) {
      return true;
    }
  }
  return false;
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

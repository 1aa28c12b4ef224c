import * as Y from 'yjs';

/** One UTF-16 unit of a text, which is what Yjs and editors count in. */
interface IUnit {
  /** `null` where it is not known any more. */
  readonly character: string | null;
  /** Whether it stood in the text here. */
  readonly stood: boolean;
  readonly mine: boolean;
  /** Whether who took the text away had it. */
  readonly known: boolean;
}

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
   */
  constructor(
    source: Y.Text,
    transaction: Y.Transaction,
    known: (client: number, clock: number) => boolean
  ) {
    this.units = [...unitsOf(source, transaction, known)];
    this.text = this.units.map(unit => (unit.stood ? unit.character : '')).join('');
  }

  /** Whether something was written here that who took the text away did not have. */
  get unheard(): boolean {
    return this.units.some(isUnheard);
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
    if (had.length === now.length && had.every(({ character }, at) => isSame(character, now, at))) {
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

function* unitsOf(
  source: Y.Text,
  { deleteSet, doc }: Y.Transaction,
  known: (client: number, clock: number) => boolean
): Iterable<IUnit> {
  for (let item = source._start; item !== null; item = item.right) {
    const { content, id, length } = item;
    const letters = content instanceof Y.ContentString ? content.str : null;
    if (letters === null && !(content instanceof Y.ContentDeleted)) {
      continue;
    }
    const stood = letters !== null && (!item.deleted || Y.isDeleted(deleteSet, id));
    for (let offset = 0; offset < length; offset++) {
      yield {
        character: letters === null ? null : letters.charAt(offset),
        stood,
        mine: id.client === doc.clientID,
        known: known(id.client, id.clock + offset)
      };
    }
  }
}

function isUnheard({ stood, mine, known }: IUnit): boolean {
  return stood && mine && !known;
}

function isUnheardDeletion({ stood, known }: IUnit): boolean {
  return known && !stood;
}

function isSame(character: string | null, text: string, at: number): boolean {
  return character === null || character === text[at];
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
      change().words += unit.character ?? '';
    } else if (isUnheardDeletion(unit)) {
      change().remove += 1;
      at += 1;
    } else if (unit.known) {
      at += 1;
    }
  }
  return found.reverse();
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

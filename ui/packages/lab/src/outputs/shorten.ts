/** Characters from which on a text is long: pages of it, of which browsers notice what they cost. */
export const LONG_CHARACTERS = 100_000;

/** Characters that are shown of the beginning of a long text, and of its end, where a result stands. */
export const BEGINNING_CHARACTERS = 20_000;
export const ENDING_CHARACTERS = 5_000;

/** The beginning of a colour or style that was cut off. */
const TORN = new RegExp(`${String.fromCharCode(27)}(?:\\[[\\d;]*)?$`, 'u');

/** What is shown of a long text. */
export interface IShortened {
  readonly beginning: string;
  readonly ending: string;
  /** Characters between them. */
  readonly hidden: number;
}

/** What is shown of `text`, in whole lines where they are not endless; `null` where it is not long. */
export function shorten(text: string): IShortened | null {
  if (text.length <= LONG_CHARACTERS) {
    return null;
  }
  const head = whole(text, beforeLine(text, BEGINNING_CHARACTERS));
  const tail = whole(text, afterLine(text, text.length - ENDING_CHARACTERS));
  const beginning = text.slice(0, head).replace(TORN, '');
  return { beginning, ending: text.slice(tail), hidden: tail - head };
}

/** The beginning of the line at `place`, unless that is far. */
function beforeLine(text: string, place: number): number {
  const line = text.lastIndexOf('\n', place - 1) + 1;
  return line > place / 2 ? line : place;
}

/** The beginning of the line after `place`, unless that is far. */
function afterLine(text: string, place: number): number {
  const line = text.indexOf('\n', place - 1) + 1;
  return line > 0 && line - place < ENDING_CHARACTERS / 2 ? line : place;
}

/** A place where no character is cut in two. */
function whole(text: string, place: number): number {
  const code = text.charCodeAt(place);
  return code >= 0xdc00 && code < 0xe000 ? place - 1 : place;
}

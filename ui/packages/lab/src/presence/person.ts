/** Where somebody is in a notebook. */
export interface IWhereabouts {
  readonly cellId: string;
  readonly mode: 'command' | 'edit';
}

/** Somebody in a document, as shown to others; every text is as entered and must be shown as text only. */
export interface IPerson {
  /** The awareness client; one person may be here with several. */
  readonly client: number;
  readonly username: string;
  readonly name: string;
  readonly initials: string;
  /** A CSS colour that is safe to put into a style: `#rrggbb` or one of JupyterLab's collaborator colours. */
  readonly color: string;
  readonly whereabouts: IWhereabouts | null;
}

/** Longest name shown; awareness is what other people's browsers say. */
const NAME_CHARACTERS = 80;
const INITIALS_MAX = 2;
const COLLABORATOR_COLORS = 7;

const HEX_COLOR = /^#[0-9a-f]{6}$/i;
const LAB_COLOR = /^var\(--jp-collaborator-color[1-9][0-9]?\)$/;

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** What a reader takes for one character may be many code points. */
const graphemes = new Intl.Segmenter();

/** The first `count` characters. */
function head(value: string, count: number): string {
  let taken = '';
  let left = count;
  for (const { segment } of graphemes.segment(value)) {
    if (left === 0) {
      break;
    }
    taken += segment;
    left -= 1;
  }
  return taken;
}

function text(value: unknown): string {
  return typeof value === 'string' ? head(value.trim(), NAME_CHARACTERS) : '';
}

/**
 * The people in awareness states.
 *
 * @param states By client id, as y-protocols' `Awareness.getStates` gives them; nothing in them is trusted.
 * @param self This client's id, which is left out.
 * @returns In a stable order: by name, then by client.
 */
export function people(states: ReadonlyMap<number, unknown>, self: number): IPerson[] {
  return [...states]
    .filter(([client, state]) => client !== self && fields(fields(state)['user'])['username'])
    .map(([client, state]) => person(client, fields(state)))
    .sort((a, b) => a.name.localeCompare(b.name) || a.client - b.client);
}

function person(client: number, state: Fields): IPerson {
  const user = fields(state['user']);
  const username = text(user['username']);
  const name = text(user['display_name']) || text(user['name']) || username;
  return {
    client,
    username,
    name,
    initials: initials(text(user['initials']), name),
    color: color(user['color'], username),
    whereabouts: whereabouts(state['activeCell'])
  };
}

function whereabouts(value: unknown): IWhereabouts | null {
  const { cellId, mode } = fields(value);
  return typeof cellId === 'string' && cellId !== ''
    ? { cellId, mode: mode === 'edit' ? 'edit' : 'command' }
    : null;
}

/** One or two characters: those somebody chose, or those of the first and the last word of the name. */
export function initials(chosen: string, name: string): string {
  const words = name.split(/\s+/).filter(word => word !== '');
  const ends = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  const derived = ends.map(word => head(word ?? '', 1)).join('');
  return head(chosen || derived || '?', INITIALS_MAX).toLocaleUpperCase();
}

/** A colour that can do no harm in a style, and is the same everywhere for who chose none. */
export function color(chosen: unknown, username: string): string {
  if (typeof chosen === 'string' && (HEX_COLOR.test(chosen) || LAB_COLOR.test(chosen))) {
    return chosen;
  }
  let hash = 0;
  for (const character of username) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  }
  return `var(--jp-collaborator-color${(hash % COLLABORATOR_COLORS) + 1})`;
}

/** The colour of text on `background`, with a contrast of at least 4.5 : 1. */
export function textColor(background: string): string {
  if (!HEX_COLOR.test(background)) {
    // JupyterLab's themes choose their collaborator colours to go with their text.
    return 'var(--jp-ui-font-color1)';
  }
  const channel = (at: number): number => {
    const value = Number.parseInt(background.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  // Relative luminance (WCAG 2.2); black and white contrast alike with 0.179.
  const luminance = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return luminance > 0.179 ? '#000000' : '#ffffff';
}

/** The people in each cell, by cell id; one entry a person, the editing window before the others. */
export function byCell(everybody: readonly IPerson[]): Map<string, IPerson[]> {
  const cells = new Map<string, IPerson[]>();
  for (const somebody of everybody) {
    if (somebody.whereabouts === null) {
      continue;
    }
    const { cellId, mode } = somebody.whereabouts;
    const here = cells.get(cellId) ?? [];
    const at = here.findIndex(({ username }) => username === somebody.username);
    if (at < 0) {
      here.push(somebody);
    } else if (mode === 'edit') {
      here[at] = somebody;
    }
    cells.set(cellId, here);
  }
  return cells;
}

/** Everybody once, whatever the number of their windows; a window whose place is known before one without. */
export function once(everybody: readonly IPerson[]): IPerson[] {
  const known = new Map<string, IPerson>();
  for (const somebody of everybody) {
    const before = known.get(somebody.username);
    if (before === undefined || (before.whereabouts === null && somebody.whereabouts !== null)) {
      known.set(somebody.username, somebody);
    }
  }
  return [...known.values()];
}

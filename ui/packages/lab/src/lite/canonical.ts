import type { JSONObject, JSONValue } from '@lumino/coreutils';

/** Whether a value is an object of JSON. */
export function isObject(value: unknown): value is JSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value with the keys of every object in order, so that equal values are equal as text. */
export function sorted(value: JSONValue): JSONValue {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (!isObject(value)) {
    return value;
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Equal for equal values. */
export function textOf(value: JSONValue): string {
  return JSON.stringify(sorted(value));
}

/** A text of nbformat, which may be written as a list of lines. */
export function joined(value: unknown): string {
  return Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '';
}

/**
 * Content in the one form that all copies of it share (LITE-7).
 *
 * Keys are in order, texts are not lists, lines end with `\n`, every cell has an id, and no cell claims to be trusted: trust is what this
 * browser's user gives, never what a file or a peer says.
 */
export function canonical(content: JSONValue): JSONValue {
  if (typeof content === 'string') {
    return content.replace(/\r\n?/g, '\n');
  }
  return isObject(content) && Array.isArray(content['cells']) ? notebook(content) : content;
}

/** Whether two contents, in canonical form, are the same but for what kernels write into a notebook when it is opened. */
export function sameWork(a: JSONValue, b: JSONValue): boolean {
  return textOf(withoutKernel(a)) === textOf(withoutKernel(b));
}

function withoutKernel(content: JSONValue): JSONValue {
  if (!isObject(content) || !isObject(content['metadata'])) {
    return content;
  }
  const metadata = { ...content['metadata'] };
  delete metadata['kernelspec'];
  delete metadata['language_info'];
  return { ...content, metadata };
}

function notebook(content: JSONObject): JSONValue {
  const taken = new Set<string>();
  const cells = withoutCopies((content['cells'] as JSONValue[]).filter(isObject).map(cell)).map(
    (plain, index): JSONObject => ({ ...plain, id: freeId(plain['id'], index, taken) })
  );
  const { nbformat = 4, nbformat_minor: minor = 5, metadata } = content;
  return sorted({
    cells,
    metadata: isObject(metadata) ? metadata : {},
    nbformat,
    // Cell ids are there from 4.5 on.
    nbformat_minor: typeof minor === 'number' ? Math.max(5, minor) : 5
  });
}

function cell(raw: JSONObject): JSONObject {
  const metadata = isObject(raw['metadata']) ? { ...raw['metadata'] } : {};
  delete metadata['trusted'];
  const outputs: JSONObject = Array.isArray(raw['outputs'])
    ? { outputs: raw['outputs'].map(output) }
    : {};
  return { ...raw, ...outputs, metadata, source: joined(raw['source']) };
}

/** A cell that is there twice, id and all, is there by mistake: once is enough. */
function withoutCopies(cells: readonly JSONObject[]): JSONObject[] {
  const first = new Map<string, string>();
  return cells.filter(({ id, ...rest }) => {
    if (typeof id !== 'string' || id === '') {
      return true;
    }
    const text = textOf(rest);
    const known = first.get(id);
    first.set(id, known ?? text);
    return known !== text;
  });
}

/** Whether a cell may have got its id here: it then says where the cell stood, not which one it is. */
export function madeUpId(id: string): boolean {
  return /^cell-\d+(-2)*$/.test(id);
}

/** The cell's own id; where it has none or another cell has it, the same one in every copy. */
function freeId(id: unknown, index: number, taken: Set<string>): string {
  let found = typeof id === 'string' && id !== '' ? id : `cell-${index}`;
  while (taken.has(found)) {
    found += '-2';
  }
  taken.add(found);
  return found;
}

function output(value: JSONValue): JSONValue {
  if (!isObject(value) || value['output_type'] !== 'stream') {
    return value;
  }
  return { ...value, text: joined(value['text']) };
}

import { ProtocolError } from './errors';

/** A JSON object whose fields are still to be checked. */
export type Fields = Record<string, unknown>;

/** Whether JSON is an object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses the JSON object in a frame.
 *
 * @throws ProtocolError where it is no JSON or no object.
 */
export function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ProtocolError('The message holds no valid JSON.');
  }
  if (!isFields(value)) {
    throw new ProtocolError('The message holds JSON that is no object.');
  }
  return value;
}

/**
 * A text field.
 *
 * @throws ProtocolError where it is none.
 */
export function text(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== 'string') {
    throw new ProtocolError(`"${key}" is no text.`);
  }
  return value;
}

/** Text that a server may leave out. */
export function optionalText(fields: Fields, key: string): string {
  return fields[key] == null ? '' : text(fields, key);
}

/** Text, or `null` where there is none. */
export function textOrNull(fields: Fields, key: string): string | null {
  return fields[key] == null ? null : text(fields, key);
}

/** A field that is a number and not negative. */
export function count(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new ProtocolError(`"${key}" is no count.`);
  }
  return value;
}

/** A count, or `null` where there is none. */
export function countOrNull(fields: Fields, key: string): number | null {
  return fields[key] == null ? null : count(fields, key);
}

/** A count that a server may leave out. */
export function optionalCount(fields: Fields, key: string): number {
  return countOrNull(fields, key) ?? 0;
}

/** A field that is an object. */
export function object(fields: Fields, key: string): Fields {
  const value = fields[key];
  if (!isFields(value)) {
    throw new ProtocolError(`"${key}" is no object.`);
  }
  return value;
}

/** A field that is one of `words`. */
export function word<T extends string>(fields: Fields, key: string, words: readonly T[]): T {
  const value = text(fields, key);
  const known = words.find(candidate => candidate === value);
  if (known === undefined) {
    throw new ProtocolError(`"${key}" is "${value}", which means nothing here.`);
  }
  return known;
}

/** A field that is a list of what `read` makes of each entry; missing means empty. */
export function list<T>(fields: Fields, key: string, read: (entry: unknown) => T): T[] {
  const value = fields[key] ?? [];
  if (!Array.isArray(value)) {
    throw new ProtocolError(`"${key}" is no list.`);
  }
  return value.map(entry => read(entry));
}

/** An entry of a list that must be an object. */
export function entryObject(entry: unknown): Fields {
  if (!isFields(entry)) {
    throw new ProtocolError('An entry of a list is no object.');
  }
  return entry;
}

/** An entry of a list that must be a number and not negative. */
export function entryCount(entry: unknown): number {
  return count({ entry }, 'entry');
}

/** An entry of a list that must be a text. */
export function entryText(entry: unknown): string {
  return text({ entry }, 'entry');
}

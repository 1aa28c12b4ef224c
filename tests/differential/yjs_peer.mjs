// A Yjs peer that Python tests drive: one JSON command per line in, one JSON answer per line out.
//
// Bytes travel as base64. Every command names its document; answers are `{"ok": ...}` or `{"error": "..."}`.

import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import * as Y from 'yjs';

import { randomUpdates } from './random_updates.mjs';

const documents = new Map();
const bytes = text => new Uint8Array(Buffer.from(text, 'base64'));
const text64 = array => Buffer.from(array).toString('base64');

// Roots by kind, as @jupyter/ydoc declares them.
const roots = {
  notebook: { cells: 'getArray', meta: 'getMap', state: 'getMap' },
  file: { source: 'getText', state: 'getMap' },
  blob: { source: 'getMap', state: 'getMap' }
};

// A blob's bytes, told from bytes elsewhere.
class BlobBytes {
  constructor(bytes) {
    this.bytes = Buffer.from(bytes ?? []);
  }
}

function contentOf(document, kind) {
  const content = {};
  for (const [name, get] of Object.entries(roots[kind])) {
    content[name] = document[get](name).toJSON();
  }
  if (kind === 'blob') content.source = { bytes: new BlobBytes(content.source.bytes) };
  return content;
}

// The canonical text of docs/spec/content.md, CONTENT-20.
function canonical(value) {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'bigint') return number(Number(value));
  if (value instanceof BlobBytes) return `$${value.bytes.toString('hex')}`;
  if (value instanceof Uint8Array) return canonical([...value]);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map(key => `${canonical(key)}:${canonical(value[key])}`);
  return `{${members.join(',')}}`;
}

function number(double) {
  if (!Number.isFinite(double)) return 'null';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, double || 0);
  return `#${Buffer.from(view.buffer).toString('hex')}`;
}

// Applies one edit; positions count UTF-16 code units.
function edit(document, change) {
  const target = change.path
    .slice(1)
    .reduce((parent, key) => parent.get(key), document[change.get](change.path[0]));
  if (change.delete) target.delete(change.at, change.delete);
  if (change.insert !== undefined) target.insert(change.at, change.insert);
  if (change.set !== undefined) target.set(change.key, change.set);
  if (change.remove !== undefined) target.delete(change.remove);
  if (change.cell !== undefined) target.insert(change.at, [cellOf(change.cell)]);
}

function cellOf(cell) {
  const map = new Y.Map();
  map.set('id', cell.id);
  map.set('cell_type', cell.cell_type);
  map.set('source', new Y.Text(cell.source));
  const metadata = new Y.Map();
  for (const [key, value] of Object.entries(cell.metadata ?? {})) metadata.set(key, value);
  map.set('metadata', metadata);
  if (cell.cell_type === 'code') {
    map.set('outputs', new Y.Array());
    map.set('execution_count', null);
    map.set('execution_state', 'idle');
  }
  return map;
}

function emitted(document, action) {
  const updates = [];
  const listen = update => updates.push(text64(update));
  document.on('update', listen);
  action();
  document.off('update', listen);
  return updates;
}

// What jupyter_tandem.protocol.update.inspect must say, from Yjs' own decoder.
function shapeOf(update) {
  const { structs, ds } = Y.decodeUpdate(update);
  const blocks = {};
  const needs = {};
  const reach = [];
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue;
    const { client, clock } = struct.id;
    const block = blocks[client];
    if (block === undefined) {
      blocks[client] = [clock, clock + struct.length];
      if (clock > 0) needs[client] = clock;
    } else {
      if (block[1] !== clock) needs[client] = clock;
      block[1] = clock + struct.length;
    }
    if (struct instanceof Y.GC) continue;
    for (const id of [struct.origin, struct.rightOrigin, struct.parent]) {
      if (id instanceof Y.ID) reach.push([id.client, id.clock + 1]);
    }
  }
  for (const [client, ranges] of ds.clients) {
    for (const { clock, len } of ranges) reach.push([client, clock + len]);
  }
  for (const [client, end] of reach) {
    if (end > (blocks[client]?.[1] ?? 0)) needs[client] = Math.max(needs[client] ?? 0, end);
  }
  return { blocks, needs, deletes: ds.clients.size > 0 };
}

const commands = {
  new({ document, client }) {
    const fresh = new Y.Doc();
    fresh.clientID = client;
    documents.set(document, fresh);
  },
  drop({ document }) {
    documents.delete(document);
  },
  apply({ document, updates }) {
    const target = documents.get(document);
    return emitted(target, () => updates.forEach(update => Y.applyUpdate(target, bytes(update))));
  },
  edit({ document, edits }) {
    const target = documents.get(document);
    return emitted(target, () =>
      target.transact(() => edits.forEach(change => edit(target, change)))
    );
  },
  encode({ document, since }) {
    const vector = since === null ? undefined : bytes(since);
    return text64(Y.encodeStateAsUpdate(documents.get(document), vector));
  },
  vector({ document }) {
    return Object.fromEntries(Y.decodeStateVector(Y.encodeStateVector(documents.get(document))));
  },
  text({ document, root }) {
    return documents.get(document).getText(root).toString();
  },
  content({ document, kind }) {
    return contentOf(documents.get(document), kind);
  },
  fingerprint({ document, kind }) {
    const text = canonical(contentOf(documents.get(document), kind));
    return createHash('sha256').update(text).digest('hex');
  },
  shapes({ updates }) {
    return updates.map(update => shapeOf(bytes(update)));
  },
  random({ seed, steps, cuts }) {
    return randomUpdates(seed, steps, cuts).map(text64);
  },
  merge({ updates }) {
    return text64(Y.mergeUpdates(updates.map(bytes)));
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { command, ...parameters } = JSON.parse(line);
    answer = { ok: commands[command](parameters) ?? null };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

// Updates of every kind that Yjs writes, from a seed: several peers edit, exchange, merge and cut updates.

import * as Y from 'yjs';

const pieces = ['a', 'word ', '\r\n', 'é', 'e\u0301', '😀', '👩‍👩‍👧', 'שלום', '\u0000', 'ab\ncd'];

function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = end => Math.floor(next() * end);
  return { below, pick: list => list[below(list.length)] };
}

function value(random, depth = 3) {
  const scalars = [
    null,
    undefined,
    true,
    false,
    0,
    -1,
    63,
    64,
    -64,
    2 ** 31,
    2 ** 53 - 1,
    -(2 ** 53 - 1)
  ];
  scalars.push(0.5, 1e300, NaN, Infinity, 12n, '', 'text', '😀', new Uint8Array([0, 255]));
  if (depth === 0 || random.below(3)) return random.pick(scalars);
  const members = Array.from({ length: random.below(4) }, () => value(random, depth - 1));
  if (random.below(2)) return members;
  return Object.fromEntries(members.map((member, index) => [`k${index}`, member]));
}

function shared(random) {
  const kinds = [
    () => new Y.Text(random.pick(pieces)),
    () => new Y.Map([['a', value(random)]]),
    () => Y.Array.from([[value(random)], 1, true]),
    () => new Y.XmlElement('p'),
    () => new Y.XmlText('t'),
    () => new Y.XmlFragment(),
    () => new Y.Doc({ guid: `guid-${random.below(100)}` })
  ];
  return random.pick(kinds)();
}

// The next position that is not inside a character, as editors take it, unless cutting is wanted.
function position(random, text, from, length) {
  let at = Math.min(from + length, text.length);
  if (random.cuts) return at;
  // An embed counts as one; any character stands for it here.
  const units = text.toDelta().map(part => (typeof part.insert === 'string' ? part.insert : '.'));
  const unit = units.join('').charCodeAt(at);
  return unit >= 0xdc00 && unit < 0xe000 ? at + 1 : at;
}

function editText(random, text) {
  const at = position(random, text, 0, random.below(text.length + 1));
  const roll = random.below(10);
  if (roll < 6) return text.insert(at, random.pick(pieces));
  if (roll < 8) return text.delete(at, position(random, text, at, random.below(5)) - at);
  if (roll < 9) {
    const format = { b: random.pick([true, null, 'red', { deep: [1] }]) };
    return text.format(at, position(random, text, at, 2) - at, format);
  }
  return text.insertEmbed(at, { image: 'x', n: [1, { a: 2 }] });
}

function editOnce(random, document) {
  const roll = random.below(10);
  if (roll < 4) return editText(random, document.getText('text'));
  if (roll < 6) {
    const array = document.getArray('array');
    const at = random.below(array.length + 1);
    if (random.below(3)) array.insert(at, [random.below(2) ? [value(random)] : shared(random)]);
    else array.delete(at, Math.min(random.below(3), array.length - at));
    return undefined;
  }
  const map = document.getMap('map');
  const key = random.pick(['x', 'y', 'z']);
  if (random.below(4) === 0) return map.delete(key);
  if (random.below(2)) return map.set(key, value(random));
  const nested = map.get(key);
  return nested instanceof Y.Text ? editText(random, nested) : map.set(key, shared(random));
}

export function randomUpdates(seed, steps, cuts) {
  const random = { ...generator(seed), cuts };
  const updates = [];
  const inboxes = [[], [], []];
  const peers = inboxes.map((inbox, index) => {
    const document = new Y.Doc({ gc: index > 0 });
    document.clientID = random.pick([random.below(2 ** 32), random.below(100) + 1]) * 3 + index;
    document.on('update', (update, origin) => {
      updates.push(update);
      if (origin !== 'remote') inboxes.forEach((other, at) => at === index || other.push(update));
    });
    return document;
  });
  for (let step = 0; step < steps; step += 1) {
    const at = random.below(peers.length);
    const document = peers[at];
    if (random.below(5) === 0) {
      const inbox = inboxes[at];
      if (random.below(2)) inbox.sort(() => random.below(3) - 1);
      inbox.splice(0).forEach(update => Y.applyUpdate(document, update, 'remote'));
    } else {
      document.transact(() => {
        for (let count = random.below(4); count >= 0; count -= 1) editOnce(random, document);
      });
    }
  }
  const some = updates.filter(() => random.below(3) === 0);
  updates.push(Y.mergeUpdates(some), Y.mergeUpdates(updates));
  for (const document of peers) {
    updates.push(Y.encodeStateAsUpdate(document));
    for (const other of peers)
      updates.push(Y.encodeStateAsUpdate(document, Y.encodeStateVector(other)));
  }
  return updates;
}

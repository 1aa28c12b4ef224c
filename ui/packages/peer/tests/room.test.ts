import { afterEach, describe, expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import {
  FIRST_SEED,
  PeerRoom,
  type ILink,
  type ILinkEvents,
  type IRival,
  type IStance,
  type Standing,
  type Verdict
} from '@jupyter-tandem/peer';

/** A person in a room, without a network. */
class Person {
  readonly doc = new Y.Doc();
  readonly awareness = new Awareness(this.doc);
  readonly verdicts: Verdict[] = [];
  readonly rivals: IRival[] = [];
  live = true;
  stance: IStance;
  readonly room: PeerRoom;
  shares = 0;

  constructor(
    readonly name: string,
    lineage: number | null,
    standing: Standing = 2
  ) {
    this.stance = { lineage, standing };
    this.awareness.setLocalStateField('user', { name });
    this.room = new PeerRoom({
      doc: this.doc,
      awareness: this.awareness,
      stance: () => this.stance,
      live: () => this.live,
      whole: () =>
        this.stance.lineage === null
          ? null
          : { lineage: this.stance.lineage, update: Y.encodeStateAsUpdate(this.doc) },
      apply: (update, origin) => {
        Y.applyUpdate(this.doc, update, origin);
      },
      met: (verdict, rival) => {
        this.verdicts.push(verdict);
        this.rivals.push(rival);
      },
      shared: () => {
        this.shares += 1;
      },
      changed: () => undefined
    });
  }

  /** Begins a history, as a seed does. */
  begin(text: string): this {
    const seed = new Y.Doc();
    seed.clientID = this.stance.lineage ?? 0;
    seed.getText('source').insert(0, text);
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(seed));
    return this;
  }

  get text(): string {
    return this.doc.getText('source').toJSON();
  }

  get sees(): unknown[] {
    return [...this.awareness.getStates().values()].map(
      state => (state['user'] as { name: string }).name
    );
  }

  dispose(): void {
    this.room.dispose();
    this.awareness.destroy();
    this.doc.destroy();
  }
}

/** Everybody, for the clearing up. */
let crowd: Person[] = [];

function person(...args: ConstructorParameters<typeof Person>): Person {
  const found = new Person(...args);
  crowd.push(found);
  return found;
}

afterEach(() => {
  crowd.forEach(one => {
    one.dispose();
  });
  crowd = [];
});

/** Connects two people; what is sent arrives at once, and in order. Gives what cuts the line. */
function connect(a: Person, b: Person, tandem = true): () => void {
  const ends: (ILinkEvents | null)[] = [null, null];
  const queue: (() => void)[] = [];
  let busy = false;
  const later = (task: () => void): void => {
    queue.push(task);
    if (!busy) {
      busy = true;
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        next();
      }
      busy = false;
    }
  };
  const cut = (): void => {
    const told = ends.splice(0, 2, null, null);
    told.forEach(end => end?.closed());
  };
  const link = (to: number, peer: string): ILink => ({
    peer,
    tandem,
    send: message => {
      later(() => ends[to]?.received(message.slice()));
    },
    close: cut,
    route: () => Promise.resolve('direct')
  });
  ends[0] = a.room.meet(link(1, b.name));
  ends[1] = b.room.meet(link(0, a.name));
  ends[0].opened();
  ends[1].opened();
  return cut;
}

const LINEAGE = FIRST_SEED + 5;

describe('two peers of one history', () => {
  it('[LITE-9] exchange what each has, and from then on every edit', () => {
    const ada = person('ada', LINEAGE).begin('begun');
    const bob = person('bob', LINEAGE).begin('begun');
    ada.doc.getText('source').insert(5, ' by ada');
    connect(ada, bob);
    expect(bob.text).toBe('begun by ada');
    bob.doc.getText('source').insert(0, 'bob: ');
    expect(ada.text).toBe('bob: begun by ada');
    expect([ada.shares, bob.shares]).toEqual([1, 1]);
    expect(ada.sees).toEqual(expect.arrayContaining(['ada', 'bob']));
  });

  it('[LITE-17] miss each other as soon as the line is cut, and meet again', () => {
    const ada = person('ada', LINEAGE).begin('x');
    const bob = person('bob', LINEAGE).begin('x');
    const cut = connect(ada, bob);
    cut();
    expect(ada.sees).toEqual(['ada']);
    bob.doc.getText('source').insert(1, 'y');
    expect(ada.text).toBe('x');
    connect(ada, bob);
    expect(ada.text).toBe('xy');
    expect(ada.sees).toEqual(expect.arrayContaining(['ada', 'bob']));
  });

  it('[LITE-4] reach others through each other', () => {
    const ada = person('ada', LINEAGE).begin('x');
    const bob = person('bob', LINEAGE).begin('x');
    const cyd = person('cyd', LINEAGE).begin('x');
    connect(ada, bob);
    connect(bob, cyd);
    ada.doc.getText('source').insert(1, '!');
    expect(cyd.text).toBe('x!');
    expect(cyd.sees).toContain('ada');
  });

  it('[LITE-9] wait until both documents are there', () => {
    const ada = person('ada', LINEAGE).begin('x');
    const bob = person('bob', LINEAGE, 1);
    bob.live = false;
    connect(ada, bob);
    expect(bob.text).toBe('');
    bob.begin('x');
    bob.live = true;
    bob.room.stanceChanged();
    ada.doc.getText('source').insert(1, 'y');
    expect(bob.text).toBe('xy');
  });
});

describe('two peers of different histories', () => {
  it('[LITE-10] exchange nothing, whatever the one sends', () => {
    const ada = person('ada', LINEAGE).begin('one');
    const bob = person('bob', LINEAGE + 1).begin('two');
    connect(ada, bob);
    ada.doc.getText('source').insert(0, '!');
    expect([ada.text, bob.text]).toEqual(['!one', 'two']);
    expect(ada.verdicts.at(-1)).toBe('stay');
    expect(bob.verdicts.at(-1)).toBe('yield');
    expect(ada.sees).toEqual(['ada']);
  });

  it('[LITE-25] know of each other that they work on another one, as soon as it is open', () => {
    const ada = person('ada', LINEAGE).begin('one');
    const bob = person('bob', LINEAGE + 1, 1).begin('two');
    connect(ada, bob);
    const apart = (): boolean[] => [ada, bob].flatMap(({ room }) => room.peers.map(p => p.apart));
    expect(apart()).toEqual([false, true]);
    bob.stance = { lineage: LINEAGE + 1, standing: 2 };
    bob.room.stanceChanged();
    expect(apart()).toEqual([true, true]);
    bob.stance = { lineage: LINEAGE, standing: 2 };
    bob.room.stanceChanged();
    expect(apart()).toEqual([false, false]);
  });

  it('[LITE-12] hand the whole document to who gives up their own', async () => {
    const ada = person('ada', LINEAGE).begin('one');
    const bob = person('bob', LINEAGE + 1).begin('two');
    connect(ada, bob);
    const rival = bob.rivals.at(-1);
    expect(rival?.isCurrent()).toBe(true);
    const whole = await rival?.ask();
    expect(whole).toEqual({ lineage: LINEAGE, update: Y.encodeStateAsUpdate(ada.doc) });
    bob.stance = { lineage: LINEAGE, standing: 2 };
    expect(rival?.isCurrent()).toBe(false);
  });

  it('[LITE-12] do not wait for who leaves before answering', async () => {
    const ada = person('ada', null, 0);
    const bob = person('bob', LINEAGE).begin('two');
    const cut = connect(ada, bob);
    bob.stance = { lineage: null, standing: 0 };
    const asked = ada.rivals.at(-1)?.ask();
    cut();
    await expect(asked).rejects.toThrow();
  });

  it('[LITE-10] take nothing of another history that comes through a program without lineages', () => {
    const ada = person('ada', LINEAGE).begin('one');
    const program = person('program', LINEAGE + 1).begin('two');
    // Neither speaks Tandem's own messages on this line.
    connect(ada, program, false);
    expect(ada.text).toBe('one');
  });
});

describe('a peer that is no peer of Tandem', () => {
  it('[LITE-4] gets the document, and its edits count', () => {
    const ada = person('ada', LINEAGE).begin('one');
    const program = new Person('program', LINEAGE);
    crowd.push(program);
    connect(ada, program, false);
    expect(program.text).toBe('one');
    program.doc.getText('source').insert(3, '!');
    expect(ada.text).toBe('one!');
  });

  it('[LITE-17] is missed when its line is cut; who was heard of through it is not', () => {
    const ada = person('ada', LINEAGE).begin('one');
    const bob = person('bob', LINEAGE).begin('one');
    const program = person('program', LINEAGE);
    connect(program, bob, false);
    const cut = connect(ada, program, false);
    connect(ada, bob);
    expect(ada.sees).toEqual(expect.arrayContaining(['ada', 'bob', 'program']));
    cut();
    expect(ada.sees.sort()).toEqual(['ada', 'bob']);
  });
});

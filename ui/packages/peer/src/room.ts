import { applyAwarenessUpdate, encodeAwarenessUpdate, type Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { areApart, belongs, verdict, type IStance, type Verdict } from './lineage';
import type { ILink, ILinkEvents, Route } from './link';
import { decodePeer, encodePeer, type IHello, type PeerMessage } from './wire';

/** A peer that is connected. */
export interface IPeer {
  readonly peer: string;
  /** Its awareness client, where it is known. */
  readonly client: number | null;
  /** Whether edits are exchanged with it. */
  readonly together: boolean;
  /** Whether it works on a document of another history. */
  readonly apart: boolean;
  route(): Promise<Route>;
}

/** A peer whose history is another one, and stays. */
export interface IRival {
  /** Asks it for all it has; rejects when the link ends before the answer. */
  ask(): Promise<IWhole>;
  /** Whether it still is what this side has to yield to. */
  isCurrent(): boolean;
}

/** A whole document. */
export interface IWhole {
  readonly lineage: number;
  readonly update: Uint8Array;
}

/** What a room needs. */
export interface IRoomOptions {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  /** How this side stands now. */
  readonly stance: () => IStance;
  /** Whether the document is in `doc` already, so that edits can be exchanged. */
  readonly live: () => boolean;
  /** The whole document for somebody who gives up their own, or `null` before there is one. */
  readonly whole: () => IWhole | null;
  /** Applies a peer's update within one transaction of the given origin, and takes out at once what must not stay. */
  readonly apply: (update: Uint8Array, origin: unknown) => void;
  /** A peer was met, or said something new of itself. */
  readonly met: (verdict: Verdict, rival: IRival) => void;
  /** Edits are exchanged with somebody. */
  readonly shared: () => void;
  /** Who is connected is another set. */
  readonly changed: () => void;
}

/** What is known of one link. */
interface ISeat {
  readonly link: ILink;
  hello: IHello | null;
  /** Awareness clients first heard of here; of a peer that does not say which one it is, one of these is it. */
  readonly clients: Set<number>;
  opened: boolean;
  /** Whether edits are exchanged. */
  together: boolean;
  /** What it asked and told before this side was ready for it, or `null`. */
  asked: Uint8Array | null;
  told: Uint8Array | null;
  waiting: { resolve: (whole: IWhole) => void; reject: (error: Error) => void }[];
}

/**
 * One document among its peers: decides with whom edits are exchanged, and exchanges them.
 *
 * Speaks y-webrtc's protocol; peers of Tandem say first which history they have.
 */
export class PeerRoom {
  private readonly seats = new Map<ILink, ISeat>();
  private disposed = false;

  constructor(private readonly options: IRoomOptions) {
    options.doc.on('update', this.onUpdate);
    options.awareness.on('update', this.onAwareness);
  }

  get peers(): IPeer[] {
    return [...this.seats.values()]
      .filter(({ opened }) => opened)
      .map(({ hello, link, together }) => ({
        peer: link.peer,
        client: hello?.client ?? null,
        together,
        apart: hello !== null && areApart(this.options.stance(), hello),
        route: () => link.route()
      }));
  }

  /** Takes a new link in; see `IMeshOptions.meet`. */
  meet(link: ILink): ILinkEvents {
    const seat: ISeat = {
      link,
      hello: null,
      clients: new Set(),
      opened: false,
      together: false,
      asked: null,
      told: null,
      waiting: []
    };
    this.seats.set(link, seat);
    return {
      opened: () => {
        seat.opened = true;
        this.greet(seat);
        this.options.changed();
      },
      received: message => {
        this.receive(seat, message);
      },
      closed: () => {
        this.leave(seat);
      }
    };
  }

  /** To be called whenever the stance changed, or the document came to be live. */
  stanceChanged(): void {
    for (const seat of this.seats.values()) {
      if (seat.opened) {
        this.greet(seat);
        this.weigh(seat);
      }
    }
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.options.doc.off('update', this.onUpdate);
      this.options.awareness.off('update', this.onAwareness);
      this.seats.clear();
    }
  }

  // -- Meeting ---------------------------------------------------------------------------------------------

  private greet(seat: ISeat): void {
    if (seat.link.tandem) {
      const hello = { client: this.options.awareness.clientID, ...this.options.stance() };
      seat.link.send(encodePeer({ type: 'Hello', hello }));
    } else if (this.options.live()) {
      // It keeps no lineage: it takes ours with the first answer.
      this.join(seat);
    }
  }

  private weigh(seat: ISeat): void {
    if (seat.hello === null) {
      return;
    }
    const found = verdict(this.options.stance(), seat.hello);
    seat.together &&= found === 'together';
    if (found === 'together' && this.options.live()) {
      this.join(seat);
    }
    this.options.met(found, this.rival(seat));
  }

  private join(seat: ISeat): void {
    if (seat.together) {
      return;
    }
    seat.together = true;
    const stateVector = Y.encodeStateVector(this.options.doc);
    seat.link.send(encodePeer({ type: 'SyncStep1', stateVector }));
    seat.link.send(encodePeer({ type: 'Awareness', states: this.presence() }));
    this.catchUp(seat);
    this.options.shared();
    this.options.changed();
  }

  /** Does now what could not be done when it was asked for: the other side was ready first. */
  private catchUp(seat: ISeat): void {
    const { asked, told } = seat;
    seat.asked = seat.told = null;
    if (asked !== null) {
      this.answer(seat, asked);
    }
    if (told !== null) {
      showStates(this.options.awareness, told, seat.link);
    }
  }

  private rival(seat: ISeat): IRival {
    const { options, seats } = this;
    return {
      isCurrent: () =>
        seats.has(seat.link) &&
        seat.hello !== null &&
        verdict(options.stance(), seat.hello) === 'yield',
      ask: () =>
        new Promise((resolve, reject) => {
          seat.waiting.push({ resolve, reject });
          seat.link.send(encodePeer({ type: 'Ask' }));
          setTimeout(() => {
            reject(new Error('the peer does not answer'));
          }, ANSWER_WITHIN_MS);
        })
    };
  }

  private leave(seat: ISeat): void {
    this.seats.delete(seat.link);
    seat.waiting.forEach(({ reject }) => {
      reject(new Error('the peer has left'));
    });
    if (this.disposed) {
      return;
    }
    const gone = seat.link.tandem ? [seat.hello?.client] : [...seat.clients];
    const known = [...this.seats.values()].map(({ hello }) => hello?.client);
    for (const client of gone) {
      if (client !== undefined && !known.includes(client)) {
        this.forget(client);
      }
    }
    this.options.changed();
  }

  /** Takes somebody off the stage, and the clock as well, so that they are seen at once when they come back. */
  private forget(client: number): void {
    const { awareness } = this.options;
    if (awareness.states.delete(client)) {
      awareness.meta.delete(client);
      const change = { added: [], updated: [], removed: [client] };
      awareness.emit('change', [change, GONE]);
      awareness.emit('update', [change, GONE]);
    }
  }

  // -- Messages --------------------------------------------------------------------------------------------

  private receive(seat: ISeat, bytes: Uint8Array): void {
    const message = decodePeer(bytes);
    if (message !== null && !this.disposed) {
      // The table pairs every type with the action for that very type, which TypeScript cannot follow.
      (this.actions[message.type] as (seat: ISeat, message: PeerMessage) => void)(seat, message);
    }
  }

  private readonly actions: {
    readonly [T in PeerMessage['type']]: (
      seat: ISeat,
      message: Extract<PeerMessage, { type: T }>
    ) => void;
  } = {
    Hello: (seat, { hello }) => {
      seat.hello = hello;
      this.weigh(seat);
    },
    Ping: ({ link }) => {
      link.send(encodePeer({ type: 'Pong' }));
    },
    Pong: () => undefined,
    Ask: seat => {
      this.hand(seat);
    },
    Whole: (seat, { lineage, update }) => {
      this.take(seat, { lineage, update });
    },
    Bye: ({ link }) => {
      link.close();
    },
    SyncStep1: (seat, { stateVector }) => {
      if (seat.together) {
        this.answer(seat, stateVector);
      } else {
        seat.asked = stateVector;
      }
    },
    SyncStep2: (seat, { update }) => {
      this.apply(seat, update);
    },
    Update: (seat, { update }) => {
      this.apply(seat, update);
    },
    QueryAwareness: ({ link, together }) => {
      if (together) {
        link.send(encodePeer({ type: 'Awareness', states: this.presence() }));
      }
    },
    Awareness: (seat, { states }) => {
      if (seat.together) {
        showStates(this.options.awareness, states, seat.link);
      } else {
        seat.told = states;
      }
    }
  };

  private answer({ link }: ISeat, stateVector: Uint8Array): void {
    const update = stateSince(this.options.doc, stateVector);
    link.send(encodePeer({ type: 'SyncStep2', update }));
  }

  private take(seat: ISeat, whole: IWhole): void {
    const sound = seat.hello?.lineage === whole.lineage && isOf(whole);
    seat.waiting.splice(0).forEach(({ resolve, reject }) => {
      if (sound) {
        resolve(whole);
      } else {
        reject(new Error('the peer sent something else'));
      }
    });
  }

  /** What everybody known here says of themselves. */
  private presence(): Uint8Array {
    const { awareness } = this.options;
    return encodeAwarenessUpdate(awareness, [...awareness.getStates().keys()]);
  }

  private hand(seat: ISeat): void {
    const whole = this.options.whole();
    if (whole !== null) {
      seat.link.send(encodePeer({ type: 'Whole', ...whole }));
    }
  }

  private apply(seat: ISeat, update: Uint8Array): void {
    const { lineage } = this.options.stance();
    try {
      if (seat.together && lineage !== null && belongs(update, lineage)) {
        this.options.apply(update, seat.link);
      }
    } catch {
      // Bytes that are no update, or break off. What could be read of them stays; the peer has nothing else to say to us.
      seat.link.close();
    }
  }

  private readonly onUpdate = (update: Uint8Array, origin: unknown): void => {
    this.tell(encodePeer({ type: 'Update', update }), origin);
  };

  private readonly onAwareness = (
    { added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>,
    origin: unknown
  ): void => {
    if (origin === GONE) {
      return;
    }
    const seat = this.seats.get(origin as ILink);
    added.forEach(client => seat?.clients.add(client));
    const { awareness } = this.options;
    const states = encodeAwarenessUpdate(awareness, [...added, ...updated, ...removed]);
    this.tell(encodePeer({ type: 'Awareness', states }), origin);
  };

  private tell(message: Uint8Array, origin: unknown): void {
    for (const { link, together } of this.seats.values()) {
      if (together && link !== origin) {
        link.send(message);
      }
    }
  }
}

/** As long as a peer may take to send a large document over a slow network. */
const ANSWER_WITHIN_MS = 60_000;

/** Origin of what this side concludes itself about peers that are gone; each side does so for itself. */
const GONE = Symbol('gone');

/** Whether a document is of the lineage it is said to be. */
function isOf({ lineage, update }: IWhole): boolean {
  try {
    return belongs(update, lineage);
  } catch {
    return false;
  }
}

/** What a peer misses; everything where its state vector is none. */
function stateSince(doc: Y.Doc, stateVector: Uint8Array): Uint8Array {
  try {
    return Y.encodeStateAsUpdate(doc, stateVector);
  } catch {
    return Y.encodeStateAsUpdate(doc);
  }
}

/** Shows what others say of themselves; what is no JSON is worth nothing and harms nobody. */
function showStates(awareness: Awareness, states: Uint8Array, origin: unknown): void {
  try {
    applyAwarenessUpdate(awareness, states, origin);
  } catch {
    // The rest of the connection is none the worse for it.
  }
}

import { Cipher } from './cipher';
import type { IMeetingPoint } from './address';
import type { IceServers } from './ice';
import { readIntroduction, type Introduction } from './introduction';
import type { ILink, ILinkEvents } from './link';
import { RtcLink } from './rtc-link';
import type { Refusal } from './signaling-message';
import type { ISubscriber, SignalingServer } from './signaling-server';
import { Tabs } from './tabs';

/** Version of what Tandem's peers speak among each other. */
const TANDEM = 1;
/** So many peers at least; y-webrtc takes as many, and as much chance, so that no group closes itself off. */
const LIMIT_MIN = 20;
const LIMIT_SPREAD = 15;
/** Wait before a lost peer is looked for again; both sides notice, and half of it is chance. */
const LOOK_AGAIN_MS = 600;
/** Who is alone announces itself now and then: a server may have lost the first one. */
const ALONE_EVERY_MS = 30_000;

/** How often strangers are answered: two rooms must not talk to each other without end. */
const STRANGERS_EVERY_MS = 20_000;

/** How the search for peers stands. */
export interface IMeshState {
  /** Whether a signaling server knows that this peer is here. */
  readonly announced: boolean;
  /** Connections that are being made. */
  readonly arriving: number;
  /** Whether somebody there uses another password. */
  readonly strangers: boolean;
  /** Why a signaling server does not let this peer in, or `null`. */
  readonly refusal: Refusal | null;
}

/** What a mesh needs. */
export interface IMeshOptions {
  /** Name of this peer, new for every page and room. */
  readonly me: string;
  readonly point: IMeetingPoint;
  readonly servers: readonly SignalingServer[];
  readonly ice: IceServers;
  /** A number from [0, 1). */
  readonly chance: () => number;
  /** Called with each new link, before it is open; gives what it is to tell. */
  readonly meet: (link: ILink) => ILinkEvents;
  readonly changed: () => void;
}

/** Finds the peers of one room and connects to each of them. */
export class Mesh {
  private readonly links = new Map<string, RtcLink>();
  /** With which token this side's offers went out; of two that cross the higher one stays. */
  private readonly tokens = new Map<string, number>();
  private iceServers: RTCIceServer[] = [];
  private readonly tabs: Tabs;
  private readonly limit: number;
  private readonly subscriber: ISubscriber;
  private readonly cipher: Promise<Cipher>;
  private readonly refusals = new Map<SignalingServer, Refusal>();
  private reading: Promise<unknown> = Promise.resolve();
  private writing: Promise<unknown> = Promise.resolve();
  private again: ReturnType<typeof setTimeout> | null = null;
  private readonly alone: ReturnType<typeof setInterval>;
  private announced = false;
  private strangers = false;
  private spokeToStrangersAt = Number.NEGATIVE_INFINITY;
  private disposed = false;

  constructor(private readonly options: IMeshOptions) {
    const { chance, me, point, servers } = options;
    this.limit = LIMIT_MIN + Math.floor(chance() * LIMIT_SPREAD);
    this.cipher = Cipher.derive(point.secret, point.topic);
    this.tabs = new Tabs(me, point.topic, options.meet);
    this.subscriber = {
      subscribed: server => {
        this.refusals.delete(server);
        void this.renewIce().then(() => {
          this.announce(server);
        });
      },
      published: (server, data) => {
        // A page that can hold no more connections is no reason to hear nothing any more.
        this.reading = this.reading.then(() => this.read(server, data)).catch(() => undefined);
      },
      refused: (server, code) => {
        this.refusals.set(server, code);
        options.changed();
      },
      changed: options.changed
    };
    for (const server of servers) {
      server.subscribe(point.topic, this.subscriber);
    }
    this.alone = setInterval(() => {
      if (this.links.size === 0) {
        this.announceEverywhere();
      }
    }, ALONE_EVERY_MS);
  }

  get state(): IMeshState {
    return {
      announced: this.announced,
      arriving: [...this.links.values()].filter(link => !link.isOpen).length,
      strangers: this.strangers,
      refusal: [...this.refusals.values()][0] ?? null
    };
  }

  /** Looks for peers again now. */
  search(): void {
    this.announceEverywhere();
  }

  /** Leaves the room: the peers notice at once. */
  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    clearInterval(this.alone);
    if (this.again !== null) {
      clearTimeout(this.again);
    }
    this.tabs.dispose();
    [...this.links.values()].forEach(link => {
      link.close();
    });
    for (const server of this.options.servers) {
      server.unsubscribe(this.options.point.topic);
    }
  }

  // -- Saying ----------------------------------------------------------------------------------------------

  private announceEverywhere(): void {
    for (const server of this.options.servers) {
      if (server.state === 'connected') {
        this.announce(server);
      }
    }
  }

  private announce(server: SignalingServer, to?: string): void {
    if (this.links.size < this.limit) {
      this.publish(server, { ...this.head(to), type: 'announce' });
    }
  }

  private head(to?: string): Pick<Introduction, 'from' | 'to' | 'tandem'> {
    const { me } = this.options;
    return { from: me, tandem: TANDEM, ...(to === undefined ? {} : { to }) };
  }

  /** One after another: an answer must not overtake the candidates before it. */
  private publish(server: SignalingServer, introduction: Introduction): void {
    this.writing = this.writing.then(async () => {
      const sealed = await (await this.cipher).seal(introduction);
      if (!this.disposed) {
        server.publish(this.options.point.topic, sealed);
        if (introduction.type === 'announce' && !this.announced) {
          this.announced = true;
          this.options.changed();
        }
      }
    });
  }

  // -- Hearing ---------------------------------------------------------------------------------------------

  private async read(server: SignalingServer, data: unknown): Promise<void> {
    const value = typeof data === 'string' ? await (await this.cipher).open(data) : undefined;
    if (this.disposed) {
      return;
    }
    if (value === undefined) {
      // Who speaks here knows the room, but not the password.
      this.notice(server);
      return;
    }
    const introduction = readIntroduction(value);
    const { me } = this.options;
    if (
      introduction !== null &&
      introduction.from !== me &&
      (introduction.to ?? me) === me &&
      !this.tabs.has(introduction.from)
    ) {
      this.hear(server, introduction);
    }
  }

  /** Notes that a stranger is here, and says something, so that they find out as well. */
  private notice(server: SignalingServer): void {
    const now = performance.now();
    if (now - this.spokeToStrangersAt > STRANGERS_EVERY_MS) {
      this.spokeToStrangersAt = now;
      this.announce(server);
    }
    if (!this.strangers) {
      this.strangers = true;
      this.options.changed();
    }
  }

  private hear(server: SignalingServer, introduction: Introduction): void {
    const { from, tandem = 0 } = introduction;
    if (introduction.type === 'signal') {
      this.signalled(server, introduction);
      return;
    }
    const known = this.links.get(from);
    if (known !== undefined) {
      // It may have lost a link that this side still takes for alive.
      known.probe();
    } else if (tandem === 0 || this.options.me < from) {
      this.connect(server, from, { tandem: tandem > 0, initiator: true });
    } else {
      // Of two peers of Tandem the lower name makes the offer, so that offers never cross.
      this.announce(server, from);
    }
  }

  private signalled(
    server: SignalingServer,
    introduction: Extract<Introduction, { type: 'signal' }>
  ): void {
    const { from, signal, tandem = 0, token } = introduction;
    const known = this.links.get(from);
    if (signal.type === 'offer') {
      const mine = this.tokens.get(from);
      if (known?.initiator === true && !known.isOpen && mine !== undefined && mine > token) {
        // Offers have crossed; the other side finds the same and answers this one (y-webrtc's rule).
        return;
      }
      if (known !== undefined) {
        // Its side has begun anew; what this side still holds is dead.
        known.close();
      }
      this.connect(server, from, { tandem: tandem > 0, initiator: false });
    }
    this.links.get(from)?.take(signal);
  }

  // -- Connections -----------------------------------------------------------------------------------------

  private connect(
    server: SignalingServer,
    peer: string,
    kind: { tandem: boolean; initiator: boolean }
  ): void {
    if (this.links.size >= this.limit) {
      return;
    }
    const token = Date.now() + this.options.chance();
    if (kind.initiator) {
      this.tokens.set(peer, token);
    }
    let events: ILinkEvents | null = null;
    const link: RtcLink = new RtcLink({
      ...kind,
      peer,
      iceServers: this.iceServers,
      policy: this.options.ice.policy,
      signal: signal => {
        this.publish(server, { ...this.head(peer), type: 'signal', token, signal });
      },
      events: {
        opened: () => {
          events?.opened();
          this.options.changed();
        },
        received: message => events?.received(message),
        closed: () => {
          this.drop(link);
          events?.closed();
          this.lookAgain();
        }
      }
    });
    this.links.set(peer, link);
    events = this.options.meet(link);
    this.options.changed();
    void this.renewIce();
  }

  /** Forgets a link, and tells nobody. */
  private drop(link: RtcLink): void {
    if (this.links.get(link.peer) === link) {
      this.links.delete(link.peer);
      this.tokens.delete(link.peer);
    }
    this.options.changed();
  }

  private lookAgain(): void {
    if (this.disposed || this.again !== null) {
      return;
    }
    this.again = setTimeout(
      () => {
        this.again = null;
        this.announceEverywhere();
      },
      LOOK_AGAIN_MS * (0.5 + this.options.chance() / 2)
    );
  }

  /** Connections begin at once with the servers known by then; what is asked here is for the next one. */
  private async renewIce(): Promise<void> {
    const reached = this.options.servers.filter(({ state }) => state === 'connected');
    this.iceServers = await this.options.ice.list(reached.map(({ url }) => url));
  }
}

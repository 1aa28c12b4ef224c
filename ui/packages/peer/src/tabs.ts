import { Liveness } from '@jupyter-tandem/transports';
import { ANSWER_MS, ASK_EVERY_MS, type ILink, type ILinkEvents } from './link';
import { encodePeer } from './wire';

/** What goes over the channel between tabs. */
interface INote {
  readonly from: string;
  /** Whom it is for; everybody where it is `null`. */
  readonly to: string | null;
  /** `here` begins anew, `welcome` answers it, `gone` takes leave, `message` is for the link. */
  readonly kind: 'here' | 'welcome' | 'message' | 'gone';
  readonly message?: Uint8Array;
}

const KINDS: readonly unknown[] = ['here', 'welcome', 'message', 'gone'];

function readNote(value: unknown): INote | null {
  const note = value as Partial<Record<keyof INote, unknown>> | null;
  return typeof note?.from === 'string' && KINDS.includes(note.kind) ? (note as INote) : null;
}

/** Finds and connects pages of one browser that are in the same room. */
export class Tabs {
  private readonly channel: BroadcastChannel;
  private readonly links = new Map<string, TabLink>();

  /**
   * @param me Name of this page's peer.
   * @param topic The room.
   * @param meet Called with each new link; gives what it is to tell.
   */
  constructor(
    private readonly me: string,
    topic: string,
    private readonly meet: (link: ILink) => ILinkEvents
  ) {
    this.channel = new BroadcastChannel(`jupyter-tandem:${topic}`);
    this.channel.onmessage = ({ data }: MessageEvent) => {
      const note = readNote(data);
      if (note !== null && note.from !== me && (note.to === null || note.to === me)) {
        this.receive(note);
      }
    };
    this.tell({ kind: 'here', to: null });
  }

  /** Whether a peer is a page of this browser: it needs no other connection. */
  has(peer: string): boolean {
    return this.links.has(peer);
  }

  dispose(): void {
    this.tell({ kind: 'gone', to: null });
    this.links.forEach(link => {
      link.end(false);
    });
    this.channel.close();
  }

  private tell(note: Omit<INote, 'from'>): void {
    this.channel.postMessage({ ...note, from: this.me });
  }

  private receive({ from, kind, message }: INote): void {
    if (kind === 'here') {
      // What this side still holds is dead to it.
      this.links.get(from)?.end(true);
      this.connect(from);
      this.tell({ kind: 'welcome', to: from });
      this.links.get(from)?.open();
    } else if (kind === 'welcome') {
      this.connect(from);
      this.links.get(from)?.open();
    } else if (kind === 'gone') {
      this.links.get(from)?.end(true);
    } else if (message instanceof Uint8Array) {
      this.links.get(from)?.receive(message);
    }
  }

  private connect(peer: string): void {
    if (this.links.has(peer)) {
      return;
    }
    const link = new TabLink(peer, {
      send: message => {
        this.tell({ kind: 'message', to: peer, message });
      },
      leave: () => {
        this.tell({ kind: 'gone', to: peer });
      },
      lost: () => {
        // A page that was frozen hears it when it goes on, and one that was never gone at once.
        this.tell({ kind: 'here', to: peer });
      },
      ended: () => {
        this.links.delete(peer);
      }
    });
    this.links.set(peer, link);
    link.events = this.meet(link);
  }
}

/** What a link between tabs is carried by. */
interface ITabCarrier {
  readonly send: (message: Uint8Array) => void;
  readonly leave: () => void;
  /** The peer did not answer; called after `ended`. */
  readonly lost: () => void;
  readonly ended: () => void;
}

/** A connection to another page of this browser. */
class TabLink implements ILink {
  readonly tandem = true;
  events: ILinkEvents | null = null;
  private readonly liveness: Liveness;
  private isOpen = false;
  private isOver = false;

  constructor(
    readonly peer: string,
    private readonly carrier: ITabCarrier
  ) {
    this.liveness = new Liveness({
      everyMs: ASK_EVERY_MS,
      withinMs: ANSWER_MS,
      ping: () => {
        this.send(encodePeer({ type: 'Ping' }));
      },
      dead: () => {
        this.end(true);
        this.carrier.lost();
      }
    });
  }

  open(): void {
    if (!this.isOpen) {
      this.isOpen = true;
      this.liveness.start();
      this.events?.opened();
    }
  }

  receive(message: Uint8Array): void {
    this.liveness.heard();
    this.events?.received(message);
  }

  /** What is over says nothing any more: there may be another link to the same peer. */
  send(message: Uint8Array): void {
    if (!this.isOver) {
      this.carrier.send(message);
    }
  }

  close(): void {
    if (!this.isOver) {
      this.carrier.leave();
      this.end(true);
    }
  }

  route(): Promise<'same-browser'> {
    return Promise.resolve('same-browser');
  }

  /** @param tell Whether the one who holds it is to know. */
  end(tell: boolean): void {
    const { events } = this;
    this.events = null;
    this.isOver = true;
    this.liveness.stop();
    this.carrier.ended();
    if (tell) {
      events?.closed();
    }
  }
}

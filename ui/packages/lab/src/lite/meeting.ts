import {
  meetingPoint,
  Mesh,
  PeerRoom,
  type IceServers,
  type IMeshState,
  type IPeer,
  type IRival,
  type IStance,
  type IWhole,
  type SignalingServer,
  type SignalingState,
  type Verdict
} from '@jupyter-tandem/peer';
import { UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { Awareness } from 'y-protocols/awareness';
import type * as Y from 'yjs';
import type { ILiteConfig } from './config';

/** The ways to others that all documents of a page share. */
export interface IWays {
  readonly config: ILiteConfig;
  /** The signaling servers, connected to when they are first asked for. */
  readonly servers: () => readonly SignalingServer[];
  readonly ice: IceServers;
}

/** What a meeting is about. */
export interface IMeetingOptions {
  readonly ways: IWays;
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  /** Name of the document within the room. */
  readonly document: string;
  readonly stance: () => IStance;
  /** Whether the document can be worked in. */
  readonly live: () => boolean;
  readonly whole: () => IWhole | null;
  /** Applies a peer's update; see `IRoomOptions`. */
  readonly apply: (update: Uint8Array, origin: unknown) => void;
  readonly met: (verdict: Verdict, rival: IRival) => void;
  readonly shared: () => void;
  readonly changed: () => void;
}

const NOBODY: IMeshState = { announced: false, arriving: 0, strangers: false, refusal: null };

/** One document's place in a room: its peers, and the search for them. */
export class Meeting implements IDisposable {
  private readonly servers: readonly SignalingServer[];
  private readonly room: PeerRoom;
  private mesh: Mesh | null = null;
  private disposed = false;

  constructor(private readonly options: IMeetingOptions) {
    this.servers = options.ways.servers();
    this.room = new PeerRoom(options);
    void this.join();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get peers(): readonly IPeer[] {
    return this.room.peers;
  }

  get state(): IMeshState {
    return this.mesh?.state ?? NOBODY;
  }

  get signaling(): readonly SignalingState[] {
    return this.servers.map(({ state }) => state);
  }

  /** To be called whenever the stance changed. */
  stanceChanged(): void {
    this.room.stanceChanged();
  }

  /** Looks for others now, on every way there is. */
  search(): void {
    this.servers.forEach(server => {
      server.retry();
    });
    this.mesh?.search();
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      // Who is left by the mesh must not be told about by the room.
      this.room.dispose();
      this.mesh?.dispose();
    }
  }

  private async join(): Promise<void> {
    const { document, ways } = this.options;
    const { password, prefix, room } = ways.config;
    const point = await meetingPoint({ prefix, name: room, password }, document);
    if (this.disposed) {
      return;
    }
    this.mesh = new Mesh({
      me: UUID.uuid4(),
      point,
      servers: this.servers,
      ice: ways.ice,
      chance: () => Math.random(),
      meet: link => this.room.meet(link),
      changed: this.options.changed
    });
    this.options.changed();
  }
}

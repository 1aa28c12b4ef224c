import type { IDocumentProvider } from '@jupyter/collaborative-drive';
import type { IDocumentProviderFactory, IForkProvider } from '@jupyter/docprovider';
import { CLOSE } from '@jupyter-tandem/protocol';
import { mayWrite, type IContents, type ISessionState } from '@jupyter-tandem/sync';
import type { IAddress } from '@jupyter-tandem/transports';
import { ServerConnection, type User } from '@jupyterlab/services';
import { PromiseDelegate, UUID, type JSONValue } from '@lumino/coreutils';
import { renewed, requestSession, roomAddress, roomOf, type IDocumentSession } from './address';
import { contentAsKept, contentOf, contentOfState } from './content';
import { Keeper } from './keeper';
import {
  findLeft,
  formerName,
  keepsakeName,
  within,
  type IKeepsake,
  type IKeepsakeStore
} from './keepsake';
import { OpenDocument } from './open-document';
import { SaveError } from './saves';
import { RunDesk } from '../execution/run-desk';
import { Synchroniser } from './synchroniser';
import type { IHandover } from './sync-signals';
import { saveSentence, endingSentence } from './sentence';
import type { IDocumentView, ITandemDocument } from './tokens';

/** Key in the document's `state` under which stock front ends write the room's name. */
const DOCUMENT_ID = 'document_id';

/** Tandem's own frames, and big outputs are fetched when somebody looks at them. */
const DIALECT = { tandem: '1', outputs: 'fetch' };

/**
 * How long the browser's database may keep a document from opening, in milliseconds. It answers within a few, or there
 * is something wrong with it.
 */
const FIND_WITHIN_MS = 2_500;

/** What a document provider needs beside what JupyterLab gives it. */
export interface IProviderSurroundings {
  readonly store: IKeepsakeStore;
}

/**
 * Keeps one document in step with its room on the server.
 *
 * Its whole life is: find out what the document is called, take over what was left of it in this browser, connect, and stay so.
 */
export class DocumentProvider
  extends OpenDocument
  implements IDocumentProvider, IForkProvider, ITandemDocument
{
  readonly runs: RunDesk;
  private readonly synchroniser: Synchroniser;
  private readonly settings: ServerConnection.ISettings;
  private readonly user: User.IManager;
  private keeper: Keeper | null = null;
  private readonly identified = new PromiseDelegate<string>();
  private inheriting: Promise<void> | null = null;
  private bequests = new Map<string, IKeepsake>();
  private session: IDocumentSession | null = null;
  private fork: { room: string; lineage: string } | null = null;
  private kept = false;
  private couldWrite = true;

  constructor(
    options: IDocumentProviderFactory.IOptions,
    private readonly surroundings: IProviderSurroundings
  ) {
    super(options);
    this.settings = options.serverSettings ?? ServerConnection.makeSettings();
    this.user = options.user;
    this.synchroniser = new Synchroniser({
      model: this.model,
      resolve: signal => this.resolve(signal),
      closed: (code, reason) => {
        this.onClosed(code, reason);
      },
      surroundings: { window, document },
      now: () => performance.now(),
      chance: () => Math.random()
    });
    this.runs = new RunDesk(this.synchroniser, {
      now: () => performance.now(),
      newKey: () => UUID.uuid4()
    });
    this.connectSignals();
    this.synchroniser.start();
  }

  get view(): IDocumentView {
    const { state: session, pendingSince } = this.synchroniser;
    return {
      session,
      pendingSince: pendingSince === null ? null : Date.now() - (performance.now() - pendingSince),
      kept: this.kept,
      fork: this.fork !== null,
      path: (session.status?.file?.path ?? '') || this.options.path
    };
  }

  /** The path the document was opened at; the server knows better once it has told. */
  get path(): string {
    return this.view.path;
  }

  async save(): Promise<void> {
    try {
      await this.synchroniser.save();
    } catch (error) {
      throw error instanceof SaveError ? new Error(saveSentence(error.failure, this.trans)) : error;
    }
  }

  /** Connects to the document's own room again. */
  reconnect(): Promise<void> {
    this.fork = null;
    this.synchroniser.leave();
    return Promise.resolve();
  }

  retry(): void {
    if (this.fork !== null) {
      // What a fork did to the model would reach the document as if this person had done it.
      this.tellReplaced.emit({ cause: 'version' });
      return;
    }
    this.session = null;
    this.synchroniser.reconnect();
  }

  connectToForkDoc(forkRoomId: string, sessionId: string): Promise<void> {
    this.fork = { room: forkRoomId, lineage: sessionId };
    this.synchroniser.leave();
    return Promise.resolve();
  }

  protected override release(): void {
    window.removeEventListener('pagehide', this.onPageHide);
    this.user.userChanged.disconnect(this.onUserChanged);
    this.keeper?.dispose();
    this.runs.dispose();
    this.synchroniser.dispose();
  }

  private connectSignals(): void {
    const { synchroniser } = this;
    synchroniser.changed.connect((_, state) => {
      this.onChanged(state);
    });
    synchroniser.synced.connect(() => {
      this.nameDocument();
      this.complete();
    });
    synchroniser.replaced.connect((_, replacement) => {
      this.tellReplaced.emit(replacement);
    });
    synchroniser.notified.connect((_, notice) => {
      this.tellNotified.emit(notice);
    });
    synchroniser.strayed.connect(() => {
      this.tellStrayed.emit();
    });
    synchroniser.restoring.connect((_, id) => {
      this.restore(id);
    });
    synchroniser.handedOver.connect((_, handover) => {
      this.onHandedOver(handover);
    });
    window.addEventListener('pagehide', this.onPageHide);
    this.user.userChanged.connect(this.onUserChanged);
    void this.user.ready.then(() => {
      this.onUserChanged();
    });
  }

  /** Other extensions find the room of a document in its `state` (timeline, running on the server). */
  private nameDocument(): void {
    const { ystate } = this.model;
    if (this.session === null || this.fork !== null || !mayWrite(this.synchroniser.state)) {
      return;
    }
    const room = roomOf(this.session);
    if (ystate.get(DOCUMENT_ID) !== room) {
      ystate.set(DOCUMENT_ID, room);
    }
  }

  private onChanged(state: ISessionState): void {
    if (state.pending === 0) {
      this.kept = false;
    }
    if (this.couldWrite && !mayWrite(state)) {
      // Before anything is changed without the right, which must not get among what was done with it.
      this.keeper?.keep();
    }
    this.couldWrite = mayWrite(state);
    this.keeper?.changed(this.synchroniser.pendingSince);
    if (state.ending !== null && !state.loaded) {
      this.fail(new Error(endingSentence(state, this.trans)));
    }
    this.tell();
  }

  private readonly onPageHide = (): void => {
    this.keeper?.keep();
  };

  private readonly onUserChanged = (): void => {
    if (!this.isDisposed && this.user.identity !== null) {
      this.model.awareness.setLocalStateField('user', this.user.identity);
      this.identified.resolve(this.user.identity.username);
    }
  };

  // -- Where the room is -----------------------------------------------------------------------------------

  /**
   * The server is asked for the session once. To connect again the WebSocket alone is opened: when a network comes
   * back, the browser's idle HTTP connections are dead and requests hang on them.
   */
  private async resolve(signal: AbortSignal): Promise<IAddress> {
    if (this.fork !== null) {
      const { room, lineage } = this.fork;
      return roomAddress(room, { sessionId: lineage, ...DIALECT }, this.settings);
    }
    const { contentType, format, path } = this;
    this.session ??= await requestSession({ path, format, contentType }, this.settings, signal);
    const { session } = this;
    await (this.inheriting ??= this.inherit(session));
    return roomAddress(
      roomOf(session),
      { sessionId: session.sessionId, ...DIALECT },
      this.settings
    );
  }

  private onClosed(code: number, reason: string): void {
    if (code === CLOSE.unknownSession && this.session !== null) {
      this.session = renewed(this.session, reason);
    } else if (code === CLOSE.notFound) {
      this.session = null;
    }
  }

  // -- What outlives the page ------------------------------------------------------------------------------

  /**
   * Once the document's id is known: takes over what was left in this browser, and starts to keep.
   *
   * It never rejects: without a database there is nothing to take over, and no reason not to open the document. Nor is
   * there one where JupyterLab does not know who this is; it asks once, and may never be answered.
   */
  private async inherit(session: IDocumentSession): Promise<void> {
    const finding = this.identified.promise
      .then(username => this.findLeft(username, session))
      .catch(() => []);
    const left = await within(FIND_WITHIN_MS, finding);
    if (left === null) {
      void finding.then(late => {
        this.takeOverLate(late);
      });
    } else {
      this.takeOver(left);
    }
  }

  private findLeft(username: string, session: IDocumentSession): Promise<IKeepsake[]> {
    const owner = [username, this.settings.baseUrl] as const;
    const present = keepsakeName(...owner, roomOf(session));
    const former = formerName(...owner, session.fileId);
    this.startKeeping(present);
    return findLeft(this.surroundings.store, { present, former }, this.model);
  }

  private startKeeping(document: string): void {
    if (this.isDisposed) {
      return;
    }
    this.keeper = new Keeper({
      store: this.surroundings.store,
      document,
      now: () => performance.now(),
      gather: () => this.gather(),
      kept: safe => {
        this.kept = safe;
        this.tell();
      }
    });
    // It may be late, and edits may wait already.
    this.keeper.changed(this.synchroniser.pendingSince);
  }

  /** The document is open already; what was left is handed over at the beginning of a connection. */
  private takeOverLate(left: readonly IKeepsake[]): void {
    // In another version they have no place; they stay where they are for the next time.
    if (left.length === 0 || this.isDisposed || this.fork !== null) {
      return;
    }
    this.takeOver(left);
    if (['syncing', 'live'].includes(this.synchroniser.state.phase)) {
      this.synchroniser.leave();
    }
  }

  private takeOver(left: readonly IKeepsake[]): void {
    for (const keepsake of left) {
      this.bequests.set(keepsake.id, keepsake);
      this.synchroniser.inherit({
        id: keepsake.id,
        lineage: keepsake.lineage,
        edits: keepsake.edits,
        contents: () => this.contents(keepsake)
      });
    }
  }

  /** Made only where they are needed: that takes as long as opening the document, and may fail. */
  private contents({ base, ours }: IKeepsake): IContents | null {
    const content = contentAsKept(this.model, ours);
    return content === null ? null : { base: contentAsKept(this.model, base), ours: content };
  }

  private gather(): Omit<IKeepsake, 'id' | 'document'> | null {
    const { lineage, loaded, strays } = this.synchroniser.state;
    if (lineage === null || strays > 0 || !loaded || this.fork !== null) {
      return null;
    }
    const snapshot = this.synchroniser.snapshot();
    return snapshot === null ? null : { lineage, ...snapshot };
  }

  private restore(id: string): void {
    const keepsake = this.bequests.get(id);
    if (keepsake !== undefined) {
      // The edits count as waiting when what is under way has been carried out, which the keeper is told of.
      this.keeper?.adopt(keepsake);
      this.synchroniser.apply(keepsake.ours);
    }
  }

  private onHandedOver(handover: IHandover): void {
    const keepsake = this.bequests.get(handover.id);
    if (keepsake !== undefined && handover.answer.status === 'merged') {
      this.keeper?.discard(keepsake);
    }
    this.tellHandedOver.emit(handover);
  }

  /** The content as it is here, or as it was left in this browser. */
  content(bequest?: string): { content: unknown; name: string } {
    const keepsake = bequest === undefined ? undefined : this.bequests.get(bequest);
    const content = keepsake === undefined ? contentOf(this.model) : this.copyOf(keepsake);
    return { content, name: this.fileName };
  }

  /** Throws where there is none: what cannot be given must not be forgotten. */
  private copyOf({ ours }: IKeepsake): JSONValue {
    return contentAsKept(this.model, ours) ?? contentOfState(this.model, ours);
  }

  /** Forgets what was left, once the person has it. */
  forget(bequest: string): void {
    const keepsake = this.bequests.get(bequest);
    if (keepsake !== undefined) {
      this.bequests.delete(bequest);
      this.keeper?.discard(keepsake);
    }
  }
}

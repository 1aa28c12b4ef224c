import type { IDocumentProvider } from '@jupyter/collaborative-drive';
import type { IDocumentProviderFactory, IForkProvider } from '@jupyter/docprovider';
import type { INotice } from '@jupyter-tandem/protocol';
import type { IPeer, IRival, IStance, IWhole, Standing, Verdict } from '@jupyter-tandem/peer';
import type { Replacement } from '@jupyter-tandem/sync';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PromiseDelegate, type JSONValue } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';
import * as Y from 'yjs';
import { contentOf, touchesContent, type SharedDocument } from '../document/content';
import type { IHandover } from '../document/synchroniser';
import type { IDocumentView, ITandemDocument } from '../document/tokens';
import type { IStatusContext, IStatusText } from '../status/status';
import { adopt, contentIn, digestOf, isBlank, ownHistory, type IAdopted } from './beginning';
import { canonical } from './canonical';
import { DriveFile, movedPath } from './file';
import { HistoryKeeper } from './history-keeper';
import { Meeting } from './meeting';
import { equal } from './merge/value';
import { Searching } from './searching';
import { seed, type IHistory } from './seed';
import type { IHistoryRecord } from './store';
import type { ILiteDocument, ILiteSurroundings } from './tokens';
import { applyUntrusted } from './untrust';
import { inARoom } from './view';
import { liteStatus, type ILiteView } from './words';

/** Origin of the transaction that brings a document's history into its model. */
const BEGINNING = Symbol('beginning');
/** So many peers may leave, or change their mind, while they are asked for the document. */
const ATTEMPTS = 5;

/**
 * Keeps one document of JupyterLite in its file, and in step with its peers.
 *
 * Its whole life is: read the file and what was kept of its history, look for the room, begin with the one or the other,
 * and from then on write down what anybody does.
 */
export class LiteDocument
  implements IDocumentProvider, IForkProvider, ITandemDocument, ILiteDocument
{
  readonly contentType: string;
  readonly format: string;
  readonly model: SharedDocument;
  private readonly trans: TranslationBundle;
  private readonly file: DriveFile;
  private readonly keeper: HistoryKeeper;
  private readonly _ready = new PromiseDelegate<void>();
  private readonly _changed = new Signal<this, IDocumentView>(this);
  private readonly _replaced = new Signal<this, Replacement>(this);
  private readonly _notified = new Signal<this, INotice>(this);
  private readonly _handedOver = new Signal<this, IHandover>(this);
  private readonly _strayed = new Signal<this, void>(this);
  private meeting: Meeting | null = null;
  private searching: Searching | null = null;
  private phase: ILiteView['phase'] = 'opening';
  private candidate: IHistory | null = null;
  private standing: Standing = 0;
  /** Whether somebody else has the same history. */
  private shared = false;
  private name: string;
  private saved = '';
  private apart = false;
  private moving = false;
  private disposed = false;

  constructor(
    private readonly options: IDocumentProviderFactory.IOptions,
    private readonly surroundings: ILiteSurroundings
  ) {
    this.contentType = options.contentType;
    this.format = options.format;
    this.model = options.model;
    this.trans = options.translator;
    this.name = options.path;
    this.file = new DriveFile({
      ...options,
      content: () => contentOf(this.model),
      changed: this.tell,
      written: content => {
        this.onWritten(content);
      }
    });
    this.keeper = new HistoryKeeper({
      store: surroundings.store,
      now: () => performance.now(),
      gather: () => this.record()
    });
    this._ready.promise.catch(() => undefined);
    surroundings.identity.changed.connect(this.introduce);
    this.introduce();
    window.addEventListener('pagehide', this.onPageHide);
    window.addEventListener('pageshow', this.onPageShow);
    options.drive.fileChanged.connect(this.onFileChanged);
    this.open().catch((error: unknown) => {
      this._ready.reject(error);
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Resolves when the document is there; rejects where its file cannot be read. */
  get ready(): Promise<void> {
    return this._ready.promise;
  }

  get path(): string {
    return this.file.path;
  }

  get view(): IDocumentView {
    return inARoom({ path: this.path, loaded: this.phase === 'open' });
  }

  get liteView(): ILiteView {
    const { config } = this.surroundings.ways;
    const { strangers, refusal } = this.meeting?.state ?? { strangers: false, refusal: null };
    return {
      phase: this.phase,
      obstacle: config.obstacle,
      flaws: config.flaws,
      room: config.room,
      apart: this.apart,
      peers: this.peers.filter(({ together }) => together).length,
      signaling: this.meeting?.signaling ?? [],
      refusal,
      strangers,
      pendingSince: this.file.pendingSince,
      problem: this.file.problem,
      savedAt: this.file.savedAt
    };
  }

  get peers(): readonly IPeer[] {
    return this.meeting?.peers ?? [];
  }

  get changed(): ISignal<this, IDocumentView> {
    return this._changed;
  }

  get replaced(): ISignal<this, Replacement> {
    return this._replaced;
  }

  get notified(): ISignal<this, INotice> {
    return this._notified;
  }

  /** Never told: there is no server that anything could be handed over to. */
  get handedOver(): ISignal<this, IHandover> {
    return this._handedOver;
  }

  /** Never told: peers of a room have no rights to be without. */
  get strayed(): ISignal<this, void> {
    return this._strayed;
  }

  /** How the document stands, in words. */
  status(context: IStatusContext): IStatusText {
    return liteStatus(this.liteView, context);
  }

  async save(): Promise<void> {
    await this.ready;
    await this.file.write();
  }

  /** Looks for others now; who stays apart is asked again. */
  retry(): void {
    if (this.apart) {
      this.apart = false;
      this.join();
    } else {
      this.meeting?.search();
    }
    this.tell();
  }

  /** Part of what other extensions expect of a provider; without a server there are no forks to come back from. */
  reconnect(): Promise<void> {
    this.retry();
    return Promise.resolve();
  }

  connectToForkDoc(): Promise<void> {
    return Promise.reject(new Error(this.trans.__('Versions need a server.')));
  }

  content(): { content: unknown; name: string } {
    return { content: contentOf(this.model), name: this.path.split('/').at(-1) ?? 'document' };
  }

  /** Nothing is handed over here, so there is nothing to forget. */
  forget(): void {
    return;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.keeper.dispose();
    if (this.file.pendingSince !== null) {
      this.file.write().catch(() => undefined);
    }
    this.disposed = true;
    window.removeEventListener('pagehide', this.onPageHide);
    window.removeEventListener('pageshow', this.onPageShow);
    this.surroundings.identity.changed.disconnect(this.introduce);
    this.options.drive.fileChanged.disconnect(this.onFileChanged);
    this.model.ydoc.off('update', this.onUpdate);
    this.searching?.end(null);
    this.meeting?.dispose();
    this._ready.reject(new Error(this.trans.__('The document was closed before it was loaded.')));
    Signal.clearData(this);
  }

  // -- Beginning -------------------------------------------------------------------------------------------

  private async open(): Promise<void> {
    const read = await this.file.read();
    this.saved = await digestOf(read);
    const shared = await this.recollect(read);
    if (!this.isDisposed && this.surroundings.ways.config.obstacle === null) {
      this.phase = 'searching';
      this.join();
      await this.lookForRoom();
    }
    const history = this.candidate ?? (await seed(this.model, read));
    if (!this.isDisposed) {
      this.begin(history, read, shared);
    }
  }

  /**
   * Finds out what history the file has.
   *
   * @returns Whether somebody else has it, too.
   */
  private async recollect(read: JSONValue): Promise<boolean> {
    const { room, store } = this.surroundings;
    // A browser that keeps nothing has no history, and opens the file all the same.
    const record = room === '' ? null : await store.get(room, this.path).catch(() => null);
    this.name = record?.name ?? this.path;
    this.candidate = await ownHistory(this.model, read, record);
    this.standing = isBlank(read) ? 0 : 1;
    return record?.shared ?? false;
  }

  private join(): void {
    this.meeting = new Meeting({
      ways: this.surroundings.ways,
      doc: this.model.ydoc,
      awareness: this.model.awareness,
      document: `${this.format}:${this.contentType}:${this.name}`,
      stance: () => this.stance,
      live: () => this.phase === 'open',
      whole: () => this.whole(),
      apply: (update, origin) => {
        applyUntrusted(this.model.ydoc, update, origin);
      },
      met: (verdict, rival) => {
        this.onMet(verdict, rival);
      },
      shared: () => {
        this.onShared();
      },
      changed: () => {
        this.searching?.changed();
        this.tell();
      }
    });
  }

  /** Waits for the room, and goes over to its history where that is another one. */
  private async lookForRoom(): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const rival = await this.search();
      if (rival === null || this.isDisposed) {
        return;
      }
      const whole = await rival.ask().catch(() => null);
      if (whole === null || !rival.isCurrent()) {
        continue;
      }
      const mine = this.candidate === null ? '' : contentIn(this.model, this.candidate.state);
      const adopted = await this.adopt(whole, mine);
      if (adopted === null) {
        this.leave();
        return;
      }
      if (rival.isCurrent()) {
        this.candidate = adopted.history;
        return;
      }
    }
  }

  private async search(): Promise<IRival | null> {
    this.searching = new Searching(
      () => ({
        announced: this.meeting?.state.announced ?? false,
        arriving: this.meeting?.state.arriving ?? 0,
        signaling: this.meeting?.signaling ?? [],
        empty: this.candidate === null
      }),
      () => performance.now()
    );
    this.tell();
    // Whoever is here already says so again.
    this.meeting?.stanceChanged();
    const found = await this.searching.done;
    this.searching = null;
    return found;
  }

  private begin(history: IHistory, read: JSONValue, shared: boolean): void {
    const { ydoc } = this.model;
    Y.applyUpdate(ydoc, history.state, BEGINNING);
    this.candidate = history;
    this.shared = shared;
    this.phase = 'open';
    this.settle();
    ydoc.on('update', this.onUpdate);
    if (!equal(canonical(contentOf(this.model)), read)) {
      this.file.edited();
    }
    this.keeper.changed();
    this._ready.resolve();
    this.meeting?.stanceChanged();
    this.tell();
  }

  // -- Meeting others --------------------------------------------------------------------------------------

  private get stance(): IStance {
    return { lineage: this.candidate?.lineage ?? null, standing: this.standing };
  }

  private whole(): IWhole | null {
    if (this.candidate === null) {
      return null;
    }
    const { lineage, state } = this.candidate;
    return {
      lineage,
      update: this.phase === 'open' ? Y.encodeStateAsUpdate(this.model.ydoc) : state
    };
  }

  private onMet(verdict: Verdict, rival: IRival): void {
    this.searching?.met(verdict, rival);
    if (verdict === 'yield' && this.phase === 'open' && !this.moving) {
      this.moving = true;
      this.move(rival)
        .catch(() => undefined)
        .finally(() => {
          this.moving = false;
        });
    }
  }

  private onShared(): void {
    this.shared = true;
    this.keeper.changed();
    if (this.settle()) {
      // Not while the room is going through its peers.
      queueMicrotask(() => {
        this.meeting?.stanceChanged();
      });
    }
  }

  /**
   * Stands as firmly as there is reason to; what nobody would miss yields to everything.
   *
   * @returns Whether that is firmer than before.
   */
  private settle(): boolean {
    const standing = this.shared ? 3 : 2;
    if (this.standing >= standing || isBlank(contentOf(this.model))) {
      return false;
    }
    this.standing = standing;
    return true;
  }

  /** Goes over to the history of a room that was met while the document is worked in. */
  private async move(rival: IRival): Promise<void> {
    for (;;) {
      const whole = await rival.ask();
      const mine = canonical(contentOf(this.model));
      const adopted = rival.isCurrent() ? await this.adopt(whole, mine) : null;
      if (this.isDisposed || !rival.isCurrent()) {
        return;
      }
      if (adopted === null) {
        this.leave();
        return;
      }
      await this.keepInstead(adopted);
      if (equal(canonical(contentOf(this.model)), mine)) {
        this.giveWay(adopted);
        return;
      }
      // Something was written meanwhile: once more, with that.
    }
  }

  /** Keeps another history in place of the present one, which begins anew with it. */
  private async keepInstead({ history }: IAdopted): Promise<void> {
    const { room, store } = this.surroundings;
    await this.file.write().catch(() => undefined);
    await this.keeper.settled();
    const { lineage, state } = history;
    const { name, path, saved } = this;
    await store.put({ room, path, name, lineage, state, saved, shared: true });
  }

  private giveWay({ conflicts, merged }: IAdopted): void {
    this.keeper.abandon();
    this.file.stop();
    const { trans } = this;
    const message = merged
      ? trans.__('Your copy was merged into the document of the room.')
      : trans.__('The document of the room is shown now.');
    const places = trans._n(
      '%1 place had been changed on both sides: both versions are there.',
      '%1 places had been changed on both sides: both versions are there.',
      conflicts
    );
    this._notified.emit({
      code: 'room',
      message: conflicts > 0 ? `${message} ${places}` : message
    });
    this._replaced.emit({ cause: 'version' });
  }

  private adopt(whole: IWhole, mine: JSONValue): Promise<IAdopted | null> {
    const { surroundings } = this;
    return adopt({
      model: this.model,
      whole,
      mine,
      base: () => surroundings.original(this.path, this.format),
      ask: async difference => {
        const choice = await surroundings.ask(this.path, difference);
        if (choice !== 'apart') {
          await surroundings.keepCopies(this.file, difference);
        }
        return choice;
      }
    });
  }

  private leave(): void {
    this.apart = true;
    this.meeting?.dispose();
    this.meeting = null;
    this.tell();
  }

  // -- Keeping ---------------------------------------------------------------------------------------------

  private record(): IHistoryRecord | null {
    const { room } = this.surroundings;
    const { candidate, name, path, phase, saved, shared } = this;
    if (room === '' || candidate === null || phase !== 'open') {
      return null;
    }
    const state = Y.encodeStateAsUpdate(this.model.ydoc);
    return { room, path, name, lineage: candidate.lineage, state, saved, shared };
  }

  private onWritten(content: JSONValue): void {
    if (this.model.dirty && this.file.pendingSince === null && !this.disposed) {
      this.model.dirty = false;
    }
    void digestOf(content).then(digest => {
      this.saved = digest;
      this.keeper.changed();
    });
  }

  private readonly onUpdate = (
    _update: Uint8Array,
    _origin: unknown,
    _doc: Y.Doc,
    transaction: Y.Transaction
  ): void => {
    this.keeper.changed();
    if (touchesContent(transaction)) {
      this.file.edited();
      if (this.standing === 0 && this.settle()) {
        this.meeting?.stanceChanged();
      }
    }
  };

  private readonly onPageHide = (): void => {
    this.keeper.keep();
    if (this.file.pendingSince !== null) {
      this.file.write().catch(() => undefined);
    }
    this.meeting?.dispose();
    this.meeting = null;
  };

  /** The browser may take a page out of its cache as if it had never gone. */
  private readonly onPageShow = ({ persisted }: PageTransitionEvent): void => {
    const { obstacle } = this.surroundings.ways.config;
    if (persisted && this.meeting === null && obstacle === null && !this.apart) {
      this.join();
    }
  };

  /** A file that is renamed here stays the room's document; the others' files keep their names. */
  private readonly onFileChanged = (_: unknown, change: Contents.IChangedArgs): void => {
    const from = this.path;
    const to = change.type === 'rename' ? movedPath(from, change) : from;
    if (to !== from) {
      this.file.path = to;
      this.keeper.moved({ room: this.surroundings.room, path: from });
      this.tell();
    }
  };

  private readonly introduce = (): void => {
    this.model.awareness.setLocalStateField('user', this.surroundings.identity.user);
  };

  private readonly tell = (): void => {
    if (!this.disposed) {
      this._changed.emit(this.view);
    }
  };
}

import type { IDocumentProvider } from '@jupyter/collaborative-drive';
import type { IDocumentProviderFactory, IForkProvider } from '@jupyter/docprovider';
import type { IPeer, IRival, IWhole, Verdict } from '@jupyter-tandem/peer';
import type { Contents } from '@jupyterlab/services';
import type { JSONValue } from '@lumino/coreutils';
import * as Y from 'yjs';
import { contentOf, touchesContent } from '../document/content';
import { OpenDocument } from '../document/open-document';
import type { IDocumentView, ITandemDocument } from '../document/tokens';
import type { IStatusContext, IStatusText } from '../status/status';
import type { IAdopted } from './beginning';
import { canonical } from './canonical';
import { APART, Changeover } from './changeover';
import { DriveFile, movedPath } from './file';
import { Footing } from './footing';
import { Meeting } from './meeting';
import { equal } from './merge/value';
import { Past, type IHeld } from './past';
import { Searching } from './searching';
import { seed, type IHistory } from './seed';
import type { ILiteDocument, ILiteSurroundings } from './tokens';
import { applyUntrusted } from './untrust';
import { inARoom, liteView } from './view';
import { adoptionNews, failureNews, liteStatus, lossNews, type ILiteView } from './words';

/** Origin of the transaction that brings a document's history into its model. */
const BEGINNING = Symbol('beginning');
/** Origin of what another page of this browser has kept. */
const ANOTHER_PAGE = Symbol('another page');

/**
 * Keeps one document of JupyterLite in its file, and in step with its peers.
 *
 * Its whole life is: read the file and what was kept of its history, look for the room, begin with the one or the other,
 * and from then on write down what anybody does.
 */
export class LiteDocument
  extends OpenDocument
  implements IDocumentProvider, IForkProvider, ITandemDocument, ILiteDocument
{
  private readonly file: DriveFile;
  private readonly past: Past;
  private readonly footing = new Footing();
  private readonly changeover: Changeover;
  private meeting: Meeting | null = null;
  private searching: Searching | null = null;
  private phase: ILiteView['phase'] = 'opening';
  private apart = false;

  constructor(
    options: IDocumentProviderFactory.IOptions,
    private readonly surroundings: ILiteSurroundings
  ) {
    super(options);
    this.file = this.makeFile();
    this.past = this.makePast();
    this.changeover = new Changeover({
      model: this.model,
      file: this.file,
      surroundings: {
        ...surroundings,
        original: async (path, format) =>
          this.footing.original ?? (await surroundings.original(path, format))
      },
      replace: history => this.past.replace(history),
      isOver: () => this.isDisposed,
      failed: reason => {
        this.tellNotified.emit({ code: 'room', message: failureNews(reason, this.trans) });
      }
    });
    surroundings.identity.changed.connect(this.introduce);
    this.introduce();
    window.addEventListener('pagehide', this.onPageHide);
    window.addEventListener('pageshow', this.onPageShow);
    options.drive.fileChanged.connect(this.onFileChanged);
    this.open().catch((error: unknown) => {
      this.fail(error);
    });
  }

  get path(): string {
    return this.file.path;
  }

  get view(): IDocumentView {
    return inARoom({ path: this.path, loaded: this.phase === 'open' });
  }

  get liteView(): ILiteView {
    const { apart, file, meeting, phase } = this;
    return liteView({ apart, config: this.surroundings.ways.config, file, meeting, phase });
  }

  get peers(): readonly IPeer[] {
    return this.meeting?.peers ?? [];
  }

  /** How the document stands, in words. */
  status(context: IStatusContext): IStatusText {
    return liteStatus(this.liteView, context);
  }

  async save(): Promise<void> {
    await this.ready;
    await this.file.write();
  }

  /** Looks for others now, and tries again to come together with who is there; who stays apart is asked again. */
  retry(): void {
    if (this.apart) {
      this.apart = false;
      this.join();
    } else {
      this.meeting?.search();
      this.meeting?.stanceChanged();
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
    return { content: contentOf(this.model), name: this.fileName };
  }

  /** Nothing is handed over here, so there is nothing to forget. */
  forget(): void {
    return;
  }

  protected override release(): void {
    this.past.dispose();
    if (this.file.pendingSince !== null) {
      this.file.write().catch(() => undefined);
    }
    window.removeEventListener('pagehide', this.onPageHide);
    window.removeEventListener('pageshow', this.onPageShow);
    this.surroundings.identity.changed.disconnect(this.introduce);
    this.options.drive.fileChanged.disconnect(this.onFileChanged);
    this.model.ydoc.off('update', this.onUpdate);
    this.searching?.end(null);
    this.meeting?.dispose();
  }

  // -- Beginning -------------------------------------------------------------------------------------------

  private async open(): Promise<void> {
    const file = await this.file.read();
    const { content, history, lost, shared } = await this.past.recollect(file);
    this.footing.take(history, content);
    if (!this.isDisposed && this.surroundings.ways.config.obstacle === null) {
      this.phase = 'searching';
      void this.askForOriginal();
      this.join();
      await this.lookForRoom();
    }
    const first = this.footing.history ?? (await seed(this.model, content));
    if (!this.isDisposed) {
      this.begin(first, shared);
      if (!equal(canonical(contentOf(this.model)), file)) {
        this.file.edited();
      }
      if (lost) {
        this.tellNotified.emit({ code: 'room', message: lossNews(this.trans) });
      }
    }
  }

  /** Nothing waits for the answer: it is about who gives way, which is clear without it as well. */
  private async askForOriginal(): Promise<void> {
    this.footing.original = await this.surroundings.original(this.path, this.format);
  }

  /** Waits for the room, and goes over to its history where that is another one. */
  private async lookForRoom(): Promise<void> {
    const found = await this.changeover.before(this.footing.history, () => this.search());
    if (found === APART) {
      this.leave();
    } else {
      this.footing.history = found;
    }
  }

  private async search(): Promise<IRival | null> {
    this.searching = new Searching(
      () => ({
        announced: this.meeting?.state.announced ?? false,
        arriving: this.meeting?.state.arriving ?? 0,
        signaling: this.meeting?.signaling ?? [],
        empty: this.footing.history === null
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

  private begin(history: IHistory, shared: boolean): void {
    const { ydoc } = this.model;
    Y.applyUpdate(ydoc, history.state, BEGINNING);
    this.phase = 'open';
    this.footing.begin(history, shared, contentOf(this.model));
    ydoc.on('update', this.onUpdate);
    this.past.changed();
    this.complete();
    this.meeting?.stanceChanged();
    this.tell();
  }

  // -- Meeting others --------------------------------------------------------------------------------------

  private join(): void {
    this.meeting = new Meeting({
      ways: this.surroundings.ways,
      doc: this.model.ydoc,
      awareness: this.model.awareness,
      document: this.past.document,
      stance: () => this.footing.stance,
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

  private leave(): void {
    this.apart = true;
    this.meeting?.dispose();
    this.meeting = null;
    this.tell();
  }

  private whole(): IWhole | null {
    const held = this.held() ?? this.footing.history;
    return held === null ? null : { lineage: held.lineage, update: held.state };
  }

  private onMet(verdict: Verdict, rival: IRival): void {
    this.searching?.met(verdict, rival);
    if (verdict === 'yield' && this.phase === 'open') {
      void this.goOver(rival);
    }
    this.tell();
  }

  private async goOver(rival: IRival): Promise<void> {
    const found = await this.changeover.during(rival);
    if (found === APART) {
      this.leave();
    } else if (found !== null) {
      this.giveWay(found);
    }
  }

  private giveWay(adopted: IAdopted): void {
    this.past.abandon();
    this.file.stop();
    this.tellNotified.emit({ code: 'room', message: adoptionNews(adopted, this.trans) });
    this.tellReplaced.emit({ cause: 'version' });
  }

  private onShared(): void {
    const firmer = this.footing.share(contentOf(this.model));
    this.past.changed();
    if (firmer) {
      // Not while the room is going through its peers.
      queueMicrotask(() => {
        this.meeting?.stanceChanged();
      });
    }
  }

  private readonly introduce = (): void => {
    this.model.awareness.setLocalStateField('user', this.surroundings.identity.user);
  };

  // -- Keeping ---------------------------------------------------------------------------------------------

  private makeFile(): DriveFile {
    return new DriveFile({
      ...this.options,
      content: () => contentOf(this.model),
      changed: this.tell,
      writing: digest => {
        this.past.writing(digest);
      },
      written: digest => {
        this.onWritten(digest);
      }
    });
  }

  private makePast(): Past {
    const { room, store } = this.surroundings;
    return new Past({
      store,
      room,
      kind: `${this.format}:${this.contentType}`,
      model: this.model,
      path: () => this.path,
      held: () => this.held(),
      pending: () => this.file.unsaved,
      learn: state => {
        applyUntrusted(this.model.ydoc, state, ANOTHER_PAGE);
      }
    });
  }

  /** The document's history as it is now, once it is open. */
  private held(): IHeld | null {
    const { history, shared } = this.footing;
    return history === null || this.phase !== 'open'
      ? null
      : { lineage: history.lineage, state: Y.encodeStateAsUpdate(this.model.ydoc), shared };
  }

  private onWritten(digest: string): void {
    if (this.model.dirty && this.file.pendingSince === null && !this.isDisposed) {
      this.model.dirty = false;
    }
    this.past.written(digest);
  }

  private readonly onUpdate = (
    _update: Uint8Array,
    _origin: unknown,
    _doc: Y.Doc,
    transaction: Y.Transaction
  ): void => {
    this.past.changed();
    if (touchesContent(transaction)) {
      this.file.edited();
      if (this.footing.fill((): JSONValue => contentOf(this.model))) {
        this.meeting?.stanceChanged();
      }
    }
  };

  private readonly onPageHide = (): void => {
    this.past.keep();
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
      this.past.moved(from);
      this.tell();
    }
  };
}

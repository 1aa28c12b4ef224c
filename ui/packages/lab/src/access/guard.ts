import type { IRights } from '@jupyter-tandem/protocol';
import { Notification } from '@jupyterlab/apputils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { download } from '../document/download';
import { isLocked } from '../document/locked';
import type { ITandemDocument } from '../document/tokens';
import { Curtain } from './curtain';
import { lockedSentence } from './gated';
import { accessNews } from './news';
import { Shield } from './shield';

const NEWS_MS = 10_000;

/** What a guard needs. */
export interface IAccessGuardOptions {
  readonly document: ITandemDocument;
  readonly widget: IDocumentWidget;
  readonly trans: TranslationBundle;
  /** Tells the person why something does not happen. */
  readonly refuse: (reason: string) => void;
  /** Called when the document is locked or unlocked. */
  readonly changed: () => void;
}

/** Shows in a document's widget what this person may do to the document, and what has become of it. */
export class AccessGuard implements IDisposable {
  private readonly shield: Shield;
  private curtain: Curtain | null = null;
  private rights: IRights | null = null;
  private role = '';
  private told: string | null = null;
  private disposed = false;

  constructor(private readonly options: IAccessGuardOptions) {
    const { document, widget, trans, refuse } = options;
    this.shield = new Shield(widget.node, () => {
      refuse(lockedSentence(document.view, trans));
    });
    document.changed.connect(this.follow);
    widget.disposed.connect(() => {
      this.dispose();
    });
    this.follow();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.options.document.changed.disconnect(this.follow);
      this.shield.dispose();
    }
  }

  private readonly follow = (): void => {
    const { view } = this.options.document;
    const locked = isLocked(view);
    const role = view.session.rights?.role ?? '';
    if (locked !== this.shield.up || role !== this.role) {
      this.shield.up = locked;
      this.role = role;
      this.options.changed();
    }
    this.tell();
    this.draw();
  };

  /** Tells of a change of role while the person is in the document. */
  private tell(): void {
    const { document, trans } = this.options;
    const { session, path } = document.view;
    if (session.phase !== 'live' || session.rights === null) {
      return;
    }
    const name = path.split('/').at(-1) ?? path;
    const news = accessNews(this.rights, session.rights, name, session.pending, trans);
    this.rights = session.rights;
    if (news !== null) {
      this.hush();
      this.told = Notification.emit(news.message, news.type, {
        autoClose: news.copy ? false : NEWS_MS,
        actions: news.copy ? [{ label: trans.__('Download a copy'), callback: this.download }] : []
      });
    }
  }

  /** Draws the curtain over a document that was open and is not allowed any more, and away again. */
  private draw(): void {
    const { document, trans, widget } = this.options;
    const { session } = document.view;
    const gone = session.loaded && ['not-allowed', 'not-found'].includes(session.ending ?? '');
    if (!gone) {
      this.curtain?.node.remove();
      this.curtain = null;
    } else if (this.curtain === null) {
      this.hush();
      this.curtain = new Curtain({ document, trans, download: this.download });
      this.curtain.hang(widget.node);
    } else {
      this.curtain.update();
    }
    widget.content.node.inert = gone;
    widget.toolbar.node.inert = gone;
  }

  /** What was told before is not so any more. */
  private hush(): void {
    if (this.told !== null) {
      Notification.dismiss(this.told);
      this.told = null;
    }
  }

  private readonly download = (): void => {
    const { content, name } = this.options.document.content();
    download(name, content);
  };
}

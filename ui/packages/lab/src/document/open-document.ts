import type { IDocumentProviderFactory } from '@jupyter/docprovider';
import type { INotice } from '@jupyter-tandem/protocol';
import type { Replacement } from '@jupyter-tandem/sync';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { SharedDocument } from './content';
import type { IHandover } from './sync-signals';
import type { IDocumentView } from './tokens';

/** What a document is to others, wherever its room is: how it stands, what it tells, and that it ends. */
export abstract class OpenDocument implements IDisposable {
  readonly contentType: string;
  readonly format: string;
  readonly model: SharedDocument;
  protected readonly trans: TranslationBundle;
  protected readonly tellReplaced = new Signal<this, Replacement>(this);
  protected readonly tellNotified = new Signal<this, INotice>(this);
  protected readonly tellHandedOver = new Signal<this, IHandover>(this);
  protected readonly tellStrayed = new Signal<this, void>(this);
  private readonly _changed = new Signal<this, IDocumentView>(this);
  private readonly loading = new PromiseDelegate<void>();
  private disposed = false;

  constructor(protected readonly options: IDocumentProviderFactory.IOptions) {
    this.contentType = options.contentType;
    this.format = options.format;
    this.model = options.model;
    this.trans = options.translator;
    // Who will wait for it is up to others; a rejection nobody waits for is no fault.
    this.loading.promise.catch(() => undefined);
  }

  abstract get view(): IDocumentView;

  /** Where the file is, as far as is known here. */
  abstract get path(): string;

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Resolves when the document is complete; rejects with a sentence where it never will be. */
  get ready(): Promise<void> {
    return this.loading.promise;
  }

  get changed(): ISignal<this, IDocumentView> {
    return this._changed;
  }

  get replaced(): ISignal<this, Replacement> {
    return this.tellReplaced;
  }

  get notified(): ISignal<this, INotice> {
    return this.tellNotified;
  }

  get handedOver(): ISignal<this, IHandover> {
    return this.tellHandedOver;
  }

  get strayed(): ISignal<this, void> {
    return this.tellStrayed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.release();
    this.fail(new Error(this.trans.__('The document was closed before it was loaded.')));
    Signal.clearData(this);
  }

  /** Lets go of everything; called once, when the document is closed. */
  protected abstract release(): void;

  /** The document is complete. */
  protected complete(): void {
    this.loading.resolve();
  }

  /** The document never will be complete; changes nothing where it is. */
  protected fail(error: unknown): void {
    this.loading.reject(error);
  }

  /** Something about how it stands has changed. */
  protected readonly tell = (): void => {
    if (!this.disposed) {
      this._changed.emit(this.view);
    }
  };

  /** A name for a copy of it. */
  protected get fileName(): string {
    return this.path.split('/').at(-1) ?? 'document';
  }
}

import type { IDocumentProviderFactory } from '@jupyter/docprovider';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ITandemDocument, ITandemDocuments } from '../document/tokens';
import { LiteDocument } from './document';
import type { ILiteSurroundings } from './tokens';

/** Makes the documents of JupyterLite, and knows which one belongs to which model. */
export class LiteDocuments implements IDocumentProviderFactory, ITandemDocuments {
  private readonly documents = new WeakMap<object, LiteDocument>();
  private readonly _added = new Signal<this, ITandemDocument>(this);

  constructor(readonly surroundings: ILiteSurroundings) {}

  get added(): ISignal<this, ITandemDocument> {
    return this._added;
  }

  create(options: IDocumentProviderFactory.IOptions): LiteDocument {
    const document = new LiteDocument(options, this.surroundings);
    this.documents.set(options.model, document);
    this._added.emit(document);
    return document;
  }

  find(model: unknown): LiteDocument | null {
    return typeof model === 'object' && model !== null ? (this.documents.get(model) ?? null) : null;
  }
}

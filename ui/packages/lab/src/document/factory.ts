import type { IDocumentProviderFactory } from '@jupyter/docprovider';
import { Signal, type ISignal } from '@lumino/signaling';
import { DocumentProvider, type IProviderSurroundings } from './provider';
import type { ITandemDocument, ITandemDocuments } from './tokens';

/** Makes document providers, and knows which one belongs to which model. */
export class DocumentProviderFactory implements IDocumentProviderFactory, ITandemDocuments {
  private readonly documents = new WeakMap<object, DocumentProvider>();
  private readonly _added = new Signal<this, ITandemDocument>(this);

  constructor(private readonly surroundings: IProviderSurroundings) {}

  get added(): ISignal<this, ITandemDocument> {
    return this._added;
  }

  create(options: IDocumentProviderFactory.IOptions): DocumentProvider {
    const provider = new DocumentProvider(options, this.surroundings);
    this.documents.set(options.model, provider);
    this._added.emit(provider);
    return provider;
  }

  find(model: unknown): ITandemDocument | null {
    return typeof model === 'object' && model !== null ? (this.documents.get(model) ?? null) : null;
  }
}

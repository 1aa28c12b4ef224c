import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IAwarenessProviderFactory, IDocumentProviderFactory } from '@jupyter/docprovider';
import {
  AwarenessProviderFactory,
  DocumentProviderFactory,
  EverybodyFactory,
  ITandemDocuments,
  KeepsakeDatabase,
  LiteDocuments
} from '@jupyter-tandem/lab';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';
import { isLitePage, liteDocuments } from './lite';

/** The documents of this page, and how they stand. */
export const documents: JupyterFrontEndPlugin<ITandemDocuments> = {
  id: '@jupyter-tandem/lab-extension:documents',
  description: 'Keeps documents in step with the server, and unsaved edits in the browser.',
  provides: ITandemDocuments,
  optional: [ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): ITandemDocuments | Promise<ITandemDocuments> => {
    if (isLitePage()) {
      return liteDocuments(app, registry, (translator ?? nullTranslator).load('jupyter_tandem'));
    }
    return new DocumentProviderFactory({ store: new KeepsakeDatabase(UUID.uuid4()) });
  }
};

/** The same, where the collaborative content provider looks for it. */
export const documentProvider: JupyterFrontEndPlugin<IDocumentProviderFactory> = {
  id: '@jupyter-tandem/lab-extension:document-provider',
  description: 'Provides documents to the collaborative content provider.',
  requires: [ITandemDocuments],
  provides: IDocumentProviderFactory,
  activate: (_app: JupyterFrontEnd, tandem: ITandemDocuments): IDocumentProviderFactory => tandem
};

/** Who is on the server. */
export const awarenessProvider: JupyterFrontEndPlugin<IAwarenessProviderFactory> = {
  id: '@jupyter-tandem/lab-extension:awareness-provider',
  description: 'Carries the awareness of rooms that hold no document.',
  requires: [ITandemDocuments],
  provides: IAwarenessProviderFactory,
  activate: (_app: JupyterFrontEnd, tandem: ITandemDocuments): IAwarenessProviderFactory =>
    tandem instanceof LiteDocuments
      ? new EverybodyFactory(tandem.surroundings)
      : new AwarenessProviderFactory()
};

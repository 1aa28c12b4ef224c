import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { Drive, type Contents } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import { RtcContentProvider, type IDocumentProviderFactory } from '@jupyter/docprovider';
import { ITandemDocuments } from '@jupyter-tandem/lab';

/** What others share on this Hub is in a drive of this name: `Shared:alice/notes.ipynb`. */
export const DRIVE = 'Shared';
/** Where the server answers for it. */
const ENDPOINT = 'tandem/hub/contents';
/** The content provider that documents ask for. */
const COLLABORATIVE = 'rtc';

/**
 * The drive of what others share, in servers of a JupyterHub. It is there before the Hub's service is known to
 * be, so that tabs of a restored layout find it.
 */
export const hubDrive: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:hub-drive',
  description: 'Opens documents that others share with you on a JupyterHub.',
  autoStart: true,
  requires: [ITandemDocuments, ICollaborativeContentProvider],
  optional: [IDocumentManager, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    documents: ITandemDocuments,
    own: ICollaborativeContentProvider,
    documentManager: IDocumentManager | null,
    translator: ITranslator | null
  ): void => {
    if (PageConfig.getOption('hubUser') === '' || PageConfig.getOption('tandemGuest') === 'true') {
      return;
    }
    const { contents, serverSettings, user } = app.serviceManager;
    const drive = new Drive({ name: DRIVE, apiEndpoint: ENDPOINT, serverSettings });
    const provider = new RtcContentProvider({
      currentDrive: drive,
      serverSettings,
      user,
      trans: (translator ?? nullTranslator).load('jupyter_tandem'),
      globalAwareness: null,
      documentManager,
      fileChanged: drive.fileChanged,
      providerFactory: inDrive(documents)
    });
    const models = provider.sharedModelFactory;
    // The kinds of documents there are: those of one's own files, also ones that are added later.
    models.documentFactories = own.sharedModelFactory.documentFactories;
    // Documents are made by their whole path, and asked for by their path in the drive.
    const create = models.createNew.bind(models);
    models.createNew = options => create({ ...options, path: contents.localPath(options.path) });
    drive.contentProviderRegistry.register(COLLABORATIVE, provider);
    contents.addDrive(drive);
  }
};

/** What the server calls a document: with its drive where others keep it, so that one's own is not taken for it. */
export function sharedPath(contents: Contents.IManager, path: string): string {
  return contents.driveName(path) === DRIVE ? path : contents.localPath(path);
}

/** Names documents to the server as the file browser does, with their drive. */
function inDrive(documents: ITandemDocuments): IDocumentProviderFactory {
  return {
    create: options => documents.create({ ...options, path: `${DRIVE}:${options.path}` })
  };
}

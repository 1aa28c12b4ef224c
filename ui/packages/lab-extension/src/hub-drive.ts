import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ICollaborativeContentProvider } from '@jupyter/collaborative-drive';
import { RtcContentProvider, type IDocumentProviderFactory } from '@jupyter/docprovider';
import { ITandemDocuments, SHARED_DRIVE, SharedDrive } from '@jupyter-tandem/lab';
import { ISharedDrive } from './shared-drive-token';

/** The name of the drive of what others share. */
export const DRIVE = SHARED_DRIVE;
/** The content provider that documents ask for. */
const COLLABORATIVE = 'rtc';

/**
 * The drive of what others share, in servers of a JupyterHub. It is there before the Hub's service is known to
 * be, so that tabs of a restored layout find it.
 */
export const hubDrive: JupyterFrontEndPlugin<SharedDrive | null> = {
  id: '@jupyter-tandem/lab-extension:hub-drive',
  description: 'Opens documents that others share with you on a JupyterHub.',
  autoStart: true,
  provides: ISharedDrive,
  requires: [ITandemDocuments, ICollaborativeContentProvider],
  optional: [IDocumentManager, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    documents: ITandemDocuments,
    own: ICollaborativeContentProvider,
    documentManager: IDocumentManager | null,
    translator: ITranslator | null
  ): SharedDrive | null => {
    if (PageConfig.getOption('hubUser') === '' || PageConfig.getOption('tandemGuest') === 'true') {
      return null;
    }
    const { contents, serverSettings, user } = app.serviceManager;
    const drive = new SharedDrive(serverSettings);
    const provider = new RtcContentProvider({
      currentDrive: drive,
      serverSettings,
      user,
      trans: (translator ?? nullTranslator).load('jupyter_tandem'),
      globalAwareness: null,
      documentManager,
      fileChanged: drive.changes,
      providerFactory: inDrive(documents, drive, contents)
    });
    const models = provider.sharedModelFactory;
    // The kinds of documents there are: those of one's own files, also ones that are added later.
    models.documentFactories = own.sharedModelFactory.documentFactories;
    // Documents are made by their whole path, and asked for by their path in the drive.
    const create = models.createNew.bind(models);
    models.createNew = options => create({ ...options, path: contents.localPath(options.path) });
    drive.contentProviderRegistry.register(COLLABORATIVE, provider);
    contents.addDrive(drive);
    drive.away.connect((_, sentence) => {
      Notification.info(sentence);
    });
    return drive;
  }
};

/** What the server calls a document: with its drive where others keep it, so that one's own is not taken for it. */
export function sharedPath(contents: Contents.IManager, path: string): string {
  return contents.driveName(path) === SHARED_DRIVE ? path : contents.localPath(path);
}

/**
 * Names documents to the server as the file browser does, with their drive, and follows them: the server says where
 * its person finds a document, also after its owner renamed it.
 */
function inDrive(
  documents: ITandemDocuments,
  drive: SharedDrive,
  contents: Contents.IManager
): IDocumentProviderFactory {
  return {
    create: options => {
      const whole = `${SHARED_DRIVE}:${options.path}`;
      const provider = documents.create({ ...options, path: whole });
      let known = whole;
      documents.find(options.model)?.changed.connect((_, { path }) => {
        if (path !== known && contents.driveName(path) === SHARED_DRIVE) {
          const before = known;
          known = path;
          drive.moved(contents.localPath(before), contents.localPath(path));
        }
      });
      return provider;
    }
  };
}

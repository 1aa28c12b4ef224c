import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry, Notification } from '@jupyterlab/apputils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import {
  download,
  ITandemDocuments,
  StatusItem,
  type ITandemDocument,
  type StatusAction
} from '@jupyter-tandem/lab';
import { Widget } from '@lumino/widgets';

const ID = '@jupyter-tandem/lab-extension:status';
/** The factories whose toolbars name the item; see `schema/status.json`. */
const FACTORIES = ['Notebook', 'Editor'];
const ITEM = 'tandem-status';

/** Says in the toolbar of a document how it stands. */
export const statusItem: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Says in the toolbar of every document whether it is saved.',
  autoStart: true,
  requires: [ITandemDocuments, IToolbarWidgetRegistry],
  optional: [ISettingRegistry, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    toolbars: IToolbarWidgetRegistry,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const { languageCode } = translator ?? nullTranslator;
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    let announce = true;
    void registry?.load(ID).then(settings => {
      const read = (): void => {
        announce = settings.get('announce').composite !== false;
      };
      read();
      settings.changed.connect(read);
    });
    for (const factory of FACTORIES) {
      toolbars.addFactory<IDocumentWidget>(factory, ITEM, ({ context }) => {
        const document = tandem.find(context.model.sharedModel);
        return document === null
          ? new Widget()
          : new StatusItem({
              document,
              trans,
              act,
              announce: () => announce,
              locale: languageCode.replace('_', '-')
            });
      });
    }
  }
};

function act(action: StatusAction, document: ITandemDocument): void {
  switch (action) {
    case 'save':
      document.save().catch((error: unknown) => {
        Notification.error(error instanceof Error ? error.message : String(error));
      });
      return;
    case 'reconnect':
    case 'return':
      document.retry();
      return;
    case 'download': {
      const { content, name } = document.content();
      download(name, content);
      return;
    }
    case 'reload':
      window.location.reload();
  }
}

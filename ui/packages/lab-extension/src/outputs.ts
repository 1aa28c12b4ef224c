import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Adoption, bigOutputFactory, ITandemDocuments, OutputShelf } from '@jupyter-tandem/lab';
import type { YNotebook } from '@jupyter/ydoc';

const TOLD_MS = 10_000;

/** Shows big outputs, which the server keeps beside their notebooks. */
export const outputs: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:outputs',
  description: 'Fetches big outputs of notebooks when they come into view.',
  autoStart: true,
  requires: [ITandemDocuments, IRenderMimeRegistry],
  optional: [INotebookTracker, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    rendermime: IRenderMimeRegistry,
    notebooks: INotebookTracker | null,
    given: ITranslator | null
  ): void => {
    const translator = given ?? nullTranslator;
    const trans = translator.load('jupyter_tandem');
    const shelf = new OutputShelf(app.serviceManager.serverSettings);
    const factory = bigOutputFactory({
      shelf,
      translator,
      rendermime: resolver => {
        const panel = notebooks?.find(({ context }) => context.urlResolver === resolver);
        return panel?.content.rendermime ?? rendermime.clone({ resolver: resolver ?? undefined });
      }
    });
    rendermime.addFactory(factory);
    tandem.added.connect((_, document) => {
      if ('cells' in document.model) {
        const adoption = new Adoption(document.model as unknown as YNotebook, shelf, reason => {
          const sentence = trans.__('An output could not be copied from its notebook. %1', reason);
          Notification.warning(sentence, { autoClose: TOLD_MS });
        });
        document.model.disposed.connect(() => {
          adoption.dispose();
        });
      }
    });
  }
};

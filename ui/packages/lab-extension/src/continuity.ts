import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Continuity, ContinuityExtension, ITandemDocuments, reopen } from '@jupyter-tandem/lab';

/** Loads documents anew when their history is another one, and locks those that may only be read. */
export const continuity: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:continuity',
  description: 'Loads documents anew when the server replaced them; locks what may only be read.',
  autoStart: true,
  requires: [ITandemDocuments, IDocumentManager],
  optional: [ILabShell, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    manager: IDocumentManager,
    labShell: ILabShell | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    // Notebook 7 shows one document a page: there the page is loaded again.
    const again = async (widget: IDocumentWidget): Promise<void> => {
      if (labShell === null) {
        window.location.reload();
      } else {
        await reopen(widget, manager, labShell);
      }
    };
    const extension = new ContinuityExtension((widget, context) => {
      const document = tandem.find(context.model.sharedModel);
      return document === null
        ? undefined
        : new Continuity({ document, widget, trans, reopen: again });
    });
    const extend = (factory: string): void => {
      app.docRegistry.addWidgetExtension(factory, extension);
    };
    for (const { name } of app.docRegistry.widgetFactories()) {
      extend(name);
    }
    app.docRegistry.changed.connect((_, { type, name, change }) => {
      if (type === 'widgetFactory' && change === 'added' && name !== undefined) {
        extend(name);
      }
    });
  }
};

import {
  ILabShell,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Continuity, ITandemDocuments, reopen, type INews } from '@jupyter-tandem/lab';
import { forEveryDocument } from './every-document';

/** Where a page that is loaded again leaves what the next one is to tell. */
const NEWS = 'jupyter-tandem:news';
const NEWS_MS = 10_000;

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
    const again = async (widget: IDocumentWidget, news: INews | null): Promise<void> => {
      if (labShell === null) {
        // Notebook 7 shows one document a page: there the page is loaded again.
        if (news !== null) {
          sessionStorage.setItem(NEWS, JSON.stringify(news));
        }
        window.location.reload();
      } else {
        if (news !== null) {
          tell(news);
        }
        await reopen(widget, manager, labShell);
      }
    };
    tellNewsOfLastPage();
    forEveryDocument(app, (widget, context) => {
      const document = tandem.find(context.model.sharedModel);
      return document === null
        ? undefined
        : new Continuity({ document, widget, trans, reopen: again });
    });
  }
};

function tell({ type, message }: INews): void {
  Notification.emit(message, type, { autoClose: NEWS_MS });
}

function tellNewsOfLastPage(): void {
  const news = sessionStorage.getItem(NEWS);
  if (news !== null) {
    sessionStorage.removeItem(NEWS);
    tell(JSON.parse(news) as INews);
  }
}

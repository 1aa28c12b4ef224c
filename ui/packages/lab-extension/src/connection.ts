import {
  IConnectionLost,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ConnectionNotice, ITandemDocuments } from '@jupyter-tandem/lab';

/** A notice in place of the dialog that would stand between a person and the document. */
export const connectionLost: JupyterFrontEndPlugin<IConnectionLost> = {
  id: '@jupyter-tandem/lab-extension:connection-lost',
  description: 'Says that the server cannot be reached without interrupting who writes.',
  requires: [ITandemDocuments],
  optional: [ITranslator],
  provides: IConnectionLost,
  activate: (
    _app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    translator: ITranslator | null
  ): IConnectionLost => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const board = {
      show: (message: string) => Notification.warning(message, { autoClose: false }),
      takeAway: (id: string) => {
        Notification.dismiss(id);
      }
    };
    const notice = new ConnectionNotice(board, trans);
    tandem.added.connect((_, document) => {
      document.changed.connect((_, { session }) => {
        if (session.phase === 'live') {
          notice.reached();
        }
      });
    });
    return () => {
      notice.failed();
      return Promise.resolve();
    };
  }
};

/**
 * Has JupyterLab fetch, while the server is there, what shows notifications.
 *
 * JupyterLab 4.6 fetches it with the first one of a page. Where that is the one which says that the server cannot be
 * reached, the fetch fails and no notification is ever shown again.
 */
export const readyToTell: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:ready-to-tell',
  description: 'Makes notifications work even when the first one comes while the server is away.',
  autoStart: true,
  activate: (app: JupyterFrontEnd): void => {
    void app.restored.then(() => {
      // Gone before it could be drawn; without a time it would not even be meant to.
      Notification.dismiss(Notification.emit(' ', 'default', { autoClose: 1 }));
    });
  }
};

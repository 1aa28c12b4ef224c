import {
  IConnectionLost,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ConnectionNotice } from '@jupyter-tandem/lab';

/** A notice in place of the dialog that would stand between a person and the document. */
export const connectionLost: JupyterFrontEndPlugin<IConnectionLost> = {
  id: '@jupyter-tandem/lab-extension:connection-lost',
  description: 'Says that the server cannot be reached without interrupting who writes.',
  optional: [ITranslator],
  provides: IConnectionLost,
  activate: (_app: JupyterFrontEnd, translator: ITranslator | null): IConnectionLost => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const notice = new ConnectionNotice(trans);
    return () => {
      notice.failed();
      return Promise.resolve();
    };
  }
};

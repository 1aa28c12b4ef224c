import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { download, ITandemDocuments, type ITandemDocument } from '@jupyter-tandem/lab';

/** What can be done with the current document, for the palette and for menus. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:commands',
  description: 'Adds commands that reconnect the current document and download a copy of it.',
  autoStart: true,
  requires: [ITandemDocuments, IDocumentManager],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    manager: IDocumentManager,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const current = (): ITandemDocument | null => {
      const widget = app.shell.currentWidget;
      const context = widget === null ? undefined : manager.contextForWidget(widget);
      return tandem.find(context?.model.sharedModel);
    };
    const add = (id: string, label: string, execute: (document: ITandemDocument) => void): void => {
      app.commands.addCommand(id, {
        label,
        describedBy: { args: { type: 'object', properties: {} } },
        isEnabled: () => current() !== null,
        execute: () => {
          const document = current();
          if (document !== null) {
            execute(document);
          }
        }
      });
      palette?.addItem({ command: id, category: trans.__('Collaboration') });
    };
    add('tandem:reconnect-document', trans.__('Reconnect the Document'), document => {
      document.retry();
    });
    add('tandem:download-copy', trans.__('Download a Copy with My Edits'), document => {
      const { content, name } = document.content();
      download(name, content);
    });
  }
};

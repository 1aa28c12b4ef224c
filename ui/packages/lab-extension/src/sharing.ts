import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ServerConnection } from '@jupyterlab/services';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { shareIcon, ToolbarButton } from '@jupyterlab/ui-components';
import { HubNames, ITandemSharing, Sharing, SharingApi, Words } from '@jupyter-tandem/lab';
import { Widget } from '@lumino/widgets';
import { sharedPath } from './hub-drive';

/** The factories whose toolbars name the button; see `schema/sharing.json`. */
const FACTORIES = ['Notebook', 'Editor'];
const ITEM = 'tandem-share';

/** Ids of the commands. */
const COMMAND = {
  shareDocument: 'tandem:share-document',
  shareSelected: 'tandem:share-selected'
} as const;

/** Sharing on this server. */
export const sharing: JupyterFrontEndPlugin<ITandemSharing> = {
  id: '@jupyter-tandem/lab-extension:sharing-desk',
  description: 'Opens the dialog in which files and folders are shared.',
  optional: [ITranslator],
  provides: ITandemSharing,
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): ITandemSharing => {
    const { languageCode } = translator ?? nullTranslator;
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const { serverSettings } = app.serviceManager;
    const confined = PageConfig.getOption('tandemGuest') === 'true';
    const home = PageConfig.getOption('tandemHome');
    // People with an account ask the server itself about their shares, also from a page that shows nothing else.
    const baseUrl = home === '' ? serverSettings.baseUrl : new URL(home, window.location.href).href;
    return new Sharing(
      new SharingApi(ServerConnection.makeSettings({ ...serverSettings, baseUrl })),
      new Words(trans, languageCode.replace('_', '-')),
      confined && home === '',
      confined,
      PageConfig.getOption('hubUser') === '' || confined ? undefined : new HubNames(serverSettings)
    );
  }
};

/** *Share* in the toolbar of documents, in menus, in the palette and in the file browser. */
export const shareEntries: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:sharing',
  description: 'Adds Share to documents, to menus and to the file browser.',
  autoStart: true,
  requires: [ITandemSharing, IDocumentManager, IToolbarWidgetRegistry],
  optional: [IFileBrowserFactory, ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    desk: ITandemSharing,
    manager: IDocumentManager,
    toolbars: IToolbarWidgetRegistry,
    browsers: IFileBrowserFactory | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const { contents } = app.serviceManager;
    const share = (path: string): Promise<void> => desk.share(sharedPath(contents, path));
    for (const factory of FACTORIES) {
      toolbars.addFactory<IDocumentWidget>(factory, ITEM, ({ context }) =>
        desk.guest
          ? hidden()
          : new ToolbarButton({
              className: 'tandem-ShareButton',
              icon: shareIcon,
              label: trans.__('Share'),
              tooltip: trans.__('Share this document: with whom, as what, and until when'),
              onClick: () => {
                void share(context.path);
              }
            })
      );
    }
    if (desk.guest) {
      return;
    }
    const currentPath = (): string | null => {
      const widget = app.shell.currentWidget;
      return (widget === null ? undefined : manager.contextForWidget(widget))?.path ?? null;
    };
    app.commands.addCommand(COMMAND.shareDocument, {
      label: trans.__('Share…'),
      caption: trans.__('Share the current document'),
      icon: shareIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string', description: 'File or folder; the current document if missing' }
          }
        }
      },
      isEnabled: ({ path }) => typeof path === 'string' || currentPath() !== null,
      execute: async ({ path }) => {
        const wanted = typeof path === 'string' ? path : currentPath();
        if (wanted !== null) {
          await share(wanted);
        }
      }
    });
    palette?.addItem({ command: COMMAND.shareDocument, category: trans.__('Collaboration') });
    const selected = (): string | null => {
      const items = [...(browsers?.tracker.currentWidget?.selectedItems() ?? [])];
      return items.length === 1 ? (items[0]?.path ?? null) : null;
    };
    app.commands.addCommand(COMMAND.shareSelected, {
      label: trans.__('Share…'),
      caption: trans.__('Share the selected file or folder'),
      icon: shareIcon.bindprops({ stylesheet: 'menuItem' }),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => selected() !== null,
      execute: async () => {
        const path = selected();
        if (path !== null) {
          await share(path);
        }
      }
    });
  }
};

function hidden(): Widget {
  const widget = new Widget();
  widget.hide();
  return widget;
}

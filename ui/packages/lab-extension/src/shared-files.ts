import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import {
  IDefaultFileBrowser,
  IFileBrowserFactory,
  type FileBrowser
} from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { folderFavoriteIcon } from '@jupyterlab/ui-components';
import { copyAcrossDrives, SHARED_DRIVE, type SharedDrive } from '@jupyter-tandem/lab';
import { ISharedDrive } from './shared-drive-token';

const COPY = 'tandem:copy-to-my-files';
/** Shows a folder that others share in the file browser of what they share; its path comes with the drive. */
export const OPEN_FOLDER = 'tandem:open-shared-folder';
const BROWSER = 'tandem-shared-files';
/** Below the page *Shared*. */
const RANK = 351;

/** A file browser over what others share, beside that of one's own files, and ways from one to the other. */
export const sharedFiles: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:shared-files',
  description: 'Shows what others share on a JupyterHub as files and folders.',
  autoStart: true,
  requires: [ISharedDrive, IFileBrowserFactory],
  optional: [IDefaultFileBrowser, IDocumentManager, ICommandPalette, ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    drive: SharedDrive | null,
    factory: IFileBrowserFactory,
    own: IDefaultFileBrowser | null,
    documents: IDocumentManager | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    if (drive === null) {
      return;
    }
    const { contents } = app.serviceManager;
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const browser = factory.createFileBrowser(BROWSER, { driveName: SHARED_DRIVE, restore: false });
    browser.title.icon = folderFavoriteIcon;
    browser.title.caption = trans.__('Files others share with me');
    browser.node.setAttribute('role', 'region');
    browser.node.setAttribute('aria-label', browser.title.caption);
    app.shell.add(browser, 'left', { rank: RANK });
    restorer?.add(browser, browser.id);

    const words = {
      notThere: trans.__('This is where others share with you. Share a file from your own files.')
    };
    const refresh = (): void => {
      void own?.model.refresh();
    };
    copyAcrossDrives(contents, drive, words, refresh);

    const copy = async (path: string): Promise<void> => {
      const folder = own?.model.path ?? '';
      const copied = drive
        .copyOut(contents.localPath(path), contents.localPath(folder))
        .then(model => model.path);
      Notification.promise(copied, {
        pending: { message: trans.__('Copying “%1”…', name(path)) },
        success: { message: to => trans.__('Your copy is “%1”.', String(to)) },
        error: { message: reason => (reason instanceof Error ? reason.message : String(reason)) }
      });
      await copied.then(refresh, () => undefined);
    };
    const chosen = (): string[] => [...selected(browser), ...current(app, documents)];
    app.commands.addCommand(COPY, {
      label: trans.__('Make a Copy in My Files'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => chosen().length > 0,
      execute: async () => {
        await Promise.all(chosen().map(copy));
      }
    });
    app.commands.addCommand(OPEN_FOLDER, {
      label: trans.__('Open Shared Folder'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string', description: trans.__('The path, with its drive') }
          },
          required: ['path']
        }
      },
      isVisible: () => false,
      execute: async ({ path }) => {
        if (typeof path === 'string') {
          app.shell.activateById(browser.id);
          await browser.model.cd(`/${contents.localPath(path)}`);
        }
      }
    });
    app.contextMenu.addItem({
      command: COPY,
      selector: `#${BROWSER} .jp-DirListing-item[data-isdir="false"]`,
      rank: 4
    });
    palette?.addItem({ command: COPY, category: trans.__('Collaboration') });
  }
};

/** The files that are chosen in the browser, while it is used. */
function selected(browser: FileBrowser): string[] {
  if (!browser.isVisible || !browser.node.contains(document.activeElement)) {
    return [];
  }
  return [...browser.selectedItems()]
    .filter(item => item.type !== 'directory')
    .map(({ path }) => path);
}

/** The shared document that is looked at, when nothing is chosen. */
function current(
  { shell, serviceManager }: JupyterFrontEnd,
  documents: IDocumentManager | null
): string[] {
  const widget = shell.currentWidget;
  const path = widget === null ? undefined : documents?.contextForWidget(widget)?.path;
  const shared = path !== undefined && serviceManager.contents.driveName(path) === SHARED_DRIVE;
  return shared ? [path] : [];
}

function name(path: string): string {
  return path.split('/').at(-1) ?? path;
}

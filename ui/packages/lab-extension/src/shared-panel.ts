import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import {
  HubRequests,
  ITandemSharing,
  nameOf,
  SHARED_DRIVE,
  SharedShelf,
  ShelfView,
  type IShared
} from '@jupyter-tandem/lab';
import { OPEN_FOLDER } from './shared-files';

const SHOW = 'tandem:show-shared';
/** What JupyterLab carries out where nothing is open. */
const LAUNCH = 'launcher:create';
/** Among the pages of the left panel: below files and running kernels, above the table of contents. */
const RANK = 350;

/** The page *Shared* of the left panel. */
export const sharedPanel: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:shared-panel',
  description: 'Lists what you share and what is shared with you.',
  autoStart: true,
  requires: [ITandemSharing],
  optional: [ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sharing: ITandemSharing,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const { api, words, guest, confined } = sharing;
    const { trans } = words;
    const onHub = PageConfig.getOption('hubUser') !== '' && !confined;
    const requests = onHub ? new HubRequests(app.serviceManager.serverSettings) : undefined;
    const shelf = new SharedShelf({ api, words, guest, requests });
    const sure = async (title: string, body: string, label: string): Promise<boolean> => {
      const { button } = await showDialog({
        title,
        body,
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label })],
        defaultButton: 0
      });
      return button.accept;
    };
    const stop = async (shared: IShared): Promise<void> => {
      const name = nameOf(shared, shelf);
      const title = trans.__('Stop sharing “%1”?', name);
      const body = trans.__('All its links end, and everybody it is shared with is out at once.');
      if (await sure(title, body, trans.__('Stop sharing'))) {
        await shelf.stop(shared);
      }
    };
    const giveUp = async (shared: IShared): Promise<void> => {
      const title = trans.__('Give up “%1”?', nameOf(shared, shelf));
      const body = trans.__('Only who shared it with you can give it to you again.');
      if (await sure(title, body, trans.__('Give up'))) {
        await shelf.giveUp(shared);
      }
    };
    const leave = async (): Promise<void> => {
      const body = trans.__('You lose all that was shared with you in this browser.');
      if (await sure(trans.__('Leave for good?'), body, trans.__('Leave'))) {
        await shelf.leave();
        window.location.reload();
      }
    };
    const view = new ShelfView(shelf, {
      open: shared => {
        void open(app, sharing, shared);
      },
      share: ({ path }) => {
        void sharing.share(path ?? '');
      },
      stop: shared => {
        void stop(shared);
      },
      giveUp: shared => {
        void giveUp(shared);
      },
      leave: () => {
        void leave();
      }
    });
    sharing.changed.connect(() => {
      if (view.isVisible) {
        void shelf.refresh();
      }
    });
    app.shell.add(view, 'left', { rank: RANK });
    restorer?.add(view, view.id);
    app.commands.addCommand(SHOW, {
      label: trans.__('Show What Is Shared'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => {
        app.shell.activateById(view.id);
      }
    });
    if (confined) {
      replaceLauncher(app);
    }
    palette?.addItem({ command: SHOW, category: trans.__('Collaboration') });
  }
};

/** Who has only what was shared has nothing to launch: where JupyterLab would open its launcher, they see their files. */
function replaceLauncher({ commands, shell }: JupyterFrontEnd): void {
  commands.addCommand(LAUNCH, {
    label: LAUNCH,
    describedBy: { args: { type: 'object', properties: {} } },
    isVisible: () => false,
    execute: () => {
      shell.activateById('filebrowser');
      // JupyterLab goes on with what the launcher's command returns.
      return {};
    }
  });
}

/** Opens something that is shared, here or, where this person has nothing else, in the view guests have. */
async function open(
  { commands, serviceManager }: JupyterFrontEnd,
  { api, confined }: ITandemSharing,
  { kind, path }: IShared
): Promise<void> {
  if (path === null) {
    return;
  }
  const elsewhere = !confined && (await api.me()).server === null;
  if (elsewhere) {
    const page = kind === 'document' ? 'doc' : 'lab';
    const where = `tandem/g/${page}/tree/${URLExt.encodeParts(path)}`;
    window.open(api.publicUrl(URLExt.join(api.basePath, where)), '_blank', 'noopener');
  } else if (kind === 'document') {
    await commands.execute('docmanager:open', { path });
  } else if (serviceManager.contents.driveName(path) === SHARED_DRIVE) {
    await commands.execute(OPEN_FOLDER, { path });
  } else {
    await commands.execute('filebrowser:open-path', { path: `/${path}` });
  }
}

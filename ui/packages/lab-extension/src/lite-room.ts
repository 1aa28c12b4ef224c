import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { ContentsManager } from '@jupyterlab/services';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { shareIcon, ToolbarButton } from '@jupyterlab/ui-components';
import {
  download,
  ITandemDocuments,
  LiteDocuments,
  makePlace,
  newRoom,
  pathsIn,
  showRoomShare,
  type LiteDocument
} from '@jupyter-tandem/lab';
import type { Widget } from '@lumino/widgets';

/** The toolbars and the menu that name these; see `schema/lite-share.json`. */
const FACTORIES = ['Notebook', 'Editor'];
const ITEM = 'tandem-share';
const SHARE = 'tandem:share-document';

/** *Share* where there is no server: a link to a room. */
export const liteShare: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:lite-share',
  description: 'Makes links to rooms that need no server, and says who is connected over what.',
  autoStart: true,
  requires: [ITandemDocuments, IDocumentManager, IToolbarWidgetRegistry],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    manager: IDocumentManager,
    toolbars: IToolbarWidgetRegistry,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    if (!(tandem instanceof LiteDocuments)) {
      return;
    }
    const share = async (widget: Widget): Promise<void> => {
      const document = tandem.find(manager.contextForWidget(widget)?.model.sharedModel);
      if (document === null) {
        return;
      }
      const { config } = tandem.surroundings.ways;
      const room = config.room === '' ? newRoom(randomBytes) : config.room;
      const here = window.location.href;
      const { address, wish } = await showRoomShare({
        document,
        here,
        room,
        password: config.password,
        trans
      });
      if (wish === 'copy') {
        const { content, name } = document.content();
        download(name, content);
      } else if (wish === 'open') {
        await document.save();
        window.location.assign(address);
      }
    };
    const tell = (error: unknown): void => {
      Notification.error(error instanceof Error ? error.message : String(error));
    };
    for (const factory of FACTORIES) {
      toolbars.addFactory<IDocumentWidget>(
        factory,
        ITEM,
        widget =>
          new ToolbarButton({
            className: 'tandem-ShareButton',
            icon: shareIcon,
            label: trans.__('Share'),
            tooltip: trans.__('Share this document by a link to a room'),
            onClick: () => {
              share(widget).catch(tell);
            }
          })
      );
    }
    const current = (): Widget | null => {
      const widget = app.shell.currentWidget;
      const context = widget === null ? undefined : manager.contextForWidget(widget);
      return tandem.find(context?.model.sharedModel) === null ? null : widget;
    };
    app.commands.addCommand(SHARE, {
      label: trans.__('Share…'),
      caption: trans.__('Share the current document by a link to a room'),
      icon: shareIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => current() !== null,
      execute: async () => {
        const widget = current();
        if (widget !== null) {
          await share(widget);
        }
      }
    });
    palette?.addItem({ command: SHARE, category: trans.__('Collaboration') });
  }
};

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

/** As long as a document may open before somebody asks what it waits for. */
const TELL_AFTER_MS = 800;

/** Says what a document waits for that does not open at once. */
export const liteSearch: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:lite-search',
  description: 'Says that others are looked for while a document opens.',
  autoStart: true,
  requires: [ITandemDocuments],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    tandem.added.connect((_, { model }) => {
      const document = tandem instanceof LiteDocuments ? tandem.find(model) : null;
      if (document !== null) {
        const timer = setTimeout(() => {
          tellSearch(document, trans);
        }, TELL_AFTER_MS);
        document.ready.then(
          () => {
            clearTimeout(timer);
          },
          () => {
            clearTimeout(timer);
          }
        );
      }
    });
  }
};

function tellSearch({ liteView, ready }: LiteDocument, trans: TranslationBundle): void {
  const message = trans.__('Looking for others in the room %1…', liteView.room);
  const notice = Notification.emit(message, 'in-progress', { autoClose: false });
  const end = (): void => {
    Notification.dismiss(notice);
  };
  ready.then(end, end);
}

/** A place for documents that a link leads to and that are in no drive here. */
export const liteNewcomer: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:lite-newcomer',
  description: 'Lets who follows a link to a room open a document that only others have.',
  autoStart: true,
  requires: [ITandemDocuments],
  // Waited for by the application, so that the file is there when the address is followed.
  activate: async (app: JupyterFrontEnd, tandem: ITandemDocuments): Promise<void> => {
    const { defaultDrive: drive } = app.serviceManager.contents as Partial<ContentsManager>;
    if (!(tandem instanceof LiteDocuments) || drive === undefined) {
      return;
    }
    const { room, store } = tandem.surroundings;
    if (room === '') {
      return;
    }
    for (const path of pathsIn(window.location.search)) {
      const [found] = app.docRegistry.getFileTypesForPath(path);
      const type = found?.contentType ?? 'file';
      const format = type === 'notebook' ? 'json' : 'text';
      await makePlace(drive, store, room, { path, type, format }).catch(() => {
        // The browser keeps nothing; JupyterLab says so itself when it opens the file.
      });
    }
  }
};

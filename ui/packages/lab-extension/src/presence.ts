import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { SidePanel, usersIcon } from '@jupyterlab/ui-components';
import {
  Following,
  Foothold,
  goToPerson,
  ITandemDocuments,
  PeopleList,
  PresenceGutter,
  Publisher,
  Roster,
  type IPerson
} from '@jupyter-tandem/lab';
import type { Widget } from '@lumino/widgets';

const ID = '@jupyter-tandem/lab-extension:presence';
/** Id of the panel that `jupyter-collaboration-ui` puts at the left. */
const STOCK_PANEL = 'jp-collaboration-panel';

/** Ids of the commands. */
const COMMAND = {
  goToPerson: 'tandem:go-to-person',
  followPerson: 'tandem:follow-person'
} as const;

/** What is kept for one open document. */
interface IScene {
  readonly roster: Roster;
  readonly publisher: Publisher | null;
}

/** Who is where in the open documents, and the way to them. */
export const presence: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Shows who is in which cell, lists the people in a document and goes to them.',
  autoStart: true,
  requires: [ITandemDocuments, INotebookTracker],
  optional: [IEditorTracker, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    notebooks: INotebookTracker,
    editors: IEditorTracker | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const scenes = new Map<Widget, IScene>();
    let visible = true;

    const stage = (widget: IDocumentWidget): void => {
      const document = tandem.find(widget.context.model.sharedModel);
      if (document === null) {
        return;
      }
      const { awareness } = document.model;
      const roster = new Roster(awareness);
      const publisher =
        widget instanceof NotebookPanel
          ? new Publisher(widget.content, awareness, () => visible)
          : null;
      if (widget instanceof NotebookPanel) {
        new PresenceGutter(widget.content, roster, trans);
        new Foothold({ notebook: widget.content, trans });
      }
      scenes.set(widget, { roster, publisher });
      widget.disposed.connect(() => {
        scenes.delete(widget);
        roster.dispose();
      });
      showCurrent();
    };

    const following = new Following(goToPerson);
    const current = (): IDocumentWidget | null => {
      const widget = app.shell.currentWidget;
      return widget !== null && scenes.has(widget) ? (widget as IDocumentWidget) : null;
    };
    const find = (username: unknown): IPerson | undefined =>
      sceneOf(scenes, current())?.roster.people.find(person => person.username === username);
    const list = new PeopleList({
      trans,
      goTo: ({ username }) => {
        void app.commands.execute(COMMAND.goToPerson, { username });
      },
      follow: person => {
        void app.commands.execute(COMMAND.followPerson, { username: person?.username ?? null });
      }
    });
    const showCurrent = (): void => {
      list.watch(sceneOf(scenes, current())?.roster ?? null);
    };
    following.changed.connect((_, username) => {
      list.mark(username);
    });

    app.commands.addCommand(COMMAND.goToPerson, {
      label: trans.__('Go to a Person in This Document'),
      describedBy: { args: usernameSchema },
      execute: ({ username }) => {
        const widget = current();
        const person = find(username);
        if (widget !== null && person !== undefined && goToPerson(widget, person)) {
          app.shell.activateById(widget.id);
        }
      }
    });
    app.commands.addCommand(COMMAND.followPerson, {
      label: trans.__('Follow a Person in This Document'),
      describedBy: { args: usernameSchema },
      isToggled: ({ username }) => username !== undefined && following.followed === username,
      execute: ({ username }) => {
        const scene = sceneOf(scenes, current());
        const widget = current();
        const person = find(username);
        if (scene === null || widget === null || person === undefined) {
          following.stop();
        } else {
          following.start(widget, scene.roster, person);
        }
      }
    });

    notebooks.widgetAdded.connect((_, panel) => {
      stage(panel);
    });
    editors?.widgetAdded.connect((_, editor) => {
      stage(editor);
    });
    notebooks.forEach(stage);
    editors?.forEach(stage);
    app.shell.currentChanged?.connect(showCurrent);

    void registry?.load(ID).then(settings => {
      const read = (): void => {
        visible = settings.get('visible').composite !== false;
        scenes.forEach(({ publisher }) => publisher?.publish());
      };
      read();
      settings.changed.connect(read);
    });
    void app.restored.then(() => {
      place(app.shell, list, trans);
      showCurrent();
    });
  }
};

function sceneOf(scenes: ReadonlyMap<Widget, IScene>, widget: Widget | null): IScene | null {
  return widget === null ? null : (scenes.get(widget) ?? null);
}

const usernameSchema = {
  type: 'object',
  properties: {
    username: { type: ['string', 'null'], description: 'Username of somebody in the document' }
  }
};

/** Puts the list into the panel of people that is there already, or into one of its own. */
function place(shell: JupyterFrontEnd.IShell, list: PeopleList, trans: TranslationBundle): void {
  const stock = [...shell.widgets('left')].find(({ id }) => id === STOCK_PANEL);
  if (stock instanceof SidePanel) {
    // Below what it says of this user, above everybody on the server.
    stock.insertWidget(1, list);
    return;
  }
  const panel = new SidePanel();
  panel.id = 'tandem-people';
  panel.title.icon = usersIcon;
  panel.title.caption = trans.__('People');
  panel.addWidget(list);
  shell.add(panel, 'left', { rank: 300 });
}

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import {
  AccessGuard,
  CommandGate,
  GATED,
  Hint,
  ITandemDocuments,
  reasonAgainst,
  RENDERING,
  RoleBadge,
  type ITandemDocument
} from '@jupyter-tandem/lab';
import { Widget } from '@lumino/widgets';
import { forEveryDocument } from './every-document';

/** The factories whose toolbars name the badge; see `schema/access.json`. */
const FACTORIES = ['Notebook', 'Editor'];
const ITEM = 'tandem-role';
/** Two commands that stand for all that are gated: one that writes, one that runs. */
const SAMPLES = ['notebook:insert-cell-below', 'notebook:run-cell'];

/** Shows what a person may do to a document, and keeps from them what they may not. */
export const access: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:access',
  description: 'Shows what you may do to a document, and why something cannot be done.',
  autoStart: true,
  requires: [ITandemDocuments, IDocumentManager, IToolbarWidgetRegistry],
  optional: [ITranslator, INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    manager: IDocumentManager,
    toolbars: IToolbarWidgetRegistry,
    translator: ITranslator | null,
    notebooks: INotebookTracker | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    const guest = PageConfig.getOption('tandemGuest') === 'true';
    const current = (): ITandemDocument | null => {
      const widget = app.shell.currentWidget;
      const context = widget === null ? undefined : manager.contextForWidget(widget);
      return tandem.find(context?.model.sharedModel);
    };
    const against = (id: string): string | null =>
      GATED.has(id) && !(RENDERING.has(id) && isText(notebooks))
        ? reasonAgainst(id, current()?.view ?? null, guest, trans)
        : null;

    const hint = new Hint(() => performance.now());
    const gate = new CommandGate(app.commands, against);
    gate.refused.connect((_, reason) => {
      hint.say(reason);
    });
    let verdict = '';
    const look = (): void => {
      const now = JSON.stringify(SAMPLES.map(against));
      if (now !== verdict) {
        verdict = now;
        gate.refresh(GATED);
      }
    };
    app.shell.currentChanged?.connect(look);
    notebooks?.activeCellChanged.connect(look);
    notebooks?.selectionChanged.connect(look);

    forEveryDocument(app, (widget, context) => {
      const document = tandem.find(context.model.sharedModel);
      return document === null
        ? undefined
        : new AccessGuard({
            document,
            widget,
            trans,
            refuse: reason => {
              hint.say(reason);
            },
            changed: look
          });
    });
    for (const factory of FACTORIES) {
      toolbars.addFactory<IDocumentWidget>(factory, ITEM, ({ context }) => {
        const document = tandem.find(context.model.sharedModel);
        return document === null ? new Widget() : new RoleBadge(document, trans);
      });
    }
  }
};

/** Whether all that is selected in the current notebook is text. */
function isText(notebooks: INotebookTracker | null): boolean {
  const cells = notebooks?.currentWidget?.content.selectedCells ?? [];
  return cells.length > 0 && cells.every(({ model }) => model.type !== 'code');
}

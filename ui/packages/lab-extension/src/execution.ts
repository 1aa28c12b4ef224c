import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry, Notification } from '@jupyterlab/apputils';
import { INotebookCellExecutor, INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import {
  CellExecutor,
  CommandDetour,
  followKernel,
  isLocked,
  ITandemDocuments,
  KernelName,
  KernelPursuit,
  kernelDetours,
  QueueItem,
  refusalSentence,
  RunStage,
  SHARED_DRIVE,
  shortenTexts,
  showWidgets,
  withoutOwnKernel,
  type IRunPlace,
  type IStagedNotebook
} from '@jupyter-tandem/lab';
import type { YNotebook } from '@jupyter/ydoc';
import { Widget } from '@lumino/widgets';

const TOLD_MS = 10_000;
/** See `schema/execution.json`. */
const ITEM = 'tandem-queue';
/** JupyterLab's own item that names the kernel, and offers another one. */
const KERNEL_NAME = 'kernelName';

/** Has the server run the cells of shared notebooks. */
export const cellExecutor: JupyterFrontEndPlugin<INotebookCellExecutor> = {
  id: '@jupyter-tandem/lab-extension:cell-executor',
  description: 'Has the server run cells, so that outputs arrive with every browser closed.',
  requires: [ITandemDocuments],
  optional: [ITranslator],
  provides: INotebookCellExecutor,
  activate: (
    _app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    translator: ITranslator | null
  ): INotebookCellExecutor => {
    const trans = (translator ?? nullTranslator).load('jupyter_tandem');
    return new CellExecutor(model => {
      const document = tandem.find(model);
      return document?.runs === undefined
        ? null
        : {
            runs: document.runs,
            mayWrite: !isLocked(document.view),
            refused: answer => {
              Notification.warning(refusalSentence(answer, trans), { autoClose: TOLD_MS });
            }
          };
    });
  }
};

/** Shows who runs what, and what became of it. */
export const execution: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:execution',
  description: 'Shows who runs which cell, what waits, and what the kernel asks.',
  autoStart: true,
  requires: [ITandemDocuments, INotebookTracker, IToolbarWidgetRegistry, INotebookCellExecutor],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    tandem: ITandemDocuments,
    notebooks: INotebookTracker,
    toolbars: IToolbarWidgetRegistry,
    executor: INotebookCellExecutor,
    translator: ITranslator | null
  ): void => {
    const language = translator ?? nullTranslator;
    const { languageCode } = language;
    const trans = language.load('jupyter_tandem');
    const { contents } = app.serviceManager;
    const isShared = ({ context }: NotebookPanel): boolean =>
      contents.driveName(context.path) === SHARED_DRIVE;
    const staged = new WeakMap<NotebookPanel, IStagedNotebook>();

    const stage = (panel: NotebookPanel): IStagedNotebook | null => {
      const document = tandem.find(panel.context.model.sharedModel);
      const known = staged.get(panel);
      if (known !== undefined || document?.runs === undefined) {
        return known ?? null;
      }
      const { runs } = document;
      const made = new RunStage({
        notebook: panel.content,
        model: document.model as unknown as YNotebook,
        runs,
        trans,
        locale: languageCode.replace('_', '-')
      });
      const place: IRunPlace = {
        runs,
        get mayWrite() {
          return !isLocked(document.view);
        },
        refused: made.refused
      };
      const fresh = { panel, place, stage: made };
      staged.set(panel, fresh);
      shareKernel(fresh, app);
      if (isShared(panel)) {
        withoutOwnKernel(panel.sessionContext, runs);
      }
      const { rendermime } = panel.content;
      showWidgets(rendermime, () => runs.mayRun, panel.sessionContext.iopubMessage);
      shortenTexts(rendermime, language);
      return fresh;
    };

    toolbars.addFactory<NotebookPanel>('Notebook', ITEM, panel => {
      const found = stage(panel);
      return found === null ? new Widget() : new QueueItem(found.stage.view);
    });
    let ownName: ((panel: NotebookPanel) => Widget) | undefined = undefined;
    const kernelName = (panel: NotebookPanel): Widget => {
      const own = ownName?.(panel) ?? new Widget();
      const found = isShared(panel) ? stage(panel) : null;
      if (found === null) {
        return own;
      }
      const { kernelspecs } = app.serviceManager;
      return new KernelName(own, {
        runs: found.place.runs,
        trans,
        display: name => kernelspecs.specs?.kernelspecs[name]?.display_name ?? name
      });
    };
    ownName = toolbars.addFactory<NotebookPanel>('Notebook', KERNEL_NAME, kernelName);
    notebooks.widgetAdded.connect((_, panel) => {
      stage(panel);
    });
    notebooks.forEach(panel => {
      stage(panel);
    });
    if (executor instanceof CellExecutor) {
      const current = (): IStagedNotebook | null => {
        const panel = notebooks.currentWidget;
        return panel === null ? null : (staged.get(panel) ?? null);
      };
      new CommandDetour(app.commands, kernelDetours(current, executor, trans));
    }
  }
};

/** Follows the kernel that the server started for the document. */
function shareKernel({ panel, place }: IStagedNotebook, app: JupyterFrontEnd): void {
  const { sessionContext } = panel;
  const { kernels } = app.serviceManager;
  const pursuit = new KernelPursuit(place.runs, id => followKernel(sessionContext, id, kernels));
  panel.disposed.connect(() => {
    pursuit.dispose();
  });
}

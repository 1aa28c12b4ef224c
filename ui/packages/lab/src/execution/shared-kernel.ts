import { Dialog, showDialog, type ISessionContext } from '@jupyterlab/apputils';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CellExecutor, IRunPlace } from './cell-executor';
import type { Detour } from './command-detour';
import type { IRuns } from './tokens';
import { waitsForOwner } from './queue-words';
import type { RunStage } from './run-stage';

/** A notebook whose cells the server runs. */
export interface IStagedNotebook {
  readonly panel: NotebookPanel;
  readonly place: IRunPlace;
  readonly stage: RunStage;
}

/**
 * JupyterLab's commands for the kernel, for notebooks whose kernel everybody shares (RUNUI-7).
 *
 * @param current The notebook that is meant; `null` where the commands are right as they are.
 */
export function kernelDetours(
  current: () => IStagedNotebook | null,
  executor: CellExecutor,
  trans: TranslationBundle
): ReadonlyMap<string, Detour> {
  const restart =
    (then: (staged: IStagedNotebook) => void): Detour =>
    () => {
      const staged = current();
      return staged === null ? null : askAndRestart(staged, then, trans);
    };
  return new Map<string, Detour>([
    ['notebook:run-cell-and-select-next', () => runWithoutInserting(current())],
    ['notebook:interrupt-kernel', () => interrupt(current())],
    ['notebook:restart-kernel', restart(justRestart)],
    [
      'notebook:restart-clear-output',
      restart(staged => {
        justRestart(staged);
        NotebookActions.clearAllOutputs(staged.panel.content);
      })
    ],
    [
      'notebook:restart-run-all',
      restart(({ panel, place }) => {
        executor.restartAnd(place, () => {
          void NotebookActions.runAll(panel.content, panel.sessionContext);
        });
      })
    ],
    [
      'notebook:restart-and-run-to-selected',
      restart(({ panel, place }) => {
        const { content, sessionContext } = panel;
        executor.restartAnd(place, () => {
          const upTo = content.widgets.slice(0, content.activeCellIndex + 1);
          void NotebookActions.runCells(content, upTo, sessionContext);
        });
      })
    ]
  ]);
}

/** Without a run of ours the kernel may be busy with something else; then JupyterLab's own command is right. */
function interrupt(staged: IStagedNotebook | null): Promise<void> | null {
  if (staged === null) {
    return null;
  }
  const { asking, board } = staged.place.runs;
  // Whoever waits for the owner's server gives up by it; their own kernel, if any, is none of this notebook's.
  const gives = waitsForOwner(board.kernel) && asking.size > 0;
  if (board.running === undefined && !gives) {
    return null;
  }
  staged.stage.report(staged.place.runs.interrupt());
  return Promise.resolve();
}

/** Behind the last cell JupyterLab would insert one, which not everybody who may run cells may do. */
function runWithoutInserting(staged: IStagedNotebook | null): Promise<void> | null {
  if (staged === null || staged.place.mayWrite) {
    return null;
  }
  const { content, sessionContext } = staged.panel;
  void NotebookActions.run(content, sessionContext);
  content.activeCellIndex = Math.min(content.activeCellIndex + 1, content.widgets.length - 1);
  return Promise.resolve();
}

function justRestart({ place, stage }: IStagedNotebook): void {
  stage.report(place.runs.run([], { restart: true }));
}

async function askAndRestart(
  staged: IStagedNotebook,
  then: (staged: IStagedNotebook) => void,
  trans: TranslationBundle
): Promise<void> {
  const { queue } = staged.place.runs.board;
  const lost = trans.__('All variables are lost, for everybody who works in this notebook.');
  const stopped = trans._n(
    'A cell that runs or waits is stopped.',
    '%1 cells that run or wait are stopped.',
    queue.length
  );
  const { button } = await showDialog({
    title: trans.__('Restart the kernel?'),
    body: queue.length === 0 ? lost : `${lost} ${stopped}`,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Restart') })
    ]
  });
  if (button.accept && !staged.panel.isDisposed) {
    then(staged);
  }
}

/**
 * Has a notebook whose kernel is gone, or that never had one, use its document's, for completion and widgets.
 *
 * @param kernels The kernels of the person's own server; a kernel elsewhere is none of its business.
 */
export async function followKernel(
  context: ISessionContext,
  id: string,
  kernels: Kernel.IManager
): Promise<void> {
  await context.ready;
  if (kernelOf(context) === id) {
    return;
  }
  await kernels.refreshRunning();
  const running = new Set([...kernels.running()].map(kernel => kernel.id));
  if (context.isDisposed || !running.has(id) || running.has(kernelOf(context))) {
    return;
  }
  // A session that went with an earlier server cannot be given another kernel.
  context.session?.dispose();
  await context.changeKernel({ id });
}

/** Where the cells are run elsewhere, nobody is asked for a kernel of their own (RUNUI-16). */
export function withoutOwnKernel(context: ISessionContext, runs: IRuns): void {
  const initialize = context.initialize.bind(context);
  context.initialize = async () => {
    await runs.placed;
    if (runs.board.at !== '') {
      context.kernelPreference = { ...context.kernelPreference, shouldStart: false };
    }
    return initialize();
  };
}

/** Id of the kernel that a notebook is connected to, or `""`. */
function kernelOf({ session }: ISessionContext): string {
  return session?.kernel?.id ?? '';
}

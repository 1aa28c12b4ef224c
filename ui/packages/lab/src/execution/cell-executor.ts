import type { IRun, IRunAnswer } from '@jupyter-tandem/protocol';
import type { ICodeCellModel } from '@jupyterlab/cells';
import { KernelError, runCell, type INotebookCellExecutor } from '@jupyterlab/notebook';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IRuns } from './tokens';

type Options = INotebookCellExecutor.IRunCellOptions;

/** Where a notebook's cells are run. */
export interface IRunPlace {
  readonly runs: IRuns;
  /** Whether this person may change the document. */
  readonly mayWrite: boolean;
  /** Tells this person that nothing was run, and why. */
  readonly refused: (answer: IRunAnswer) => void;
}

interface IRequest {
  readonly options: Options;
  readonly done: PromiseDelegate<boolean>;
}

interface IBatch {
  readonly place: IRunPlace;
  readonly restart: boolean;
  readonly requests: IRequest[];
}

/**
 * Has the server run the cells of documents that Tandem keeps; others are run by the browser, as always (RUNUI-4).
 *
 * JupyterLab asks for each cell of *Run All* by itself, all in one go: what is asked for until the event loop turns is
 * one command.
 */
export class CellExecutor implements INotebookCellExecutor {
  private readonly batches = new Map<IRuns, IBatch>();
  private restarting = false;

  /**
   * @param find Where the cells of a shared notebook are run; `null` for those that the server does not run.
   */
  constructor(private readonly find: (model: unknown) => IRunPlace | null) {}

  async runCell(options: Options): Promise<boolean> {
    const { cell, notebook } = options;
    const place = cell.model.type === 'code' ? this.find(notebook.sharedModel) : null;
    if (place === null) {
      return runCell(options);
    }
    const done = new PromiseDelegate<boolean>();
    this.batch(place).requests.push({ options, done });
    return done.promise;
  }

  /** Runs in `ask` what it asks for, once the kernel has started anew; in one step. */
  restartAnd(place: IRunPlace, ask: () => void): void {
    this.restarting = true;
    try {
      this.batch(place);
      ask();
    } finally {
      this.restarting = false;
    }
  }

  private batch(place: IRunPlace): IBatch {
    let batch = this.batches.get(place.runs);
    if (batch?.restart !== this.restarting) {
      const fresh: IBatch = { place, restart: this.restarting, requests: [] };
      batch = fresh;
      this.batches.set(place.runs, fresh);
      queueMicrotask(() => {
        if (this.batches.get(place.runs) === fresh) {
          this.batches.delete(place.runs);
        }
        void carryOut(fresh);
      });
    }
    return batch;
  }
}

async function carryOut({ place, restart, requests }: IBatch): Promise<void> {
  if (place.mayWrite) {
    requests.forEach(trust);
  }
  const cells = requests.map(({ options: { cell } }) => ({
    id: cell.model.id,
    source: cell.model.sharedModel.getSource()
  }));
  const timing = requests[0]?.options.notebookConfig.recordTiming ?? false;
  const answer = await place.runs.run(cells, { timing, restart });
  if (answer.status === 'refused') {
    place.refused(answer);
  }
  requests.forEach((request, index) => {
    const run = answer.runs[index];
    if (run === undefined) {
      request.done.resolve(false);
    } else {
      void follow(request, run, place.runs);
    }
  });
}

/** What comes of code that this person wants to run may be shown to them. */
function trust({ options: { cell } }: IRequest): void {
  const model = cell.model as ICodeCellModel;
  if (!model.trusted) {
    model.trusted = true;
  }
}

async function follow({ options, done }: IRequest, id: number, runs: IRuns): Promise<void> {
  const { cell, notebook, onCellExecuted, onCellExecutionScheduled } = options;
  onCellExecutionScheduled({ cell });
  const run = await runs.ended(id);
  notebook.deletedCells.splice(0);
  if (!cell.isDisposed && run !== null) {
    if (run.state === 'finished') {
      onCellExecuted({ cell, success: true });
    } else if (run.started_at !== null) {
      onCellExecuted({ cell, success: false, error: errorOf(run) });
    }
  }
  done.resolve(run?.state === 'finished');
}

function errorOf({ reason }: IRun): KernelError {
  const [name = '', ...rest] = reason.split(': ');
  const content = { ename: name, evalue: rest.join(': '), traceback: [] };
  return new KernelError({ status: 'error', execution_count: 0, ...content });
}

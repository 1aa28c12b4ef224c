import type { IRun, IRunAnswer } from '@jupyter-tandem/protocol';
import type { RunBoard } from '@jupyter-tandem/sync';
import type { ISignal } from '@lumino/signaling';

/** A code cell that is to be run, as it is here. */
export interface IRunnable {
  readonly id: string;
  readonly source: string;
}

/** How cells are to be run. */
export interface IRunOptions {
  /** Whether to record times in the cells' metadata. */
  readonly timing?: boolean;
  /** Whether the kernel is to start anew before. */
  readonly restart?: boolean;
}

/** What is different about runs. */
export interface IRunNews {
  /** Ids of the cells concerned. */
  readonly cells: ReadonlySet<string>;
  /** Whether the connection was made anew, so that this may be old news to others. */
  readonly anew: boolean;
}

/** The runs of one document that the server carries out. */
export interface IRuns {
  /** What the server has told. */
  readonly board: RunBoard;
  /** Who this person is to the server; `""` before it has said so. */
  readonly username: string;
  /** Resolves when it is known where the cells are run (`board.at`); never where the server is never reached. */
  readonly placed: Promise<void>;
  /** Whether this person may run code here; `true` as long as nothing is known. */
  readonly mayRun: boolean;
  /** Cells this person wants to be run, and the server has not answered yet. */
  readonly asking: ReadonlySet<string>;
  /** There is news of runs, the kernel, its questions, or of what this person may do. */
  readonly changed: ISignal<IRuns, IRunNews>;
  /** Asks for cells to be run, all or none, in this order. */
  run(cells: readonly IRunnable[], options?: IRunOptions): Promise<IRunAnswer>;
  /** Takes runs out of the queue. */
  cancel(runs: readonly number[]): Promise<IRunAnswer>;
  /** Stops the run under way. */
  interrupt(): Promise<IRunAnswer>;
  /** Answers what the kernel asks. */
  answer(input: number, value: string): Promise<IRunAnswer>;
  /** Resolves when a run has ended or will not be started by itself; `null` where nobody will know. */
  ended(run: number): Promise<IRun | null>;
}

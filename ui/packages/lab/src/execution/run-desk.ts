import type { IExecution, IRun, IRunAnswer, RunCommand } from '@jupyter-tandem/protocol';
import {
  isUnderWay,
  RunBoard,
  RunCommands,
  sourceHash,
  type ISessionState,
  type RunWish
} from '@jupyter-tandem/sync';
import { PromiseDelegate } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IRunnable, IRunNews, IRunOptions, IRuns } from './tokens';

/** A document's connection, as far as runs go over it. */
export interface IRunConnection {
  readonly state: ISessionState;
  readonly changed: ISignal<unknown, ISessionState>;
  readonly runAnswered: ISignal<unknown, IRunAnswer>;
  readonly executing: ISignal<unknown, IExecution>;
  command(command: RunCommand): void;
}

/** What a desk needs beside the connection. */
export interface IRunDeskOptions {
  /** Milliseconds that never step back. */
  readonly now: () => number;
  /** A name for a wish that no other wish has. */
  readonly newKey: () => string;
}

const NONE: ReadonlySet<string> = new Set();

/** Asks for runs over a document's connection, and knows how they stand (RUNUI-1, RUNUI-2). */
export class RunDesk implements IRuns, IDisposable {
  readonly board = new RunBoard();
  private readonly commands = new RunCommands();
  private readonly answers = new Map<number, PromiseDelegate<IRunAnswer>>();
  private readonly endings = new Map<number, PromiseDelegate<IRun | null>>();
  private readonly asked = new Map<number, readonly string[]>();
  private readonly _changed = new Signal<this, IRunNews>(this);
  private readonly told = new PromiseDelegate<void>();
  private live = false;
  private could = true;
  /** Whether all the runs there are have yet to be told on this connection. */
  private anew = false;
  private disposed = false;

  constructor(
    private readonly connection: IRunConnection,
    private readonly options: IRunDeskOptions
  ) {
    connection.changed.connect(this.onChanged);
    connection.runAnswered.connect(this.onAnswered);
    connection.executing.connect(this.onExecuting);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get changed(): ISignal<this, IRunNews> {
    return this._changed;
  }

  get username(): string {
    return this.connection.state.hello?.user.username ?? '';
  }

  get placed(): Promise<void> {
    return this.told.promise;
  }

  get mayRun(): boolean {
    return this.connection.state.rights?.actions.includes('run') ?? true;
  }

  get asking(): ReadonlySet<string> {
    return new Set([...this.asked.values()].flat());
  }

  async run(cells: readonly IRunnable[], options: IRunOptions = {}): Promise<IRunAnswer> {
    return this.ask({
      type: options.restart === true ? 'restart' : 'run',
      key: this.options.newKey(),
      cells: cells.map(({ id, source }) => ({ id, source_hash: sourceHash(source) })),
      timing: options.timing === true
    });
  }

  async cancel(runs: readonly number[]): Promise<IRunAnswer> {
    return this.ask({ type: 'cancel', runs });
  }

  async interrupt(): Promise<IRunAnswer> {
    return this.ask({ type: 'interrupt' });
  }

  async answer(input: number, value: string): Promise<IRunAnswer> {
    return this.ask({ type: 'answer', input, value });
  }

  async ended(id: number): Promise<IRun | null> {
    const run = this.board.get(id);
    if (run !== undefined && !isUnderWay(run)) {
      return run;
    }
    const ending = this.endings.get(id) ?? new PromiseDelegate<IRun | null>();
    this.endings.set(id, ending);
    return ending.promise;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.connection.changed.disconnect(this.onChanged);
    this.connection.runAnswered.disconnect(this.onAnswered);
    this.connection.executing.disconnect(this.onExecuting);
    this.commands.end().forEach(answer => {
      this.settle(answer);
    });
    [...this.endings.keys()].forEach(id => {
      this.conclude(id, null);
    });
    Signal.clearData(this);
  }

  private ask(wish: RunWish): Promise<IRunAnswer> {
    const command = this.commands.begin(wish, this.options.now());
    const answer = new PromiseDelegate<IRunAnswer>();
    this.answers.set(command.number, answer);
    if ('cells' in wish) {
      this.asked.set(
        command.number,
        wish.cells.map(({ id }) => id)
      );
      this.tell(new Set(wish.cells.map(({ id }) => id)));
    }
    if (this.disposed) {
      this.commands.end().forEach(lost => {
        this.settle(lost);
      });
    } else {
      this.connection.command(command);
    }
    return answer.promise;
  }

  private settle(answer: IRunAnswer): void {
    const cells = this.asked.get(answer.number);
    this.asked.delete(answer.number);
    this.answers.get(answer.number)?.resolve(answer);
    this.answers.delete(answer.number);
    if (cells !== undefined) {
      this.tell(new Set(cells));
    }
  }

  private conclude(id: number, run: IRun | null): void {
    this.endings.get(id)?.resolve(run);
    this.endings.delete(id);
  }

  private tell(cells: ReadonlySet<string>, anew = false): void {
    if (!this.disposed) {
      this._changed.emit({ cells, anew });
    }
  }

  private readonly onAnswered = (_: unknown, answer: IRunAnswer): void => {
    if (this.commands.answered(answer) !== null) {
      this.settle(answer);
    }
  };

  private readonly onExecuting = (_: unknown, news: IExecution): void => {
    const cells = this.board.take(news);
    for (const run of news.runs) {
      if (!isUnderWay(run)) {
        this.conclude(run.id, run);
      }
    }
    const anew = (this.anew ||= news.full);
    if (news.full) {
      this.told.resolve();
    }
    // A server that has just come up may tell that there is a board before it knows what stands on it.
    if (anew && news.runs.length > 0) {
      this.anew = false;
      this.forgetLost();
    }
    this.tell(cells, anew);
  };

  /** Runs of which the server does not know any more will not end here. */
  private forgetLost(): void {
    for (const id of [...this.endings.keys()]) {
      if (this.board.get(id) === undefined && id < this.board.last) {
        this.conclude(id, null);
      }
    }
  }

  private readonly onChanged = (_: unknown, { phase }: ISessionState): void => {
    const live = phase === 'live';
    if (live !== this.live) {
      this.live = live;
      const { repeat, lost } = live
        ? this.commands.resumed(this.options.now())
        : { repeat: [], lost: this.commands.parted() };
      lost.forEach(answer => {
        this.settle(answer);
      });
      repeat.forEach(command => {
        this.connection.command(command);
      });
    }
    if (this.mayRun !== this.could) {
      this.could = this.mayRun;
      this.tell(NONE);
    }
  };
}

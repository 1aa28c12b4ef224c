import type { IExecution, IInputRequest, IKernelStatus, IRun } from '@jupyter-tandem/protocol';

/** Whether a run waits or is under way, so that something follows. */
export function isUnderWay({ state }: Pick<IRun, 'state'>): boolean {
  return state === 'queued' || state === 'running';
}

/** What the server has told of a document's kernel and runs (docs/spec/execution.md). */
export class RunBoard {
  /** `null` before the first run. */
  kernel: IKernelStatus | null = null;
  /** The username of whose server runs the cells; empty where it is the one that tells. */
  at = '';
  /** What the kernel asks. */
  input: IInputRequest | null = null;
  private readonly runs = new Map<number, IRun>();
  private readonly byCell = new Map<string, Map<number, IRun>>();
  private readonly open = new Map<number, IRun>();
  /** Whoever shows the board asks for these again and again between two news. */
  private sorted: { readonly queue: readonly IRun[]; readonly held: readonly IRun[] } | null = null;

  /** Takes news; returns the ids of the cells concerned. */
  take(news: IExecution): ReadonlySet<string> {
    const cells = new Set(news.runs.map(run => run.cell));
    this.sorted = null;
    if (news.full) {
      this.clear(cells);
      this.at = '';
    }
    this.at = news.at ?? this.at;
    if (news.kernel !== undefined) {
      this.kernel = news.kernel;
    }
    if (news.input !== undefined) {
      [this.input, news.input].forEach(input => {
        if (input !== null) {
          cells.add(input.cell);
        }
      });
      this.input = news.input;
    }
    for (const run of news.runs) {
      this.enter(run);
    }
    return cells;
  }

  /** One run; `undefined` where it is not known (any more). */
  get(id: number): IRun | undefined {
    return this.runs.get(id);
  }

  /** The highest number of a run that was told. */
  get last(): number {
    let last = 0;
    for (const id of this.runs.keys()) {
      last = Math.max(last, id);
    }
    return last;
  }

  /** What is under way and what waits, in the order in which it runs. */
  get queue(): readonly IRun[] {
    return this.inOrder.queue;
  }

  /** What waited when the server went away, and is not started by itself (RUN-17). */
  get held(): readonly IRun[] {
    return this.inOrder.held;
  }

  /** The run under way. */
  get running(): IRun | undefined {
    return this.queue.find(run => run.state === 'running');
  }

  /** Ids of the cells that somebody wanted to run. */
  get cells(): Iterable<string> {
    return this.byCell.keys();
  }

  /** The newest run of a cell that was started: who ran it, when, and with which source. */
  record(cell: string): IRun | undefined {
    return newest(this.of(cell), run => run.started_at !== null);
  }

  /** The newest run of a cell, whatever became of it. */
  newest(cell: string): IRun | undefined {
    return newest(this.of(cell), () => true);
  }

  /** What is under way or comes next of a cell. */
  next(cell: string): IRun | undefined {
    const open = this.of(cell).filter(isUnderWay);
    return newest(open, run => run.state === 'running') ?? open.sort((a, b) => a.id - b.id)[0];
  }

  /** The newest run of a cell that a person started. */
  recordOf(cell: string, username: string): IRun | undefined {
    return newest(this.of(cell), run => run.started_at !== null && run.user.username === username);
  }

  private get inOrder(): { readonly queue: readonly IRun[]; readonly held: readonly IRun[] } {
    if (this.sorted === null) {
      const open = [...this.open.values()].sort((a, b) => a.id - b.id);
      this.sorted = {
        queue: open.filter(isUnderWay),
        held: open.filter(run => run.state === 'held')
      };
    }
    return this.sorted;
  }

  private of(cell: string): IRun[] {
    return [...(this.byCell.get(cell)?.values() ?? [])];
  }

  private enter(run: IRun): void {
    this.runs.set(run.id, run);
    const ofCell = this.byCell.get(run.cell) ?? new Map<number, IRun>();
    this.byCell.set(run.cell, ofCell.set(run.id, run));
    if (isUnderWay(run) || run.state === 'held') {
      this.open.set(run.id, run);
    } else {
      this.open.delete(run.id);
    }
  }

  /** Forgets every run. */
  private clear(cells: Set<string>): void {
    for (const cell of this.byCell.keys()) {
      cells.add(cell);
    }
    this.runs.clear();
    this.byCell.clear();
    this.open.clear();
  }
}

function newest(runs: readonly IRun[], wanted: (run: IRun) => boolean): IRun | undefined {
  return runs
    .filter(wanted)
    .reduce<IRun | undefined>((a, b) => (a !== undefined && a.id > b.id ? a : b), undefined);
}

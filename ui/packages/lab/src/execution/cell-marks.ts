import { sourceHash } from '@jupyter-tandem/sync';
import type { IRunAnswer } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { BadgeWords, IBadgeFacts } from './badge';
import { Mark } from './mark';
import { Sight } from './sight';
import type { SourceWatch } from './source-watch';
import type { IRunNews, IRuns } from './tokens';

/** A cell, as far as a mark hangs at it. */
export interface IMarkedCell {
  readonly node: HTMLElement;
  /** Resolves when the cell has been drawn. */
  readonly ready: Promise<void>;
  readonly model: {
    readonly id: string;
    readonly type: string;
    readonly sharedModel: { getSource(): string };
  };
}

/** A notebook, as far as its cells have marks. */
export interface IMarkedNotebook {
  readonly widgets: readonly IMarkedCell[];
  readonly model: { readonly cells: { readonly changed: ISignal<unknown, unknown> } } | null;
  readonly disposed: ISignal<unknown, unknown>;
}

/** What marks need. */
export interface ICellMarksOptions {
  readonly notebook: IMarkedNotebook;
  readonly runs: IRuns;
  readonly watch: SourceWatch;
  readonly words: BadgeWords;
  readonly trans: TranslationBundle;
  /** Tells the person why nothing happened. */
  readonly refused: (answer: IRunAnswer) => void;
}

/** How often the time of a run under way is written anew. */
const TICK_MS = 1_000;

/** What is the same for all cells that are drawn together. */
interface IStanding {
  /** How many runs come before each of those that wait. */
  readonly before: ReadonlyMap<number, number>;
  readonly asking: ReadonlySet<string>;
}

/** Says at each cell of a notebook how its runs stand. */
export class CellMarks implements IDisposable {
  private readonly marks = new Map<string, Mark>();
  private readonly hashes = new Map<string, { source: string; hash: string }>();
  private readonly dirty = new Set<string>();
  /** Cells that wait: each news moves all of them, so only those in view are drawn anew. */
  private readonly waiting = new Sight(cells => {
    this.renderLater(cells);
  });
  private all = false;
  private mayRun: boolean | null = null;
  private frame: number | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;
  private disposed = false;

  constructor(private readonly options: ICellMarksOptions) {
    const { notebook, runs, watch } = options;
    runs.changed.connect(this.onRuns);
    watch.changed.connect(this.onSources);
    notebook.model?.cells.changed.connect(this.renderAll);
    notebook.disposed.connect(() => {
      this.dispose();
    });
    this.renderAll();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    const { notebook, runs, watch } = this.options;
    runs.changed.disconnect(this.onRuns);
    watch.changed.disconnect(this.onSources);
    notebook.model?.cells.changed.disconnect(this.renderAll);
    if (this.frame !== null) {
      cancelAnimationFrame(this.frame);
    }
    this.tick(false);
    this.waiting.dispose();
    this.marks.forEach(({ node }) => {
      node.remove();
    });
    this.marks.clear();
  }

  private readonly onRuns = (_: unknown, { cells }: IRunNews): void => {
    const { mayRun } = this.options.runs;
    if (mayRun !== this.mayRun) {
      this.mayRun = mayRun;
      this.renderAll();
    }
    if (cells.size > 0) {
      this.renderLater(cells);
      // Whoever waits comes nearer.
      this.renderLater(this.waiting.cells);
    }
  };

  private readonly onSources = (_: unknown, cells: ReadonlySet<string>): void => {
    this.renderLater(cells);
  };

  /** The widgets of new cells come after the cells. */
  private readonly renderAll = (): void => {
    this.all = true;
    this.renderLater([]);
  };

  private renderLater(cells: Iterable<string>): void {
    for (const cell of cells) {
      this.dirty.add(cell);
    }
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.render();
    });
  }

  private render(): void {
    const { notebook, runs } = this.options;
    const { asking, board } = runs;
    const dirty = this.due();
    const before = new Map(board.queue.map(({ id }, index) => [id, index]));
    for (const cell of notebook.widgets) {
      if (dirty.delete(cell.model.id) && cell.model.type === 'code') {
        this.draw(cell, { asking, before });
      }
      if (dirty.size === 0) {
        break;
      }
    }
    // What is left has no widget (any more).
    dirty.forEach(id => {
      this.remove(id);
    });
    this.tick(board.running !== undefined);
  }

  /** Ids of the cells that are to be drawn. */
  private due(): Set<string> {
    const all = this.all ? [...this.options.runs.board.cells, ...this.marks.keys()] : [];
    const dirty = new Set([...this.dirty, ...all]);
    this.dirty.clear();
    this.all = false;
    return dirty;
  }

  private draw(cell: IMarkedCell, standing: IStanding): void {
    const { options, marks } = this;
    const { id } = cell.model;
    const facts = this.facts(cell, standing);
    const badge = options.words.of(facts);
    if (badge === null) {
      this.remove(id);
      return;
    }
    if (facts.next?.state === 'queued') {
      this.waiting.watch(id, cell.node);
    } else {
      this.waiting.forget(id);
    }
    const mark = marks.get(id) ?? new Mark(options.trans, this.cancel);
    marks.set(id, mark);
    mark.show(badge);
    if (!mark.hang(cell.node)) {
      void cell.ready.then(() => {
        this.renderLater([id]);
      });
    }
  }

  private facts({ model }: IMarkedCell, { asking, before }: IStanding): IBadgeFacts {
    const { runs, watch } = this.options;
    const { board, username } = runs;
    const { id } = model;
    const record = board.record(id);
    const own = board.recordOf(id, username);
    const next = board.next(id);
    const hash = record === undefined ? '' : this.hash(id, model.sharedModel.getSource());
    if (own?.source_hash === hash) {
      watch.settle(id);
    }
    return {
      asking: asking.has(id),
      next,
      before: next === undefined ? 0 : (before.get(next.id) ?? 0),
      newest: board.newest(id),
      record,
      own,
      hash,
      others: [...new Set([...(own?.changed_by ?? []), ...watch.others(id)])],
      now: Date.now() / 1000,
      mayRun: runs.mayRun
    };
  }

  private hash(id: string, source: string): string {
    let known = this.hashes.get(id);
    if (known?.source !== source) {
      known = { source, hash: sourceHash(source) };
      this.hashes.set(id, known);
    }
    return known.hash;
  }

  private remove(id: string): void {
    this.marks.get(id)?.node.remove();
    this.marks.delete(id);
    this.hashes.delete(id);
    this.waiting.forget(id);
  }

  private tick(on: boolean): void {
    if (!on && this.timer !== null) {
      clearInterval(this.timer);
      this.timer = null;
    } else if (on) {
      this.timer ??= setInterval(() => {
        const { running } = this.options.runs.board;
        this.renderLater(running === undefined ? [] : [running.cell]);
      }, TICK_MS);
    }
  }

  private readonly cancel = (run: number): void => {
    const { refused, runs } = this.options;
    void runs.cancel([run]).then(answer => {
      if (answer.status === 'refused') {
        refused(answer);
      }
    });
  };
}

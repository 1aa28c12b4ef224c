import type { IRun } from '@jupyter-tandem/protocol';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IRunNews, IRuns } from './tokens';

/** What became of this person's runs while nobody could tell them. */
export interface IAftermath {
  /** The runs that were under way and did not come to their end. */
  readonly interrupted: readonly IRun[];
  /** The runs that waited and were not started. */
  readonly held: readonly IRun[];
}

/** Notices that this person's runs did not go on while the server was away (RUNUI-10). */
export class Aftermath implements IDisposable {
  private readonly seen = new Set<number>();
  private readonly told = new Set<number>();
  private readonly _happened = new Signal<this, IAftermath>(this);
  private readonly _over = new Signal<this, void>(this);
  private pending = false;
  private disposed = false;

  constructor(private readonly runs: IRuns) {
    runs.changed.connect(this.onChanged);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Something is to be told. */
  get happened(): ISignal<this, IAftermath> {
    return this._happened;
  }

  /** There is nothing left to decide about what was told. */
  get over(): ISignal<this, void> {
    return this._over;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.runs.changed.disconnect(this.onChanged);
      Signal.clearData(this);
    }
  }

  private readonly onChanged = (_: unknown, { anew }: IRunNews): void => {
    const { board, username } = this.runs;
    const isOwn = ({ user }: IRun): boolean => user.username === username;
    const interrupted = anew ? this.interrupted() : [];
    const held = board.held.filter(isOwn);
    const fresh = held.filter(({ id }) => !this.told.has(id));
    for (const { id } of [...held, ...interrupted]) {
      this.told.add(id);
    }
    board.queue.filter(isOwn).forEach(({ id, state }) => {
      if (state === 'running') {
        this.seen.add(id);
      }
    });
    if (fresh.length > 0 || interrupted.length > 0) {
      this.pending = held.length > 0;
      this._happened.emit({ interrupted, held });
    } else if (this.pending && held.length === 0 && board.last > 0) {
      this.pending = false;
      this._over.emit();
    }
  };

  private interrupted(): IRun[] {
    return [...this.seen]
      .filter(id => !this.told.has(id))
      .map(id => this.runs.board.get(id))
      .filter((run): run is IRun => run?.state === 'interrupted');
  }
}

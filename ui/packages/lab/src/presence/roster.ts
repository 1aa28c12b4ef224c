import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { Awareness } from 'y-protocols/awareness';
import { people, type IPerson } from './person';

/** The other people in one document; tells once a frame at most when something about them changed. */
export class Roster implements IDisposable {
  private current: readonly IPerson[];
  private frame: number | null = null;
  private disposed = false;
  private readonly _changed = new Signal<this, readonly IPerson[]>(this);

  constructor(private readonly awareness: Awareness) {
    this.current = this.read();
    awareness.on('change', this.onChange);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Everybody else, by name. */
  get people(): readonly IPerson[] {
    return this.current;
  }

  get changed(): ISignal<this, readonly IPerson[]> {
    return this._changed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.awareness.off('change', this.onChange);
    if (this.frame !== null) {
      cancelAnimationFrame(this.frame);
    }
    Signal.clearData(this);
  }

  private read(): IPerson[] {
    return people(this.awareness.getStates(), this.awareness.clientID);
  }

  private readonly onChange = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      const before = JSON.stringify(this.current);
      const now = this.read();
      // Others' carets move with every letter; that changes nothing here.
      if (JSON.stringify(now) !== before) {
        this.current = now;
        this._changed.emit(now);
      }
    });
  };
}

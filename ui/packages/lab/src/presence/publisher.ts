import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { Awareness } from 'y-protocols/awareness';

/** The awareness field that says in which cell somebody is. */
export const WHEREABOUTS = 'activeCell';

/** A notebook, as far as it says where the person is. */
export interface IStage {
  readonly activeCell: { readonly model: { readonly id: string } } | null;
  readonly mode: 'command' | 'edit';
  readonly activeCellChanged: ISignal<unknown, unknown>;
  readonly stateChanged: ISignal<unknown, unknown>;
  readonly disposed: ISignal<unknown, unknown>;
}

/** Tells the others in which cell this person is, in command mode as well (PRESENCE-1). */
export class Publisher implements IDisposable {
  private disposed = false;
  private told = '';

  /**
   * @param may Whether the person wants to be seen.
   */
  constructor(
    private readonly notebook: IStage,
    private readonly awareness: Awareness,
    private readonly may: () => boolean
  ) {
    notebook.activeCellChanged.connect(this.publish);
    notebook.stateChanged.connect(this.publish);
    notebook.disposed.connect(() => {
      this.dispose();
    });
    this.publish();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.notebook.activeCellChanged.disconnect(this.publish);
      this.notebook.stateChanged.disconnect(this.publish);
    }
  }

  /** Tells where the person is now, if that is news. */
  readonly publish = (): void => {
    const { activeCell, mode } = this.notebook;
    const here = activeCell === null || !this.may() ? null : { cellId: activeCell.model.id, mode };
    const json = JSON.stringify(here);
    if (json !== this.told && this.awareness.getLocalState() !== null) {
      this.told = json;
      this.awareness.setLocalStateField(WHEREABOUTS, here);
    }
  };
}

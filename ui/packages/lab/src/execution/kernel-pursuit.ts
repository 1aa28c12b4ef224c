import type { IDisposable } from '@lumino/disposable';
import type { IRuns } from './tokens';

/** How long to wait after an attempt that failed. */
const AGAIN_AFTER_MS = 10_000;

/** Has a notebook follow the kernel that the server started for its document, as long as that takes (RUNUI-17). */
export class KernelPursuit implements IDisposable {
  private followed = '';
  /** An attempt is under way, or the next one waits for its time. */
  private busy = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private disposed = false;

  /**
   * @param follow Connects the notebook to the kernel of this id; rejects where that failed and may be tried again.
   */
  constructor(
    private readonly runs: Pick<IRuns, 'board' | 'changed' | 'mayRun'>,
    private readonly follow: (id: string) => Promise<void>
  ) {
    runs.changed.connect(this.look);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.runs.changed.disconnect(this.look);
  }

  private readonly look = (): void => {
    const { board, mayRun } = this.runs;
    const { kernel } = board;
    // Not while it starts: Jupyter Server fails to list kernels then.
    const there = kernel?.state === 'idle' || kernel?.state === 'busy';
    if (!this.disposed && !this.busy && there && kernel.id !== this.followed && mayRun) {
      void this.attempt(kernel.id);
    }
  };

  private async attempt(id: string): Promise<void> {
    this.busy = true;
    try {
      await this.follow(id);
      this.followed = id;
      this.rest();
    } catch {
      // Without it there is no completion; running does not depend on it.
      this.timer = setTimeout(this.rest, AGAIN_AFTER_MS);
    }
  }

  /** There may be another kernel by now. */
  private readonly rest = (): void => {
    this.busy = false;
    this.look();
  };
}

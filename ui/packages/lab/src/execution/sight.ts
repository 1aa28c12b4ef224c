import type { IDisposable } from '@lumino/disposable';

/** Knows which of the cells it watches are in view; one of which nothing was heard yet is taken to be. */
export class Sight implements IDisposable {
  private readonly nodes = new Map<string, HTMLElement>();
  private readonly ids = new Map<Element, string>();
  private readonly inView = new Set<string>();
  private readonly observer: IntersectionObserver;
  private disposed = false;

  /**
   * @param entered Called with the ids of cells that have come into view.
   */
  constructor(private readonly entered: (cells: readonly string[]) => void) {
    this.observer = new IntersectionObserver(entries => {
      this.look(entries);
    });
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Ids of the cells in view. */
  get cells(): ReadonlySet<string> {
    return this.inView;
  }

  dispose(): void {
    this.disposed = true;
    this.observer.disconnect();
    this.nodes.clear();
    this.ids.clear();
    this.inView.clear();
  }

  /** Looks after a cell, at the node it has now. */
  watch(cell: string, node: HTMLElement): void {
    if (this.nodes.get(cell) !== node) {
      this.forget(cell);
      this.nodes.set(cell, node);
      this.ids.set(node, cell);
      this.inView.add(cell);
      this.observer.observe(node);
    }
  }

  /** Looks after a cell no more. */
  forget(cell: string): void {
    const node = this.nodes.get(cell);
    if (node !== undefined) {
      this.observer.unobserve(node);
      this.nodes.delete(cell);
      this.ids.delete(node);
      this.inView.delete(cell);
    }
  }

  private look(entries: readonly IntersectionObserverEntry[]): void {
    const come: string[] = [];
    for (const { isIntersecting, target } of entries) {
      const cell = this.ids.get(target);
      if (cell === undefined) {
        continue;
      }
      if (!isIntersecting) {
        this.inView.delete(cell);
      } else if (!this.inView.has(cell)) {
        this.inView.add(cell);
        come.push(cell);
      }
    }
    if (come.length > 0) {
      this.entered(come);
    }
  }
}

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import { avatar } from './avatar';
import { byCell, type IPerson } from './person';
import type { Roster } from './roster';

/** A notebook, as far as its cells have an edge. */
export interface ICells {
  readonly widgets: readonly {
    readonly model: { readonly id: string };
    readonly node: HTMLElement;
  }[];
  readonly model: { readonly cells: { readonly changed: ISignal<unknown, unknown> } } | null;
  readonly disposed: ISignal<unknown, unknown>;
}

/** Discs beside a cell: with more people there the last one says how many more. */
const DISCS_MAX = 2;

/**
 * Shows at the left edge of each cell who is in it (PRESENCE-2).
 *
 * The discs lie over the space the prompt leaves free, so nothing moves when somebody comes or goes.
 */
export class PresenceGutter implements IDisposable {
  private readonly gutters = new Map<string, HTMLElement>();
  private frame: number | null = null;
  private disposed = false;

  constructor(
    private readonly notebook: ICells,
    private readonly roster: Roster,
    private readonly trans: TranslationBundle
  ) {
    roster.changed.connect(this.render);
    notebook.model?.cells.changed.connect(this.renderLater);
    notebook.disposed.connect(() => {
      this.dispose();
    });
    this.render();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.roster.changed.disconnect(this.render);
    this.notebook.model?.cells.changed.disconnect(this.renderLater);
    if (this.frame !== null) {
      cancelAnimationFrame(this.frame);
    }
    this.gutters.forEach(gutter => {
      gutter.remove();
    });
    this.gutters.clear();
  }

  /** The widgets of new cells come after the cells. */
  private readonly renderLater = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.render();
    });
  };

  private readonly render = (): void => {
    const cells = byCell(this.roster.people);
    for (const [cellId, gutter] of this.gutters) {
      if (!cells.has(cellId)) {
        gutter.remove();
        this.gutters.delete(cellId);
      }
    }
    if (cells.size === 0) {
      return;
    }
    for (const { model, node } of this.notebook.widgets) {
      const here = cells.get(model.id);
      if (here !== undefined) {
        this.fill(this.gutter(model.id, node), here);
      }
    }
  };

  private gutter(cellId: string, cell: HTMLElement): HTMLElement {
    let gutter = this.gutters.get(cellId);
    if (gutter === undefined) {
      gutter = document.createElement('div');
      gutter.className = 'tandem-PresenceGutter';
      gutter.setAttribute('role', 'group');
      gutter.setAttribute('aria-label', this.trans.__('People in this cell'));
      this.gutters.set(cellId, gutter);
    }
    // A cell that was moved has another widget.
    if (gutter.parentElement !== cell) {
      cell.append(gutter);
    }
    return gutter;
  }

  private fill(gutter: HTMLElement, here: readonly IPerson[]): void {
    const shown = here.length > DISCS_MAX ? here.slice(0, DISCS_MAX - 1) : here;
    const rest = here.slice(shown.length);
    const discs = shown.map(person => {
      const disc = avatar(person, this.label(person));
      disc.dataset['mode'] = person.whereabouts?.mode ?? 'command';
      return disc;
    });
    if (rest.length > 0) {
      discs.push(this.others(rest));
    }
    gutter.replaceChildren(...discs);
  }

  private others(rest: readonly IPerson[]): HTMLElement {
    const disc = document.createElement('span');
    const names = rest.map(person => this.label(person)).join('\n');
    disc.className = 'tandem-Avatar tandem-Avatar-more';
    disc.setAttribute('role', 'img');
    disc.setAttribute('aria-label', names);
    disc.title = names;
    disc.textContent = `+${rest.length}`;
    return disc;
  }

  private label(person: IPerson): string {
    return person.whereabouts?.mode === 'edit'
      ? this.trans.__('%1 is editing this cell', person.name)
      : this.trans.__('%1 is at this cell', person.name);
  }
}

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IBadge } from './badge';

/** The line below a cell's code that says how its runs stand. */
export class Mark {
  readonly node = document.createElement('div');
  private readonly text = document.createElement('span');
  private readonly button = document.createElement('button');
  private shown: IBadge | null = null;

  /**
   * @param cancel Takes a run out of the queue.
   */
  constructor(trans: TranslationBundle, cancel: (run: number) => void) {
    this.node.className = 'tandem-RunMark';
    this.node.setAttribute('role', 'note');
    this.node.setAttribute('aria-label', trans.__('Runs of this cell'));
    const sign = document.createElement('span');
    sign.className = 'tandem-RunMark-sign';
    sign.setAttribute('aria-hidden', 'true');
    this.text.className = 'tandem-RunMark-text';
    this.button.type = 'button';
    this.button.textContent = trans.__('Cancel');
    this.button.title = trans.__('Take this cell out of the queue');
    this.button.onclick = () => {
      const run = this.shown?.cancel ?? null;
      if (run !== null) {
        cancel(run);
      }
    };
    this.node.append(sign, this.text, this.button);
  }

  show(badge: IBadge): void {
    const { shown } = this;
    this.shown = badge;
    if (shown?.text !== badge.text) {
      this.text.textContent = badge.text;
    }
    this.node.dataset['tone'] = badge.tone;
    this.node.title = badge.detail;
    this.button.hidden = badge.cancel === null;
  }

  /** Puts it behind a cell's input, also when the cell has another widget than before; not before it is drawn. */
  hang(cell: HTMLElement): boolean {
    const input = cell.querySelector(':scope > .jp-Cell-inputWrapper');
    if (input !== null && input.nextElementSibling !== this.node) {
      input.after(this.node);
    }
    return input !== null;
  }
}

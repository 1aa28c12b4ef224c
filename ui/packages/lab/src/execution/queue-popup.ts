import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';
import { QueueView, type IQueueViewOptions } from './queue-view';

const EDGE_PX = 8;
const GAP_PX = 4;

/** The queue, next to the button that opened it. */
export class QueuePopup extends Widget {
  /**
   * @param anchor The button it belongs to; it gets the focus back.
   */
  constructor(
    private readonly anchor: HTMLElement,
    options: IQueueViewOptions & { readonly trans: TranslationBundle }
  ) {
    super();
    this.addClass('tandem-QueuePopup');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', options.trans.__('Cells that run and wait'));
    this.node.tabIndex = -1;
    const layout = new PanelLayout();
    layout.addWidget(new QueueView(options));
    this.layout = layout;
  }

  /** Puts it below its anchor and takes the focus. */
  open(): void {
    Widget.attach(this, document.body);
    const box = this.anchor.getBoundingClientRect();
    const left = Math.min(box.left, window.innerWidth - this.node.offsetWidth - EDGE_PX);
    this.node.style.left = `${Math.max(EDGE_PX, left)}px`;
    this.node.style.top = `${box.bottom + GAP_PX}px`;
    this.node.focus();
  }

  protected override onAfterAttach(): void {
    this.node.addEventListener('keydown', this.onKeyDown);
    document.addEventListener('pointerdown', this.onOutside, true);
    document.addEventListener('focusin', this.onOutside);
  }

  protected override onBeforeDetach(): void {
    this.node.removeEventListener('keydown', this.onKeyDown);
    document.removeEventListener('pointerdown', this.onOutside, true);
    document.removeEventListener('focusin', this.onOutside);
    if (this.node.contains(document.activeElement)) {
      this.anchor.focus();
    }
  }

  protected override onCloseRequest(message: Message): void {
    super.onCloseRequest(message);
    this.dispose();
  }

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    // JupyterLab's shortcuts are for the notebook behind it.
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      this.close();
    }
  };

  private readonly onOutside = (event: Event): void => {
    const target = event.target as Node;
    if (!this.node.contains(target) && !this.anchor.contains(target)) {
      this.close();
    }
  };
}

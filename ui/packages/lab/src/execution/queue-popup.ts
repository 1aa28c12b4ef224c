import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';
import { QueueView, type IQueueViewOptions } from './queue-view';

const EDGE_PX = 8;
const GAP_PX = 4;

/** The queue, next to the button that opened it. */
export class QueuePopup extends Widget {
  /** What in here had the focus last. */
  private focused: Node | null = null;
  private readonly observer = new MutationObserver(() => {
    this.keepFocus();
  });

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
    this.node.addEventListener('focusin', this.onFocus);
    this.observer.observe(this.node, { childList: true, subtree: true });
  }

  protected override onBeforeDetach(): void {
    this.node.removeEventListener('keydown', this.onKeyDown);
    document.removeEventListener('pointerdown', this.onOutside, true);
    document.removeEventListener('focusin', this.onOutside);
    this.node.removeEventListener('focusin', this.onFocus);
    this.observer.disconnect();
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

  private readonly onFocus = (event: Event): void => {
    this.focused = event.target as Node;
  };

  /** What is pressed may vanish, and the focus with it, to where Escape does not get here from. */
  private keepFocus(): void {
    const { activeElement, body } = document;
    const nowhere = activeElement === null || activeElement === body;
    if (nowhere && this.focused !== null && !this.node.contains(this.focused)) {
      // Not a button nearby: whoever presses a key once more would not know what it does.
      this.node.focus();
    }
  }

  private readonly onOutside = (event: Event): void => {
    const target = event.target as Node;
    if (!this.node.contains(target) && !this.anchor.contains(target)) {
      this.close();
    }
  };
}

import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { IStatusText, StatusAction } from './status';

/** The sentence behind a status and what can be done about it, next to the button that opened it. */
export class StatusPopup extends Widget {
  private readonly heading = document.createElement('strong');
  private readonly sentence = document.createElement('p');
  private readonly button = document.createElement('button');
  private action: StatusAction | null = null;

  /**
   * @param anchor The button it belongs to; it gets the focus back.
   * @param trans For the names of actions.
   * @param act Called with the chosen action.
   */
  constructor(
    private readonly anchor: HTMLElement,
    private readonly trans: TranslationBundle,
    act: (action: StatusAction) => void
  ) {
    super();
    this.addClass('tandem-StatusPopup');
    this.node.setAttribute('role', 'dialog');
    this.node.tabIndex = -1;
    this.heading.id = `${this.id}-heading`;
    this.sentence.id = `${this.id}-sentence`;
    this.node.setAttribute('aria-labelledby', this.heading.id);
    this.node.setAttribute('aria-describedby', this.sentence.id);
    this.button.className = 'jp-mod-styled jp-mod-accept';
    this.button.type = 'button';
    this.button.onclick = () => {
      const { action } = this;
      this.close();
      if (action !== null) {
        act(action);
      }
    };
    this.node.append(this.heading, this.sentence, this.button);
  }

  /** Shows another status. */
  display(status: IStatusText): void {
    this.action = status.action;
    this.heading.textContent = status.label;
    this.sentence.textContent = status.sentence;
    this.button.hidden = status.action === null;
    this.button.textContent = status.action === null ? '' : actionLabel(status.action, this.trans);
  }

  /** Puts it below its anchor and takes the focus. */
  open(): void {
    Widget.attach(this, document.body);
    const box = this.anchor.getBoundingClientRect();
    const left = Math.min(box.left, window.innerWidth - this.node.offsetWidth - EDGE_PX);
    this.node.style.left = `${Math.max(EDGE_PX, left)}px`;
    this.node.style.top = `${box.bottom + GAP_PX}px`;
    (this.button.hidden ? this.node : this.button).focus();
  }

  protected override onAfterAttach(): void {
    this.node.addEventListener('keydown', this.onKeyDown);
    document.addEventListener('pointerdown', this.onPointerDown, true);
  }

  protected override onBeforeDetach(): void {
    this.node.removeEventListener('keydown', this.onKeyDown);
    document.removeEventListener('pointerdown', this.onPointerDown, true);
    if (this.node.contains(document.activeElement)) {
      this.anchor.focus();
    }
  }

  protected override onCloseRequest(message: Message): void {
    super.onCloseRequest(message);
    this.dispose();
  }

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    }
  };

  private readonly onPointerDown = (event: PointerEvent): void => {
    const target = event.target as Node;
    if (!this.node.contains(target) && !this.anchor.contains(target)) {
      this.close();
    }
  };
}

const EDGE_PX = 8;
const GAP_PX = 4;

function actionLabel(action: StatusAction, trans: TranslationBundle): string {
  const labels: Readonly<Record<StatusAction, string>> = {
    save: trans.__('Save now'),
    reconnect: trans.__('Reconnect'),
    return: trans.__('Back to the document'),
    download: trans.__('Download a copy'),
    reload: trans.__('Reload the page')
  };
  return labels[action];
}

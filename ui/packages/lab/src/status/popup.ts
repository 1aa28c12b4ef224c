import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import type { IStatusText, StatusAction } from './status';

/** The sentence behind a status and what can be done about it, next to the button that opened it. */
export class StatusPopup extends Widget {
  private readonly heading = document.createElement('strong');
  private readonly sentence = document.createElement('p');
  private readonly button: HTMLButtonElement;
  private readonly otherButton: HTMLButtonElement;
  private action: StatusAction | null = null;
  private otherAction: StatusAction | null = null;

  /**
   * @param anchor The button it belongs to; it gets the focus back.
   * @param trans For the names of actions.
   * @param act Called with the chosen action.
   */
  constructor(
    private readonly anchor: HTMLElement,
    private readonly trans: TranslationBundle,
    private readonly act: (action: StatusAction) => void
  ) {
    super();
    this.addClass('tandem-StatusPopup');
    this.node.setAttribute('role', 'dialog');
    this.node.tabIndex = -1;
    this.heading.id = `${this.id}-heading`;
    this.sentence.id = `${this.id}-sentence`;
    this.node.setAttribute('aria-labelledby', this.heading.id);
    this.node.setAttribute('aria-describedby', this.sentence.id);
    this.button = this.makeButton(() => this.action);
    this.button.classList.add('jp-mod-accept');
    this.otherButton = this.makeButton(() => this.otherAction);
    this.node.append(this.heading, this.sentence, this.button, this.otherButton);
  }

  /** Shows another status. */
  display(status: IStatusText): void {
    this.action = status.action;
    this.otherAction = status.otherAction ?? null;
    this.heading.textContent = status.label;
    this.sentence.textContent = status.sentence;
    const focused = this.node.contains(document.activeElement);
    this.label(this.button, this.action);
    this.label(this.otherButton, this.otherAction);
    if (focused && (document.activeElement as HTMLElement).hidden) {
      // Or Escape and Tab would not get here any more.
      this.node.focus();
    }
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

  private makeButton(action: () => StatusAction | null): HTMLButtonElement {
    const button = document.createElement('button');
    button.className = 'jp-mod-styled';
    button.type = 'button';
    button.onclick = () => {
      const chosen = action();
      this.close();
      if (chosen !== null) {
        this.act(chosen);
      }
    };
    return button;
  }

  private label(button: HTMLButtonElement, action: StatusAction | null): void {
    button.hidden = action === null;
    button.textContent = action === null ? '' : actionLabel(action, this.trans);
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
      const next = event.key === 'Tab' ? this.buttonAfter(event.shiftKey ? -1 : 1) : undefined;
      if (next === undefined) {
        this.close();
      } else {
        next.focus();
      }
    }
  };

  /** The button so many places behind the one with the focus. */
  private buttonAfter(places: number): HTMLButtonElement | undefined {
    const buttons = [this.button, this.otherButton].filter(({ hidden }) => !hidden);
    return buttons[buttons.findIndex(button => button === document.activeElement) + places];
  }

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

import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { ITandemDocument } from '../document/tokens';
import { Announcer } from './announcer';
import { StatusPopup } from './popup';
import {
  PENDING_AFTER_MS,
  status,
  type IStatusContext,
  type IStatusText,
  type StatusAction
} from './status';

/** What a status item needs. */
export interface IStatusItemOptions {
  readonly document: ITandemDocument;
  readonly trans: TranslationBundle;
  /** Carries out what the person chose. */
  readonly act: (action: StatusAction, document: ITandemDocument) => void;
  /** Whether screen readers are told about trouble. */
  readonly announce: () => boolean;
  /** Languages for the time of day; the browser's unless said otherwise. */
  readonly locale?: string;
}

/** How a document stands, as a button of fixed width in its toolbar. */
export class StatusItem extends Widget {
  private readonly button = document.createElement('button');
  private readonly label = document.createElement('span');
  private readonly live = document.createElement('span');
  private readonly announcer: Announcer;
  private readonly timeFormat: Intl.DateTimeFormat;
  private popup: StatusPopup | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private shown: IStatusText | null = null;

  constructor(private readonly options: IStatusItemOptions) {
    super();
    this.addClass('tandem-StatusItem');
    this.timeFormat = new Intl.DateTimeFormat(options.locale, { timeStyle: 'short' });
    this.announcer = new Announcer(
      () => performance.now(),
      text => {
        if (options.announce()) {
          this.live.textContent = text;
        }
      }
    );
    this.build();
    options.document.changed.connect(this.refresh);
    this.refresh();
  }

  /** What is shown now. */
  get text(): IStatusText | null {
    return this.shown;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this.options.document.changed.disconnect(this.refresh);
    this.stopTimer();
    this.announcer.dispose();
    this.popup?.dispose();
    super.dispose();
  }

  private build(): void {
    const mark = document.createElement('span');
    mark.className = 'tandem-StatusItem-mark';
    mark.setAttribute('aria-hidden', 'true');
    this.label.className = 'tandem-StatusItem-label';
    this.live.className = 'tandem-VisuallyHidden';
    this.live.setAttribute('role', 'status');
    this.live.setAttribute('aria-live', 'polite');
    this.button.type = 'button';
    this.button.className = 'tandem-StatusItem-button';
    this.button.setAttribute('aria-haspopup', 'dialog');
    this.button.setAttribute('aria-expanded', 'false');
    this.button.onclick = () => {
      this.toggle();
    };
    this.button.append(mark, this.label);
    this.node.append(this.button, this.live);
  }

  private readonly refresh = (): void => {
    const { document: tandem, trans } = this.options;
    const nowMs = Date.now();
    const context: IStatusContext = {
      trans,
      nowMs,
      time: seconds => this.timeFormat.format(seconds * 1000)
    };
    const text = tandem.status?.(context) ?? status(tandem.view, context);
    this.shown = text;
    this.button.dataset['tone'] = text.tone;
    this.label.textContent = text.label;
    this.button.title = text.sentence;
    this.popup?.display(text);
    this.announcer.update(text);
    this.refreshLater(nowMs);
  };

  /** Edits that wait are called pending after a while, though nothing happens then. */
  private refreshLater(nowMs: number): void {
    this.stopTimer();
    const { pendingSince } = this.options.document.view;
    if (pendingSince !== null && nowMs - pendingSince < PENDING_AFTER_MS) {
      this.timer = setTimeout(this.refresh, pendingSince + PENDING_AFTER_MS - nowMs);
    }
  }

  private stopTimer(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private toggle(): void {
    if (this.popup !== null) {
      this.popup.close();
      return;
    }
    const { act, document: tandem, trans } = this.options;
    const popup = new StatusPopup(this.button, trans, action => {
      act(action, tandem);
    });
    popup.disposed.connect(() => {
      this.popup = null;
      this.button.setAttribute('aria-expanded', 'false');
    });
    this.popup = popup;
    this.button.setAttribute('aria-expanded', 'true');
    if (this.shown !== null) {
      popup.display(this.shown);
    }
    popup.open();
  }
}

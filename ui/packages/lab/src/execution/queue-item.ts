import { Widget } from '@lumino/widgets';
import { Announcer } from '../status/announcer';
import { QueuePopup } from './queue-popup';
import type { IQueueViewOptions } from './queue-view';
import { queueText } from './queue-words';

/** How a document's kernel and queue stand, as a button of fixed width in its toolbar. */
export class QueueItem extends Widget {
  private readonly button = document.createElement('button');
  private readonly label = document.createElement('span');
  private readonly live = document.createElement('span');
  private readonly announcer = new Announcer(
    () => performance.now(),
    text => {
      this.live.textContent = text;
    }
  );
  private popup: QueuePopup | null = null;

  constructor(private readonly options: IQueueViewOptions) {
    super();
    this.addClass('tandem-QueueItem');
    this.build();
    options.runs.changed.connect(this.refresh);
    this.refresh();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.options.runs.changed.disconnect(this.refresh);
      this.announcer.dispose();
      this.popup?.dispose();
      super.dispose();
    }
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
    this.button.className = 'tandem-QueueItem-button';
    this.button.setAttribute('aria-haspopup', 'dialog');
    this.button.setAttribute('aria-expanded', 'false');
    this.button.onclick = () => {
      this.toggle();
    };
    this.button.append(mark, this.label);
    this.node.append(this.button, this.live);
  }

  private readonly refresh = (): void => {
    const { runs, trans } = this.options;
    const text = queueText(runs.board, runs.username, trans);
    this.button.dataset['tone'] = text.tone;
    this.label.textContent = text.label;
    this.button.title = text.sentence;
    this.announcer.update(text);
  };

  private toggle(): void {
    if (this.popup !== null) {
      this.popup.close();
      return;
    }
    const popup = new QueuePopup(this.button, this.options);
    popup.disposed.connect(() => {
      this.popup = null;
      this.button.setAttribute('aria-expanded', 'false');
    });
    this.popup = popup;
    this.button.setAttribute('aria-expanded', 'true');
    popup.open();
  }
}

import { Dialog } from '@jupyterlab/apputils';
import { Poll } from '@lumino/polling';
import { ShareDesk, type IShareDeskOptions } from './desk';
import { ShareView } from './view/share-view';

/** How often it is looked who is here, while the dialog is open and can be seen, in milliseconds. */
const LOOK_EVERY_MS = 3_000;

/**
 * The dialog in which one file or folder is shared.
 *
 * What is done in it is done at once; closing it changes nothing.
 */
export class ShareDialog extends Dialog<void> {
  private readonly desk: ShareDesk;
  private readonly view: ShareView;
  private readonly poll: Poll;

  constructor(options: IShareDeskOptions) {
    const desk = new ShareDesk(options);
    const view = new ShareView(desk);
    const { trans } = options.words;
    const name = options.path.split('/').at(-1) ?? '';
    super({
      title: name === '' ? trans.__('Share all files') : trans.__('Share “%1”', name),
      body: view,
      buttons: [Dialog.cancelButton({ label: trans.__('Done') })]
    });
    this.addClass('tandem-ShareDialog');
    this.desk = desk;
    this.view = view;
    this.poll = new Poll({
      auto: false,
      frequency: { interval: LOOK_EVERY_MS, backoff: false },
      standby: 'when-hidden',
      factory: () => desk.refresh()
    });
    // JupyterLab has just put it on the button that closes the dialog.
    void this.ready.then(() => {
      view.begin();
    });
    void desk.load().then(() => {
      if (!this.isDisposed) {
        void this.poll.start();
      }
    });
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.poll.dispose();
      this.desk.dispose();
    }
    super.dispose();
  }

  /**
   * Some things are done otherwise than in other dialogs of JupyterLab, which would close in the midst of the work: Enter
   * in a field does what its form is for, Escape closes a list that is open, and the focus that a document behind the dialog takes, for instance because
   * its kernel is ready, goes back to where it was and not to the button that closes.
   */
  override handleEvent(event: Event): void {
    if (event.type === 'focus' && !this.node.contains(event.target as Node) && this.view.resume()) {
      event.stopPropagation();
      return;
    }
    if (event instanceof KeyboardEvent && event.type === 'keydown' && this.isForTheBody(event)) {
      return;
    }
    super.handleEvent(event);
  }

  /** Enter in the body, and Escape where it closes a list. */
  private isForTheBody({ key, target }: KeyboardEvent): boolean {
    const node = target as Element;
    if (key === 'Escape') {
      return node.matches('[role=combobox][aria-expanded=true]');
    }
    return key === 'Enter' && this.view.node.contains(node);
  }
}

import type { TranslationBundle } from '@jupyterlab/translation';
import { lockIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import { mayWrite } from '@jupyter-tandem/sync';
import type { ITandemDocument } from '../document/tokens';
import { StatusPopup } from '../status/popup';
import { roleLabel, roleSentence } from './gated';

/** Says in the toolbar, to somebody who may not write, what they are to the document (SHAREUI-8). */
export class RoleBadge extends Widget {
  private readonly button = document.createElement('button');
  private readonly label = document.createElement('span');
  private popup: StatusPopup | null = null;

  constructor(
    private readonly document: ITandemDocument,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.addClass('tandem-RoleBadge');
    this.button.type = 'button';
    this.button.setAttribute('aria-haspopup', 'dialog');
    this.button.onclick = () => {
      this.toggle();
    };
    lockIcon.element({ container: this.button, tag: 'span', width: '12px' });
    this.button.append(this.label);
    this.node.append(this.button);
    this.document.changed.connect(this.refresh);
    this.refresh();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.document.changed.disconnect(this.refresh);
      this.popup?.dispose();
      super.dispose();
    }
  }

  private readonly refresh = (): void => {
    const { session, fork } = this.document.view;
    const { rights, ending } = session;
    const nothing = mayWrite(session) || fork || ending !== null;
    this.setHidden(nothing);
    if (nothing) {
      this.popup?.close();
    }
    if (rights !== null) {
      this.label.textContent = roleLabel(rights.role, this.trans);
      this.button.title = roleSentence(rights.role, this.trans);
    }
  };

  private toggle(): void {
    if (this.popup !== null) {
      this.popup.close();
      return;
    }
    const popup = new StatusPopup(this.button, this.trans, () => undefined);
    popup.disposed.connect(() => {
      this.popup = null;
    });
    this.popup = popup;
    const label = this.label.textContent;
    popup.display({ tone: 'mind', label, sentence: this.button.title, action: null });
    popup.open();
  }
}

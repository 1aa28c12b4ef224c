import type { TranslationBundle } from '@jupyterlab/translation';
import { endingSentence } from '../document/sentence';
import type { ITandemDocument } from '../document/tokens';

/** What a curtain needs. */
export interface ICurtainOptions {
  readonly document: ITandemDocument;
  readonly trans: TranslationBundle;
  /** Hands the person a copy with their edits. */
  readonly download: () => void;
}

/** What somebody sees in place of a document that was taken from them: why, and what can still be done. */
export class Curtain {
  readonly node = document.createElement('div');
  private readonly heading = document.createElement('h2');
  private readonly sentence = document.createElement('p');
  private readonly edits = document.createElement('p');
  private readonly copy = document.createElement('button');

  constructor(private readonly options: ICurtainOptions) {
    const { document: tandem, trans, download } = options;
    this.node.className = 'tandem-Curtain';
    this.node.setAttribute('role', 'alert');
    this.heading.tabIndex = -1;
    this.copy.className = 'jp-mod-styled jp-mod-accept';
    this.copy.type = 'button';
    this.copy.textContent = trans.__('Download a copy with my edits');
    this.copy.onclick = download;
    const again = document.createElement('button');
    again.className = 'jp-mod-styled';
    again.type = 'button';
    again.textContent = trans.__('Try again');
    again.onclick = () => {
      tandem.retry();
    };
    const buttons = document.createElement('div');
    buttons.append(this.copy, again);
    const card = document.createElement('div');
    card.append(this.heading, this.sentence, this.edits, buttons);
    this.node.append(card);
    this.update();
  }

  /** Says how things are now. */
  update(): void {
    const { document: tandem, trans } = this.options;
    const { session, path } = tandem.view;
    const { pending } = session;
    const name = path.split('/').at(-1) ?? path;
    this.heading.textContent = trans.__('“%1” is not open to you any more', name);
    this.sentence.textContent =
      session.reason === '' ? endingSentence(session, trans) : session.reason;
    this.edits.textContent = trans._n(
      'Your last edit was not saved. Keep it as a copy.',
      'Your last %1 edits were not saved. Keep them as a copy.',
      pending
    );
    this.edits.hidden = pending === 0;
    this.copy.hidden = pending === 0;
  }

  /** Covers the widget; who had the focus in it hears of it there. */
  hang(over: HTMLElement): void {
    const hadFocus = over.contains(document.activeElement);
    over.append(this.node);
    if (hadFocus) {
      this.heading.focus();
    }
  }
}

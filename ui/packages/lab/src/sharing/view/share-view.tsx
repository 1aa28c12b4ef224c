import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import type { ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import { AccessList } from './access-list';
import { AddPeople } from './add-people';
import { HereList } from './here-list';
import { LinkList } from './link-list';
import { NewLink } from './new-link';
import { Problem, Push } from './fields';

/** The inside of the sharing dialog. */
export class ShareView extends VDomRenderer<ShareDesk> {
  private part: HTMLElement | null = null;
  private readonly observer = new MutationObserver(() => {
    this.keepFocus();
  });

  constructor(desk: ShareDesk) {
    super(desk);
    this.addClass('tandem-Share');
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.node.addEventListener('focusin', this.onFocusIn);
    this.observer.observe(this.node, { childList: true, subtree: true });
  }

  protected override onBeforeDetach(message: Message): void {
    this.observer.disconnect();
    this.node.removeEventListener('focusin', this.onFocusIn);
    super.onBeforeDetach(message);
  }

  private readonly onFocusIn = (event: FocusEvent): void => {
    this.part = (event.target as Element).closest('section');
  };

  /** When what had the focus is gone, somebody at the keyboard goes on in the same part. */
  private keepFocus(): void {
    if (this.part !== null && document.activeElement === document.body) {
      const part = this.part.isConnected ? this.part : this.node;
      part.querySelector<HTMLElement>('button, select, input, summary')?.focus();
    }
  }

  protected override render(): ReactElement {
    const desk = this.model;
    const { trans } = desk.words;
    return (
      <>
        <div
          className="tandem-Share-progress"
          role="progressbar"
          aria-label={trans.__('The server is asked')}
          hidden={!desk.busy}
        />
        <p className="tandem-Share-said" role="status" aria-live="polite">
          {desk.said}
        </p>
        {desk.view === null ? <Waiting desk={desk} /> : <Everything desk={desk} />}
      </>
    );
  }
}

function Everything({ desk }: { desk: ShareDesk }): ReactElement {
  return (
    <>
      <NewLink desk={desk} />
      <AddPeople desk={desk} />
      <LinkList desk={desk} />
      <AccessList desk={desk} />
      <HereList desk={desk} />
    </>
  );
}

function Waiting({ desk }: { desk: ShareDesk }): ReactElement {
  const { trans } = desk.words;
  const problem = desk.problem('all');
  return (
    <div className="tandem-Share-part">
      {problem === '' && <p className="tandem-Share-note">{trans.__('Looking up who has it…')}</p>}
      <Problem sentence={problem} />
      {problem !== '' && (
        <Push
          label={trans.__('Try again')}
          push={() => {
            void desk.load();
          }}
        />
      )}
    </div>
  );
}

import { VDomRenderer } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { useEffect, useRef, type ReactElement } from 'react';
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
  private last: HTMLElement | null = null;
  private readonly observer = new MutationObserver(() => {
    this.keepFocus();
  });

  constructor(desk: ShareDesk) {
    super(desk);
    this.addClass('tandem-Share');
  }

  /** Puts the focus where it belongs at first, if there is something to choose already. */
  begin(): void {
    if (!this.resume()) {
      beginIn(this.node);
    }
  }

  /** Puts the focus back on the control in here that had it last, if that is still there; whether it is. */
  resume(): boolean {
    this.last?.focus();
    return this.last !== null && document.activeElement === this.last;
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
    this.last = event.target as HTMLElement;
    this.part = this.last.closest('section');
  };

  /** When what had the focus is gone, somebody at the keyboard goes on in the same part. */
  private keepFocus(): void {
    if (this.part !== null && document.activeElement === document.body) {
      const places = this.part.isConnected ? [this.part, this.node] : [this.node];
      places.map(firstControl).find(Boolean)?.focus();
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

/** Puts the focus on the first control; whoever is quick and at work in here already is left there. */
function beginIn(node: Element): void {
  if (!node.contains(document.activeElement)) {
    firstControl(node)?.focus();
  }
}

function firstControl(node: Element): HTMLElement | null {
  return node.querySelector<HTMLElement>('button, select, input, summary');
}

function Everything({ desk }: { desk: ShareDesk }): ReactElement {
  const all = useRef<HTMLDivElement>(null);
  // Once there is something to choose, that is where somebody at the keyboard begins.
  useEffect(() => {
    if (all.current !== null) {
      beginIn(all.current);
    }
  }, []);
  return (
    <div ref={all}>
      <NewLink desk={desk} />
      <AddPeople desk={desk} />
      <LinkList desk={desk} />
      <AccessList desk={desk} />
      <HereList desk={desk} />
    </div>
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

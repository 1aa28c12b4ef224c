import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IPerson } from './person';
import type { Roster } from './roster';

/** Goes where somebody goes, until this person does something in the document (PRESENCE-5). */
export class Following {
  private username: string | null = null;
  private end: (() => void) | null = null;
  private readonly _changed = new Signal<this, string | null>(this);

  /**
   * @param goTo Goes to where somebody is in a document.
   */
  constructor(private readonly goTo: (widget: IDocumentWidget, person: IPerson) => void) {}

  /** Who is followed, by username. */
  get followed(): string | null {
    return this.username;
  }

  get changed(): ISignal<this, string | null> {
    return this._changed;
  }

  /** Follows a person in a document; whoever was followed before is not any more. */
  start(widget: IDocumentWidget, roster: Roster, { username }: IPerson): void {
    this.stop();
    this.username = username;
    let place = '';
    const step = (): void => {
      const person = roster.people.find(somebody => somebody.username === username);
      if (person === undefined) {
        this.stop();
        return;
      }
      const now = JSON.stringify(person.whereabouts);
      if (now !== place) {
        place = now;
        this.goTo(widget, person);
      }
    };
    const stop = (): void => {
      this.stop();
    };
    roster.changed.connect(step);
    widget.disposed.connect(stop);
    widget.content.node.addEventListener('pointerdown', stop);
    widget.content.node.addEventListener('keydown', stop);
    this.end = () => {
      roster.changed.disconnect(step);
      widget.disposed.disconnect(stop);
      widget.content.node.removeEventListener('pointerdown', stop);
      widget.content.node.removeEventListener('keydown', stop);
    };
    this._changed.emit(username);
    step();
  }

  /** Follows nobody. */
  stop(): void {
    if (this.end !== null) {
      const { end } = this;
      this.end = null;
      this.username = null;
      end();
      this._changed.emit(null);
    }
  }
}

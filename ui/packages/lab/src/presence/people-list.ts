import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { avatar } from './avatar';
import { once, type IPerson } from './person';
import type { Roster } from './roster';

/** What the list needs of its surroundings. */
export interface IPeopleListOptions {
  readonly trans: TranslationBundle;
  /** Goes to where somebody is. */
  readonly goTo: (person: IPerson) => void;
  /** Follows somebody, or nobody. */
  readonly follow: (person: IPerson | null) => void;
}

/** The people in the current document; choosing one goes to their place (PRESENCE-4). */
export class PeopleList extends Widget {
  private readonly list = document.createElement('ul');
  private readonly empty = document.createElement('p');
  private roster: Roster | null = null;
  private followed: string | null = null;

  constructor(private readonly options: IPeopleListOptions) {
    super();
    this.addClass('tandem-PeopleList');
    this.title.label = options.trans.__('In this document');
    this.title.caption = options.trans.__('People in the document you look at');
    this.list.setAttribute('aria-label', options.trans.__('People in this document'));
    this.node.append(this.list, this.empty);
    this.watch(null);
  }

  /** Shows the people of another document, or of none. */
  watch(roster: Roster | null): void {
    this.roster?.changed.disconnect(this.render);
    this.roster = roster;
    roster?.changed.connect(this.render);
    this.render();
  }

  /** Marks who is followed, by username. */
  mark(username: string | null): void {
    this.followed = username;
    this.render();
  }

  override dispose(): void {
    this.roster?.changed.disconnect(this.render);
    super.dispose();
  }

  private readonly render = (): void => {
    const { trans } = this.options;
    const everybody = once(this.roster?.people ?? []);
    const focused = this.focused();
    this.list.replaceChildren(...everybody.map(person => this.row(person)));
    this.empty.hidden = everybody.length > 0;
    this.empty.textContent =
      this.roster === null
        ? trans.__('No shared document is open.')
        : trans.__('Nobody else is here.');
    this.focus(focused);
  };

  private row(person: IPerson): HTMLElement {
    const { trans, goTo, follow } = this.options;
    const row = document.createElement('li');
    row.className = 'tandem-PeopleList-row';
    const place = document.createElement('button');
    place.type = 'button';
    place.className = 'tandem-PeopleList-person';
    place.dataset['key'] = `go ${person.username}`;
    place.title = trans.__('Go to %1', person.name);
    const name = document.createElement('bdi');
    name.textContent = person.name;
    const disc = avatar(person, person.name);
    disc.setAttribute('aria-hidden', 'true');
    place.append(disc, name);
    place.onclick = () => {
      goTo(person);
    };
    const followed = this.followed === person.username;
    const toggle = document.createElement('button');
    toggle.type = 'button';
    toggle.className = 'tandem-PeopleList-follow';
    toggle.dataset['key'] = `follow ${person.username}`;
    toggle.textContent = followed ? trans.__('Following') : trans.__('Follow');
    toggle.setAttribute('aria-label', trans.__('Follow %1', person.name));
    toggle.setAttribute('aria-pressed', String(followed));
    toggle.onclick = () => {
      follow(followed ? null : person);
    };
    row.append(place, toggle);
    return row;
  }

  /** The rows are made anew; who stands on one with the keyboard stays there. */
  private focused(): string | null {
    const active = document.activeElement;
    return active instanceof HTMLElement && this.node.contains(active)
      ? (active.dataset['key'] ?? null)
      : null;
  }

  private focus(key: string | null): void {
    if (key !== null) {
      for (const button of this.list.querySelectorAll('button')) {
        if (button.dataset['key'] === key) {
          button.focus();
        }
      }
    }
  }
}

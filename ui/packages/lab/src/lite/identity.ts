import type { User } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';
import { initials } from '../presence/person';
import type { ILiteConfig } from './config';

/** What others are told of the person. */
export interface IUserFields {
  readonly username: string;
  readonly name: string;
  readonly display_name: string;
  readonly initials: string;
  readonly color: string;
}

/** Who the person says to be. */
export interface IIdentity {
  readonly user: IUserFields;
  readonly changed: ISignal<unknown, void>;
}

/** What JupyterLite and the stock panels know of a person. */
type Known = Partial<Record<keyof IUserFields, string | undefined>> | null;

const COLORS = 7;

/**
 * The person as others see them: name and colour from the link or the settings, the rest from JupyterLite (LITE-18).
 *
 * @param fallback A name for who has none yet; the same as long as the page is open.
 */
export function userFields(
  { usercolor, username }: Pick<ILiteConfig, 'username' | 'usercolor'>,
  known: Known,
  fallback: { id: string; name: string }
): IUserFields {
  const name = first(username, known?.display_name, known?.name, fallback.name);
  const number = (fallback.id.codePointAt(0) ?? 0) % COLORS;
  return {
    // Two people may call themselves the same, and two windows of one browser be two people.
    username: [first(known?.username, fallback.id), username].join(' ').trim(),
    name,
    display_name: name,
    initials: initials(username === '' ? first(known?.initials) : '', name),
    color: first(usercolor, known?.color, `var(--jp-collaborator-color${number + 1})`)
  };
}

/** The first text that says something. */
function first(...texts: readonly (string | undefined)[]): string {
  return texts.find(text => text !== undefined && text !== '') ?? '';
}

/** The person of this page; what the link says is JupyterLite's own identity, too, for its menu and panels. */
export class Identity implements IIdentity {
  private readonly _changed = new Signal<this, void>(this);
  private known: IUserFields | null = null;

  constructor(
    private readonly config: Pick<ILiteConfig, 'username' | 'usercolor'>,
    private readonly manager: User.IManager,
    private readonly fallback: { id: string; name: string }
  ) {
    manager.userChanged.connect(this.onChanged);
    void manager.ready.then(this.onChanged);
  }

  get user(): IUserFields {
    return this.known ?? userFields(this.config, this.manager.identity, this.fallback);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  private readonly onChanged = (): void => {
    if (this.known === null) {
      this.known = this.user;
      this.introduce(this.known);
    }
    this._changed.emit();
  };

  /** The panel of people and the menu ask JupyterLite's manager, which may know nobody. */
  private introduce(user: IUserFields): void {
    const { manager } = this;
    const identity = manager.identity as User.IIdentity | null | undefined;
    if (identity != null) {
      Object.assign(identity, user);
      return;
    }
    Object.defineProperty(manager, 'identity', { configurable: true, value: { ...user } });
    // There is no other way to tell who looks only when told so.
    const told = manager.userChanged as unknown as { emit(user: User.IUser): void };
    told.emit({ identity: { ...user }, permissions: manager.permissions ?? {} });
  }
}

import { useRef, useState, type FormEvent, type ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import { expiryOf, type Life } from '../expiry';
import { LINK_ROLES, ROLES, type ILinkWish, type IStanding, type Role } from '../nouns';
import { Check, Field, LifeField, Part, Problem, Push, RoleSelect, RunBox } from './fields';

/** What is chosen for a new link; texts are as typed. */
interface IDraft {
  role: Role;
  mayRun: boolean;
  life: Life;
  date: string;
  maxUses: string;
  signIn: boolean;
  password: string;
}

/** Making a link: a role and *Copy link* are enough, all else is behind *Options*. */
export function NewLink({ desk }: { desk: ShareDesk }): ReactElement {
  const { words, caller } = desk;
  const { trans } = words;
  const [draft, setDraft] = useState<IDraft>({
    role: 'viewer',
    mayRun: false,
    life: 'week',
    date: '',
    maxUses: '',
    signIn: caller?.accounts === true || !guestsMay(desk),
    password: ''
  });
  const made = useRef<IDraft | null>(null);
  const set = (change: Partial<IDraft>): void => {
    setDraft({ ...draft, ...change });
  };
  const make = (event: FormEvent): void => {
    event.preventDefault();
    if (desk.working) {
      return;
    }
    if (desk.fresh !== null && made.current === draft) {
      // The same link is wanted once more, not another one.
      void desk.copyAgain();
      return;
    }
    const wish = wishOf(draft);
    const objection = objectionTo(wish, desk);
    if (objection !== '') {
      desk.object('new-link', objection);
    } else {
      made.current = draft;
      void desk.makeLink(wish);
    }
  };
  return (
    <Part id="tandem-share-link" title={trans.__('Share by link')}>
      <form onSubmit={make} noValidate>
        <div className="tandem-Share-line">
          <RoleSelect
            words={words}
            label={trans.__('What people with the link can do')}
            role={draft.role}
            roles={rolesOf(!draft.signIn, desk)}
            describedBy="tandem-share-link-sentence"
            choose={role => {
              set({ role });
            }}
          />
          <span className="tandem-Share-gap" />
          <Push label={trans.__('Copy link')} tone="accept" submit />
        </div>
        <p id="tandem-share-link-sentence" className="tandem-Share-note">
          {`${whoSentence(draft, desk)} ${words.roleSentence(draft.role)}`}
        </p>
        {desk.fresh !== null && <FreshLink desk={desk} />}
        <Problem sentence={desk.problem('new-link')} />
        <Options desk={desk} draft={draft} set={set} />
      </form>
    </Part>
  );
}

/** The roles somebody may give: never more than they have. */
export function within(mine: IStanding | undefined, roles: readonly Role[]): readonly Role[] {
  const most = mine === undefined ? ROLES.length : ROLES.indexOf(mine.role);
  return roles.filter(role => ROLES.indexOf(role) <= most);
}

/** Whether a link to this may be for people without an account. */
function guestsMay({ caller, view }: ShareDesk): boolean {
  const offer = caller?.guests ?? null;
  return offer !== null && (offer.folders || view?.kind === 'document');
}

/** The roles that may be given: never more than the giver has, nor, to guests, than they may have. */
export function rolesOf(
  guests: boolean,
  { caller, view }: ShareDesk,
  all: readonly Role[] = LINK_ROLES
): readonly Role[] {
  const roles = within(view?.mine, all);
  const most = caller?.guests?.role;
  return guests && most !== undefined
    ? roles.filter(role => ROLES.indexOf(role) <= ROLES.indexOf(most))
    : roles;
}

/** What is chosen, as far as people without an account may have it. */
function forGuests(draft: IDraft, desk: ShareDesk): IDraft {
  const roles = rolesOf(true, desk);
  return {
    ...draft,
    signIn: false,
    role: roles.includes(draft.role) ? draft.role : (roles.at(-1) ?? draft.role),
    mayRun: draft.mayRun && desk.caller?.guests?.may_run === true
  };
}

function whoSentence(draft: IDraft, { words: { trans } }: ShareDesk): string {
  return draft.signIn
    ? trans.__('For everybody who has the link and an account here.')
    : trans.__('For everybody who has the link; they need no account.');
}

function wishOf(draft: IDraft): ILinkWish {
  return {
    role: draft.role,
    may_run: draft.mayRun,
    guests: !draft.signIn,
    expires_at: expiryOf(draft.life, draft.date, Date.now() / 1000),
    max_uses: draft.maxUses.trim() === '' ? null : Number(draft.maxUses),
    password: draft.password
  };
}

/** What is wrong with a wish that cannot even be told to the server. */
function objectionTo(wish: ILinkWish, { words: { trans } }: ShareDesk): string {
  if (Number.isNaN(wish.expires_at)) {
    return trans.__('Choose the date and time at which the link ends.');
  }
  if (wish.max_uses !== null && !(Number.isInteger(wish.max_uses) && wish.max_uses > 0)) {
    return trans.__('How many people may use the link must be a whole number from 1, or empty.');
  }
  return '';
}

function Options(props: {
  desk: ShareDesk;
  draft: IDraft;
  set: (change: Partial<IDraft>) => void;
}): ReactElement {
  const { desk, draft, set } = props;
  const { words, caller, view } = desk;
  const { trans } = words;
  return (
    <details className="tandem-Share-options">
      <summary>{trans.__('Options')}</summary>
      <LifeField
        words={words}
        label={trans.__('The link works for')}
        life={draft.life}
        date={draft.date}
        change={(life, date) => {
          set({ life, date });
        }}
      />
      <Field label={trans.__('People who may use it')}>
        <input
          className="jp-mod-styled tandem-Share-input tandem-mod-short"
          type="text"
          inputMode="numeric"
          maxLength={9}
          aria-label={trans.__('How many people may use the link; empty for any number')}
          placeholder={trans.__('any number')}
          value={draft.maxUses}
          onChange={event => {
            set({ maxUses: event.target.value });
          }}
        />
      </Field>
      <Field label={trans.__('Password')}>
        <input
          className="jp-mod-styled tandem-Share-input"
          type="text"
          autoComplete="off"
          maxLength={256}
          aria-label={trans.__('Password of the link, 8 characters or more; empty for none')}
          placeholder={trans.__('none')}
          value={draft.password}
          onChange={event => {
            set({ password: event.target.value });
          }}
        />
      </Field>
      {caller?.accounts === true && guestsMay(desk) && (
        <Check
          label={trans.__('Sign-in required: only people with an account here')}
          checked={draft.signIn}
          change={signIn => {
            set(signIn ? { signIn } : forGuests(draft, desk));
          }}
        />
      )}
      {view?.mine.may_run === true && (draft.signIn || caller?.guests?.may_run === true) && (
        <RunBox
          words={words}
          checked={draft.mayRun}
          change={mayRun => {
            set({ mayRun });
          }}
        />
      )}
    </details>
  );
}

/** The address of the link that was just made, to be copied by hand if need be. */
function FreshLink({ desk }: { desk: ShareDesk }): ReactElement | null {
  const { fresh, words } = desk;
  const field = useRef<HTMLInputElement>(null);
  const { trans } = words;
  if (fresh === null) {
    return null;
  }
  return (
    <div className="tandem-Share-fresh">
      <div className="tandem-Share-line">
        <input
          ref={field}
          className="jp-mod-styled tandem-Share-input tandem-Share-address"
          type="text"
          readOnly
          aria-label={trans.__('Address of the new link')}
          value={fresh.url}
          onFocus={() => {
            field.current?.select();
          }}
        />
        <Push
          label={fresh.copied ? trans.__('Copied') : trans.__('Copy')}
          name={trans.__('Copy the address again')}
          push={() => {
            void desk.copyAgain();
          }}
        />
      </div>
      <p className="tandem-Share-note">
        {trans.__('The address is shown this once; who has it gets in. Lost it? Make a new link.')}
        {isLocal(fresh.url) &&
          ` ${trans.__('It works on this computer only: JupyterLab is open at an address that other computers cannot reach.')}`}
      </p>
    </div>
  );
}

/** Whether an address leads other computers to themselves. */
function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

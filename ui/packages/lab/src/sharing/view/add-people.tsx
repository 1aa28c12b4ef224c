import { HTMLSelect } from '@jupyterlab/ui-components';
import { useState, type FormEvent, type ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import { expiryOf, type Life } from '../expiry';
import { ROLES, type IOffer, type ISubject, type Role } from '../nouns';
import { LifeField, Part, Problem, Push, RoleSelect, RunBox } from './fields';
import { NameField } from './name-field';
import { within } from './new-link';

type Kind = Exclude<ISubject['kind'], 'guest'>;

interface IDraft {
  kind: Kind;
  name: string;
  role: Role;
  mayRun: boolean;
  life: Life;
  date: string;
}

const EMPTY: IDraft = {
  kind: 'user',
  name: '',
  role: 'viewer',
  mayRun: false,
  life: 'never',
  date: ''
};

/** Sharing with people by name; only where people have names on this server. */
export function AddPeople({ desk }: { desk: ShareDesk }): ReactElement | null {
  const { words, caller, view } = desk;
  const { trans } = words;
  const [draft, setDraft] = useState(EMPTY);
  const set = (change: Partial<IDraft>): void => {
    setDraft({ ...draft, ...change });
  };
  if (caller?.accounts !== true) {
    return null;
  }
  const give = (event: FormEvent): void => {
    event.preventDefault();
    if (desk.working) {
      return;
    }
    const objection = objectionTo(draft, desk);
    if (objection !== '') {
      desk.object('new-person', objection);
      return;
    }
    void desk.give(subjectOf(draft), offerOf(draft)).then(done => {
      if (done) {
        setDraft(EMPTY);
      }
    });
  };
  return (
    <Part id="tandem-share-people" title={trans.__('Share with people')}>
      <form onSubmit={give} noValidate>
        <div className="tandem-Share-line">
          <KindSelect
            desk={desk}
            kind={draft.kind}
            choose={kind => {
              set({ kind });
            }}
          />
          {draft.kind !== 'signed-in' && (
            <NameField
              words={words}
              names={desk.names}
              kind={draft.kind}
              name={draft.name}
              type={name => {
                set({ name });
              }}
              choose={set}
            />
          )}
          <RoleSelect
            words={words}
            label={trans.__('What they can do')}
            role={draft.role}
            roles={within(view?.mine, ROLES)}
            describedBy="tandem-share-people-sentence"
            choose={role => {
              set({ role });
            }}
          />
          <Push label={trans.__('Share')} submit />
        </div>
        <p id="tandem-share-people-sentence" className="tandem-Share-note">
          {words.roleSentence(draft.role)}
        </p>
        <Problem sentence={desk.problem('new-person')} />
        <details className="tandem-Share-options">
          <summary>{trans.__('Options')}</summary>
          <LifeField
            words={words}
            label={trans.__('They have it for')}
            life={draft.life}
            date={draft.date}
            change={(life, date) => {
              set({ life, date });
            }}
          />
          {view?.mine.may_run === true && (
            <RunBox
              words={words}
              checked={draft.mayRun}
              change={mayRun => {
                set({ mayRun });
              }}
            />
          )}
        </details>
      </form>
    </Part>
  );
}

function KindSelect(props: {
  desk: ShareDesk;
  kind: Kind;
  choose: (kind: Kind) => void;
}): ReactElement {
  const { desk, kind, choose } = props;
  const { trans } = desk.words;
  return (
    <HTMLSelect
      className="tandem-Share-select tandem-mod-short"
      aria-label={trans.__('With whom')}
      value={kind}
      onChange={event => {
        choose(event.target.value as Kind);
      }}
    >
      <option value="user">{trans.__('Person')}</option>
      <option value="group">{trans.__('Group')}</option>
      <option value="signed-in">{trans.__('Everybody who is signed in')}</option>
    </HTMLSelect>
  );
}

function subjectOf({ kind, name }: IDraft): ISubject {
  return kind === 'signed-in' ? { kind, name: '' } : { kind, name: name.trim() };
}

function offerOf({ role, mayRun, life, date }: IDraft): IOffer {
  return { role, may_run: mayRun, expires_at: expiryOf(life, date, Date.now() / 1000) };
}

function objectionTo(draft: IDraft, { words: { trans } }: ShareDesk): string {
  if (draft.kind !== 'signed-in' && draft.name.trim() === '') {
    return trans.__('Type the name of the account or group.');
  }
  return Number.isNaN(offerOf(draft).expires_at)
    ? trans.__('Choose the date and time at which it ends.')
    : '';
}

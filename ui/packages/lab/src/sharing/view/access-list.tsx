import { useState, type ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import { LINK_ROLES, ROLES, type IGrant } from '../nouns';
import { Check, Part, Problem, Push, RoleSelect, RunBox } from './fields';
import { rolesOf } from './new-link';
import { Removal } from './removal';

/** Who has access, and as what. */
export function AccessList({ desk }: { desk: ShareDesk }): ReactElement | null {
  const { view, caller, words } = desk;
  const { trans } = words;
  if (view === null || caller === null) {
    return null;
  }
  return (
    <Part id="tandem-share-access" title={trans.__('Who has access')}>
      <ul>
        <li className="tandem-Share-item tandem-Share-line">
          <span className="tandem-Share-who">
            <bdi>{trans.__('%1 (you)', caller.display_name)}</bdi>
          </span>
          <span className="tandem-Share-fixed">{words.role(view.mine.role)}</span>
        </li>
        {view.grants.map(grant => (
          <Holder key={grant.id} desk={desk} grant={grant} />
        ))}
        {view.inherited.map(grant => (
          <li key={grant.id} className="tandem-Share-item tandem-Share-line">
            <span className="tandem-Share-who">
              <bdi>{words.subject(grant.subject, grant.display_name)}</bdi>
              <small>{trans.__('through %1; change it there', words.origin(grant.target))}</small>
            </span>
            <span className="tandem-Share-fixed">{words.role(grant.role)}</span>
          </li>
        ))}
      </ul>
      {view.grants.length + view.inherited.length === 0 && (
        <p className="tandem-Share-note">{trans.__('Nobody else has access yet.')}</p>
      )}
    </Part>
  );
}

function Holder({ desk, grant }: { desk: ShareDesk; grant: IGrant }): ReactElement {
  const { words } = desk;
  const { trans } = words;
  const name = words.subject(grant.subject, grant.display_name);
  const [asking, setAsking] = useState(false);
  // Who came by a link can come again by it; that has to be said first.
  const comesAgain = grant.link !== null && desk.holdsOpenLink(grant.subject);
  const all = grant.link === null ? ROLES : LINK_ROLES;
  const roles = rolesOf(grant.subject.kind === 'guest', desk, all);
  return (
    <li className="tandem-Share-item">
      <div className="tandem-Share-line">
        <span className="tandem-Share-who">
          <bdi>{name}</bdi>
          <small>{words.grantNote(grant)}</small>
        </span>
        <RoleSelect
          words={words}
          label={trans.__('What %1 can do', name)}
          role={grant.role}
          roles={roles}
          choose={role => {
            void desk.changeGrant(grant.id, name, { role });
          }}
        />
        <Push
          label={comesAgain ? trans.__('Remove…') : trans.__('Remove')}
          name={trans.__('Take access from %1', name)}
          {...(comesAgain ? { expanded: asking } : {})}
          push={() => {
            if (comesAgain) {
              setAsking(!asking);
            } else {
              void desk.endGrant(grant.id, name);
            }
          }}
        />
      </div>
      {asking && comesAgain && (
        <Removal
          desk={desk}
          subject={grant.subject}
          name={name}
          place={grant.id}
          close={() => {
            setAsking(false);
          }}
        />
      )}
      <Running desk={desk} grant={grant} name={name} />
      <Starting desk={desk} grant={grant} name={name} />
      <Problem sentence={desk.problem(grant.id)} />
    </li>
  );
}

/** Whether somebody may run code; shown to those who could allow it, and where somebody may. */
function Running(props: { desk: ShareDesk; grant: IGrant; name: string }): ReactElement | null {
  const { desk, grant, name } = props;
  const { words, view, caller } = desk;
  const possible = grant.subject.kind !== 'guest' || caller?.guests?.may_run === true;
  if (!grant.may_run && !(possible && view?.mine.may_run === true)) {
    return null;
  }
  return (
    <RunBox
      words={words}
      label={words.trans.__('%1: %2', name, words.runSentence())}
      checked={grant.may_run}
      change={may_run => {
        void desk.changeGrant(grant.id, name, { may_run });
      }}
    />
  );
}

/** Whether one's own server is started for somebody's runs; shown where it can be, to its owner. */
function Starting(props: { desk: ShareDesk; grant: IGrant; name: string }): ReactElement | null {
  const { desk, grant, name } = props;
  const { words, view } = desk;
  const named = grant.subject.kind === 'user' || grant.subject.kind === 'group';
  const checked = grant.may_start === true;
  if (!checked && !(named && grant.may_run && view?.starts === true)) {
    return null;
  }
  return (
    <Check
      label={words.startSentence()}
      name={words.trans.__('%1: %2', name, words.startSentence())}
      checked={checked}
      warn={checked}
      change={may_start => {
        void desk.changeGrant(grant.id, name, { may_start });
      }}
    />
  );
}

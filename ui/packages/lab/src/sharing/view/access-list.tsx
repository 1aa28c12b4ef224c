import type { ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import { LINK_ROLES, ROLES, type IGrant } from '../nouns';
import { Part, Problem, Push, RoleSelect, RunBox } from './fields';
import { within } from './new-link';

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
  const { words, view } = desk;
  const { trans } = words;
  const name = words.subject(grant.subject, grant.display_name);
  const roles = within(view?.mine, grant.link === null ? ROLES : LINK_ROLES);
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
          label={trans.__('Remove')}
          name={trans.__('Take access from %1', name)}
          push={() => {
            void desk.endGrant(grant.id, name);
          }}
        />
      </div>
      {(grant.may_run || view?.mine.may_run === true) && (
        <RunBox
          words={words}
          label={trans.__('%1: %2', name, words.runSentence())}
          checked={grant.may_run}
          change={may_run => {
            void desk.changeGrant(grant.id, name, { may_run });
          }}
        />
      )}
      <Problem sentence={desk.problem(grant.id)} />
    </li>
  );
}

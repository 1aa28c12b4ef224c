import { useState, type ReactElement } from 'react';
import { ROLES, type Role } from '../nouns';
import type { IAccessRequest } from '../requests';
import type { SharedShelf } from '../shelf';
import { Push, RoleSelect } from './fields';

/** Who asks for access to what this person shares; nothing where nobody does. */
export function RequestList({ shelf }: { shelf: SharedShelf }): ReactElement | null {
  const { trans } = shelf.words;
  if (shelf.asked.length === 0) {
    return null;
  }
  return (
    <section aria-labelledby="tandem-shared-asked">
      <h3 id="tandem-shared-asked">{trans.__('Asked for access')}</h3>
      <ul>
        {shelf.asked.map(request => (
          <li key={`${request.document} ${request.username}`}>
            <Request {...{ shelf, request }} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Request(props: { shelf: SharedShelf; request: IAccessRequest }): ReactElement {
  const { shelf, request } = props;
  const { words } = shelf;
  const { trans } = words;
  const [role, setRole] = useState<Role>('viewer');
  const who = request.display_name;
  return (
    <div className="tandem-Shelf-request">
      <span>
        <bdi>{who}</bdi> <small>{request.username === who ? '' : request.username}</small>
        <br />
        <bdi>{request.name}</bdi> <small>{words.time(request.at)}</small>
      </span>
      <span className="tandem-Share-line">
        <RoleSelect
          words={words}
          label={trans.__('What %1 can do', who)}
          role={role}
          roles={ROLES}
          choose={setRole}
        />
        <Push
          label={trans.__('Share')}
          name={trans.__('Share %1 with %2', request.name, who)}
          push={() => {
            void shelf.answer(request, role);
          }}
        />
        <Push
          label={trans.__('Decline')}
          name={trans.__('Decline what %1 asks for', who)}
          push={() => {
            void shelf.answer(request, null);
          }}
        />
      </span>
    </div>
  );
}

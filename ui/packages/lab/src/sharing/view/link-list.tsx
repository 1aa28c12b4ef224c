import { useState, type ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import type { ILink } from '../nouns';
import { Part, Problem, Push, RoleSelect, RunBox } from './fields';
import { rolesOf } from './new-link';

/** The links to this document or folder: what they give, who used them, and their end. */
export function LinkList({ desk }: { desk: ShareDesk }): ReactElement | null {
  const { trans } = desk.words;
  const { openLinks, endedLinks } = desk;
  if (openLinks.length + endedLinks.length === 0) {
    return null;
  }
  return (
    <Part id="tandem-share-links" title={trans.__('Links')}>
      <ul>
        {openLinks.map(link => (
          <OpenLink key={link.id} desk={desk} link={link} />
        ))}
      </ul>
      {openLinks.length === 0 && (
        <p className="tandem-Share-note">{trans.__('No link lets anybody in now.')}</p>
      )}
      {endedLinks.length > 0 && (
        <details className="tandem-Share-options">
          <summary>{trans.__('Earlier links (%1)', endedLinks.length)}</summary>
          <ul>
            {endedLinks.map(link => (
              <EndedLink key={link.id} desk={desk} link={link} />
            ))}
          </ul>
        </details>
      )}
    </Part>
  );
}

function OpenLink({ desk, link }: { desk: ShareDesk; link: ILink }): ReactElement {
  const [asking, setAsking] = useState(false);
  const { words } = desk;
  const { trans } = words;
  const name = words.linkName(link);
  return (
    <li className="tandem-Share-item">
      <div className="tandem-Share-line">
        <span className="tandem-Share-who">
          <strong>{name}</strong>
          <small>{words.linkNote(link)}</small>
        </span>
        <RoleSelect
          words={words}
          label={trans.__('What people get who come by this link from now on: %1', name)}
          role={link.role}
          roles={rolesOf(link.guests, desk)}
          choose={role => {
            void desk.changeLink(link, { role });
          }}
        />
        <Push
          label={trans.__('End…')}
          name={trans.__('End: %1', name)}
          expanded={asking}
          push={() => {
            setAsking(!asking);
          }}
        />
      </div>
      {link.may_run && (
        <RunBox
          words={words}
          checked
          change={may_run => {
            void desk.changeLink(link, { may_run });
          }}
        />
      )}
      {asking && (
        <EndLink
          desk={desk}
          link={link}
          close={() => {
            setAsking(false);
          }}
        />
      )}
      <History desk={desk} link={link} />
      <Problem sentence={desk.problem(link.id)} />
    </li>
  );
}

/** Asks what is to become of those who came by a link. */
function EndLink(props: { desk: ShareDesk; link: ILink; close: () => void }): ReactElement {
  const { desk, link, close } = props;
  const { trans } = desk.words;
  const people = desk.cameBy(link.id);
  const end = (withGrants: boolean): void => {
    void desk.endLink(link, withGrants);
    close();
  };
  return (
    <div className="tandem-Share-ask" role="group" aria-label={trans.__('End this link')}>
      <p>
        {people === 0
          ? trans.__('Nobody who came by it has access now.')
          : trans._n(
              '%1 person who came by it has access now.',
              '%1 people who came by it have access now.',
              people
            )}
      </p>
      <div className="tandem-Share-line">
        {people > 0 && (
          <Push
            label={trans.__('End it and show them out')}
            tone="warn"
            push={() => {
              end(true);
            }}
          />
        )}
        <Push
          label={people > 0 ? trans.__('End it, they stay') : trans.__('End it')}
          {...(people > 0 ? {} : { tone: 'warn' as const })}
          push={() => {
            end(false);
          }}
        />
        <Push label={trans.__('Keep it')} push={close} />
      </div>
    </div>
  );
}

function EndedLink({ desk, link }: { desk: ShareDesk; link: ILink }): ReactElement {
  const { words } = desk;
  return (
    <li className="tandem-Share-item">
      <span className="tandem-Share-who">
        <strong>{words.linkName(link)}</strong>
        <small>{`${words.linkState(link.state)} · ${words.role(link.role)} · ${words.linkNote(link)}`}</small>
      </span>
      {desk.cameBy(link.id) > 0 && (
        <Push
          label={words.trans.__('Show out who came by it')}
          tone="warn"
          push={() => {
            void desk.endLink(link, true);
          }}
        />
      )}
      <History desk={desk} link={link} />
      <Problem sentence={desk.problem(link.id)} />
    </li>
  );
}

/** Who used a link and when; fetched when it is looked at. */
function History({ desk, link }: { desk: ShareDesk; link: ILink }): ReactElement | null {
  const { words } = desk;
  const uses = desk.uses(link.id);
  if (link.uses === 0) {
    return null;
  }
  return (
    <details
      className="tandem-Share-options"
      onToggle={event => {
        if (event.currentTarget.open) {
          void desk.showUses(link);
        }
      }}
    >
      <summary>{words.trans.__('Who used it')}</summary>
      <ol>
        {uses?.map(({ at, subject, display_name }) => (
          <li key={`${at} ${subject.kind} ${subject.name}`}>
            <bdi>{words.subject(subject, display_name)}</bdi>
            {` · ${words.time(at)}`}
          </li>
        ))}
      </ol>
    </details>
  );
}

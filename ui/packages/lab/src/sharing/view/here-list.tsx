import { useState, type ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import { sameSubject, type IPresence } from '../nouns';
import { Part, Problem, Push } from './fields';
import { Removal } from './removal';

/** Who is in the document now, and the way to show somebody out. */
export function HereList({ desk }: { desk: ShareDesk }): ReactElement | null {
  const { view, words } = desk;
  const { trans } = words;
  if (view === null) {
    return null;
  }
  return (
    <Part id="tandem-share-here" title={trans.__('Here now')}>
      <ul>
        {view.people.map(person => (
          <Visitor
            key={`${person.subject.kind} ${person.subject.name}`}
            desk={desk}
            person={person}
          />
        ))}
      </ul>
      {view.people.length === 0 && (
        <p className="tandem-Share-note">{trans.__('Nobody has it open.')}</p>
      )}
    </Part>
  );
}

function Visitor({ desk, person }: { desk: ShareDesk; person: IPresence }): ReactElement {
  const [asking, setAsking] = useState(false);
  const { words, caller } = desk;
  const { trans } = words;
  const { subject, since } = person;
  const name = words.subject(subject, person.display_name);
  const place = `here ${subject.kind} ${subject.name}`;
  const isMe = caller !== null && sameSubject(caller.subject, subject);
  return (
    <li className="tandem-Share-item">
      <div className="tandem-Share-line">
        <span className="tandem-Share-who">
          <bdi>{isMe ? trans.__('%1 (you)', name) : name}</bdi>
          <small>{trans.__('since %1', words.time(since))}</small>
        </span>
        {!isMe && (
          <Push
            label={trans.__('Remove…')}
            name={trans.__('Remove %1', name)}
            expanded={asking}
            push={() => {
              setAsking(!asking);
            }}
          />
        )}
      </div>
      {asking && (
        <Removal
          desk={desk}
          subject={subject}
          name={name}
          place={place}
          close={() => {
            setAsking(false);
          }}
        />
      )}
      <Problem sentence={desk.problem(place)} />
    </li>
  );
}

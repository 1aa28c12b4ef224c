import { useState, type ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import { sameSubject, type IPresence } from '../nouns';
import { Check, Part, Problem, Push } from './fields';

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
          person={person}
          name={name}
          close={() => {
            setAsking(false);
          }}
        />
      )}
      <Problem sentence={desk.problem(`here ${subject.kind} ${subject.name}`)} />
    </li>
  );
}

/** Says what removing does and does not do, and offers to end the link they came by. */
function Removal(props: {
  desk: ShareDesk;
  person: IPresence;
  name: string;
  close: () => void;
}): ReactElement {
  const { desk, person, name, close } = props;
  const { trans } = desk.words;
  const byLink = desk.holdsOpenLink(person.subject);
  const [endLinks, setEndLinks] = useState(false);
  return (
    <div className="tandem-Share-ask" role="group" aria-label={trans.__('Remove %1', name)}>
      <p>{removalSentence(desk, person, byLink)}</p>
      {byLink && (
        <Check
          label={trans.__('End the link as well, so that nobody comes by it any more')}
          checked={endLinks}
          change={setEndLinks}
        />
      )}
      <div className="tandem-Share-line">
        <Push
          label={trans.__('Remove')}
          tone="warn"
          push={() => {
            void desk.remove(person.subject, name, endLinks);
            close();
          }}
        />
        <Push label={trans.__('Cancel')} push={close} />
      </div>
    </div>
  );
}

function removalSentence(desk: ShareDesk, { subject }: IPresence, byLink: boolean): string {
  const { trans } = desk.words;
  if (subject.kind === 'user') {
    return trans.__(
      'They are out at once. What they have through a group, or as somebody this server lets see everything, stays.'
    );
  }
  return byLink
    ? trans.__(
        'They are out at once, and this link does not let their browser in again. With another browser it would, under another name.'
      )
    : trans.__('They are out at once.');
}

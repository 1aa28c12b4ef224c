import { useState, type ReactElement } from 'react';
import type { ShareDesk } from '../desk';
import type { ISubject } from '../nouns';
import { Check, Push } from './fields';

/** Says what removing does and does not do, and offers to end the link they came by. */
export function Removal(props: {
  desk: ShareDesk;
  subject: ISubject;
  name: string;
  /** Where a refusal is to stand. */
  place: string;
  close: () => void;
}): ReactElement {
  const { desk, subject, name, place, close } = props;
  const { trans } = desk.words;
  const byLink = desk.holdsOpenLink(subject);
  const [endLinks, setEndLinks] = useState(false);
  return (
    <div className="tandem-Share-ask" role="group" aria-label={trans.__('Remove %1', name)}>
      <p>{removalSentence(desk, subject, byLink)}</p>
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
            void desk.remove(subject, name, endLinks, place);
            close();
          }}
        />
        <Push label={trans.__('Cancel')} push={close} />
      </div>
    </div>
  );
}

function removalSentence(desk: ShareDesk, subject: ISubject, byLink: boolean): string {
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

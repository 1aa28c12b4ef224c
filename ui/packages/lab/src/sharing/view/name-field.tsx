import { useEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';
import type { IKnownNames, INames } from '../names';
import type { Words } from '../words';

/** Somebody to choose. */
export interface IChoice {
  readonly kind: 'user' | 'group';
  readonly name: string;
}

/** How long somebody has to pause in typing before names are looked up, in milliseconds. */
const PAUSE_MS = 150;
const LIST = 'tandem-share-names';

/**
 * A field for the name of a person or group, with a list of those that fit: a combobox as ARIA describes it.
 *
 * The arrows walk through the list, Enter takes what is marked, Escape closes the list and nothing else. What is in no
 * list can be typed, too.
 */
export function NameField(props: {
  words: Words;
  names: INames;
  kind: 'user' | 'group';
  name: string;
  type: (name: string) => void;
  choose: (choice: IChoice) => void;
}): ReactElement {
  const { words, names, kind, name, type, choose } = props;
  const { trans } = words;
  const [asked, setAsked] = useState(false);
  const [left, setLeft] = useState(false);
  const known = useNames(names, name.trim(), asked);
  const [marked, setMarked] = useState(-1);
  const choices = asked && known !== null ? choicesOf(known, kind) : [];
  const open = choices.length > 0;
  const label = kind === 'user' ? trans.__('Name of the account') : trans.__('Name of the group');
  const close = (): void => {
    setAsked(false);
    setMarked(-1);
  };
  const take = (choice: IChoice): void => {
    close();
    choose(choice);
  };
  const walk = (event: KeyboardEvent, step: number): void => {
    event.preventDefault();
    setAsked(true);
    if (open) {
      // Beyond the ends there is the field itself.
      setMarked(((marked + 1 + step + choices.length + 1) % (choices.length + 1)) - 1);
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const choice = choices[marked];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      walk(event, event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && choice !== undefined) {
      event.preventDefault();
      take(choice);
    } else if (event.key === 'Enter' || event.key === 'Escape') {
      close();
    }
  };
  return (
    <div className="tandem-Share-names">
      <input
        className="jp-mod-styled tandem-Share-input"
        type="text"
        role="combobox"
        maxLength={300}
        autoComplete="off"
        spellCheck={false}
        aria-label={label}
        aria-autocomplete="list"
        aria-expanded={open}
        aria-controls={LIST}
        aria-activedescendant={marked >= 0 ? optionId(marked) : undefined}
        placeholder={label}
        value={name}
        onChange={event => {
          type(event.target.value);
          setMarked(-1);
          setAsked(event.target.value.trim() !== '');
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          setLeft(asked);
          close();
        }}
        onFocus={() => {
          // What is behind the dialog may have taken the focus for a moment.
          setAsked(left && name.trim() !== '');
          setLeft(false);
        }}
      />
      <ul id={LIST} role="listbox" aria-label={trans.__('Names that fit')} hidden={!open}>
        {choices.map((choice, index) => (
          <Option
            key={`${choice.kind}:${choice.name}`}
            {...{ words, choice, index, take }}
            marked={index === marked}
          />
        ))}
      </ul>
      <p className="tandem-Share-note tandem-Share-hint" aria-live="polite">
        {asked && known !== null ? hint(words, kind, name.trim(), known, choices.length) : ''}
      </p>
    </div>
  );
}

function Option(props: {
  words: Words;
  choice: IChoice;
  index: number;
  marked: boolean;
  take: (choice: IChoice) => void;
}): ReactElement {
  const { words, choice, index, marked, take } = props;
  const node = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (marked) {
      node.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [marked]);
  return (
    <li
      ref={node}
      id={optionId(index)}
      role="option"
      aria-selected={marked}
      // Before the field loses the focus, which closes the list.
      onMouseDown={event => {
        event.preventDefault();
        take(choice);
      }}
    >
      <bdi>{choice.name}</bdi>
      {choice.kind === 'group' && <small>{words.trans.__('Group')}</small>}
    </li>
  );
}

/** The names that fit `query`, once somebody has paused; `null` before. Late answers to earlier questions are dropped. */
function useNames(names: INames, query: string, asked: boolean): IKnownNames | null {
  const [known, setKnown] = useState<IKnownNames | null>(null);
  useEffect(() => {
    setKnown(null);
    if (!asked) {
      return;
    }
    let late = false;
    const timer = setTimeout(() => {
      void names.find(query).then(found => {
        if (!late) {
          setKnown(found);
        }
      });
    }, PAUSE_MS);
    return () => {
      late = true;
      clearTimeout(timer);
    };
  }, [names, query, asked]);
  return known;
}

/** Those of the kind that is asked for first; people look for a group without having said so. */
function choicesOf(known: IKnownNames, kind: 'user' | 'group'): readonly IChoice[] {
  const groups = known.groups.map(name => ({ kind: 'group', name }) as const);
  const users = known.users.map(name => ({ kind: 'user', name }) as const);
  return kind === 'user' ? [...users, ...groups] : groups;
}

/** What a screen reader says about the list, and everybody reads where nobody is called so. */
function hint(
  words: Words,
  kind: 'user' | 'group',
  name: string,
  known: IKnownNames,
  count: number
): string {
  const { trans } = words;
  const exact = (kind === 'user' ? known.users : known.groups).includes(name);
  if (count > 0) {
    return trans._n('%1 name fits.', '%1 names fit.', count);
  }
  if (!known.whole || exact || name === '') {
    return '';
  }
  return kind === 'user'
    ? trans.__('Nobody here is called so yet. It counts from their first login on.')
    : trans.__('There is no such group here yet.');
}

function optionId(index: number): string {
  return `${LIST}-${index}`;
}

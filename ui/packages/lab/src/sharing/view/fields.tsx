import { HTMLSelect } from '@jupyterlab/ui-components';
import type { ReactElement, ReactNode } from 'react';
import { lifeLabels, LIVES, type Life } from '../expiry';
import type { Role } from '../nouns';
import type { Words } from '../words';

/** A menu of roles. */
export function RoleSelect(props: {
  words: Words;
  label: string;
  role: Role;
  roles: readonly Role[];
  describedBy?: string;
  disabled?: boolean;
  choose: (role: Role) => void;
}): ReactElement {
  const { words, label, role, roles, describedBy, disabled, choose } = props;
  // A role that is not in the menu any more is still what somebody has.
  const choices = roles.includes(role) ? roles : [role, ...roles];
  return (
    <HTMLSelect
      className="tandem-Share-select"
      aria-label={label}
      aria-describedby={describedBy}
      disabled={disabled}
      value={role}
      onChange={event => {
        choose(event.target.value as Role);
      }}
    >
      {choices.map(choice => (
        <option key={choice} value={choice}>
          {words.role(choice)}
        </option>
      ))}
    </HTMLSelect>
  );
}

/** Whether somebody may run code: a box of its own with what it means, never part of a role. */
export function RunBox(props: {
  words: Words;
  label?: string;
  checked: boolean;
  disabled?: boolean;
  change: (checked: boolean) => void;
}): ReactElement {
  const { words, label, checked, disabled, change } = props;
  return (
    <Check
      label={words.runSentence()}
      {...{ name: label, checked, disabled, change }}
      warn={checked}
    />
  );
}

/** A box to check, with its label beside it. */
export function Check(props: {
  label: string;
  /** What a screen reader calls it where the label alone does not say enough. */
  name?: string | undefined;
  checked: boolean;
  disabled?: boolean | undefined;
  warn?: boolean;
  change: (checked: boolean) => void;
}): ReactElement {
  const { label, name, checked, disabled, warn, change } = props;
  return (
    <label className={warn === true ? 'tandem-Share-check tandem-mod-warn' : 'tandem-Share-check'}>
      <input
        type="checkbox"
        aria-label={name}
        checked={checked}
        disabled={disabled}
        onChange={event => {
          change(event.target.checked);
        }}
      />
      <span>{label}</span>
    </label>
  );
}

/** How long something lasts: a menu, and a date where that is chosen. */
export function LifeField(props: {
  words: Words;
  label: string;
  life: Life;
  date: string;
  change: (life: Life, date: string) => void;
}): ReactElement {
  const { words, label, life, date, change } = props;
  const labels = lifeLabels(words.trans);
  return (
    <Field label={label}>
      <HTMLSelect
        className="tandem-Share-select"
        aria-label={label}
        value={life}
        onChange={event => {
          change(event.target.value as Life, date);
        }}
      >
        {LIVES.map(choice => (
          <option key={choice} value={choice}>
            {labels[choice]}
          </option>
        ))}
      </HTMLSelect>
      {life === 'date' && (
        <input
          className="jp-mod-styled tandem-Share-input"
          type="datetime-local"
          aria-label={words.trans.__('Date and time at which it ends')}
          value={date}
          onChange={event => {
            change(life, event.target.value);
          }}
        />
      )}
    </Field>
  );
}

/** Something to fill in, with its name before it. */
export function Field(props: { label: string; children: ReactNode }): ReactElement {
  return (
    <div className="tandem-Share-field">
      <span aria-hidden="true">{props.label}</span>
      <span className="tandem-Share-controls">{props.children}</span>
    </div>
  );
}

/** Why something was not done, where it was asked; read out at once. */
export function Problem(props: { sentence: string; id?: string }): ReactElement {
  return (
    <p id={props.id} className="tandem-Share-problem" role="alert" hidden={props.sentence === ''}>
      {props.sentence}
    </p>
  );
}

/** A part of the dialog under a heading. */
export function Part(props: { id: string; title: string; children: ReactNode }): ReactElement {
  return (
    <section className="tandem-Share-part" aria-labelledby={props.id}>
      <h2 id={props.id}>{props.title}</h2>
      {props.children}
    </section>
  );
}

/** A button as JupyterLab's dialogs have them. */
export function Push(props: {
  label: string;
  /** What a screen reader calls it where the label alone does not say what it is about. */
  name?: string;
  tone?: 'accept' | 'warn';
  disabled?: boolean;
  expanded?: boolean;
  submit?: boolean;
  push?: () => void;
}): ReactElement {
  const { label, name, tone, disabled, expanded, submit, push } = props;
  return (
    <button
      type={submit === true ? 'submit' : 'button'}
      className={`jp-mod-styled tandem-Share-button${tone === undefined ? '' : ` jp-mod-${tone}`}`}
      aria-label={name}
      aria-expanded={expanded}
      disabled={disabled}
      onClick={push}
    >
      {label}
    </button>
  );
}

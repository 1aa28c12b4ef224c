import type { IRun } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Clockwork } from './clockwork';
import { reasonSentence } from './reason';

/** How urgent a badge is; each has a mark of its own, so that colour never says anything alone. */
export type BadgeTone = 'wait' | 'run' | 'done' | 'mind' | 'stop';

/** What stands at a cell about its runs. */
export interface IBadge {
  readonly tone: BadgeTone;
  readonly text: string;
  /** The whole story, for the tooltip. */
  readonly detail: string;
  /** Runs that can be taken out of the queue here. */
  readonly cancel: number | null;
}

/** What is known about the runs of one cell. */
export interface IBadgeFacts {
  /** Whether this person asked for a run that the server has not answered. */
  readonly asking: boolean;
  /** What is under way or comes next. */
  readonly next: IRun | undefined;
  /** How many runs come before it, with the one that is under way. */
  readonly before: number;
  /** The newest run, whatever became of it. */
  readonly newest: IRun | undefined;
  /** The newest that was started. */
  readonly record: IRun | undefined;
  /** The newest that this person started. */
  readonly own: IRun | undefined;
  /** Hash of the cell's source as it is here. */
  readonly hash: string;
  /** Who else changed it since this person last ran it, as far as this page and the server know. */
  readonly others: readonly string[];
  /** Unix seconds. */
  readonly now: number;
  readonly mayRun: boolean;
}

/** Says in words how the runs of a cell stand (RUNUI-6); `null` where there is nothing to say. */
export class BadgeWords {
  constructor(
    private readonly trans: TranslationBundle,
    private readonly clock: Clockwork
  ) {}

  of(facts: IBadgeFacts): IBadge | null {
    const { asking, newest, next, record } = facts;
    if (next !== undefined) {
      return next.state === 'running' ? this.running(next, facts) : this.queued(next, facts);
    }
    if (asking) {
      return badge('wait', this.trans.__('asking the server…'));
    }
    const missed = newest === record ? undefined : newest;
    if (record !== undefined) {
      return this.ended(record, missed, facts);
    }
    return missed === undefined ? null : this.missed(missed, facts);
  }

  private running(run: IRun, { now }: IBadgeFacts): IBadge {
    const since = run.started_at ?? now;
    return badge(
      'run',
      this.trans.__('%1 runs it: %2', nameOf(run), this.clock.long(now - since)),
      this.trans.__('Started by %1, %2', nameOf(run), this.clock.when(since, now))
    );
  }

  private queued(run: IRun, { before, mayRun, now }: IBadgeFacts): IBadge {
    const { trans } = this;
    const place =
      before === 0
        ? trans.__('comes next')
        : trans._n('after 1 other cell', 'after %1 other cells', before);
    return badge(
      'wait',
      trans.__('%1 wants to run it: %2', nameOf(run), place),
      trans.__('Asked for by %1, %2', nameOf(run), this.clock.when(run.queued_at, now)),
      mayRun ? run.id : null
    );
  }

  /** A run that was asked for and not started. */
  private missed(run: IRun, { mayRun, now }: IBadgeFacts): IBadge {
    const { trans } = this;
    return badge(
      'mind',
      trans.__('not run: %1', this.whyNot(run)),
      trans.__('Asked for by %1, %2', nameOf(run), this.clock.when(run.queued_at, now)),
      mayRun && run.state === 'held' ? run.id : null
    );
  }

  private whyNot(run: IRun): string {
    const { trans } = this;
    if (run.state === 'held') {
      return trans.__('it waited when the server stopped');
    }
    const reason = reasonSentence(run, trans);
    return reason === '' ? trans.__('it was cancelled.') : reason;
  }

  private ended(run: IRun, missed: IRun | undefined, facts: IBadgeFacts): IBadge {
    const { trans, clock } = this;
    const started = run.started_at ?? run.queued_at;
    const took = run.ended_at === null ? '' : `, ${clock.long(run.ended_at - started)}`;
    const what = trans.__('run by %1 %2', nameOf(run), clock.when(started, facts.now)) + took;
    const again = missed === undefined ? '' : trans.__('not run again: %1', this.whyNot(missed));
    const notes = [this.outcome(run), this.leftOut(run), again, this.changes(run, facts)].filter(
      note => note !== ''
    );
    const tone = run.state === 'finished' ? (notes.length > 0 ? 'mind' : 'done') : 'stop';
    const text = [what, ...notes].join(' · ');
    const reason = reasonSentence(run, trans);
    const detail = reason === '' ? text : `${text}\n${reason}`;
    const held = facts.mayRun && missed?.state === 'held';
    return badge(tone, text, detail, held ? missed.id : null);
  }

  private outcome(run: IRun): string {
    const { trans } = this;
    if (run.state === 'failed') {
      return trans.__('failed');
    }
    if (run.state !== 'interrupted') {
      return '';
    }
    // Somebody did that: there is no more to say.
    return run.why[0] === 'interrupted'
      ? trans.__('interrupted')
      : trans.__('interrupted: %1', reasonSentence(run, trans));
  }

  private leftOut({ left_out }: IRun): string {
    return left_out === 0 ? '' : this.trans.__('%1 of text left out', this.clock.bytes(left_out));
  }

  private changes(record: IRun, { hash, others, own }: IBadgeFacts): string {
    const { trans } = this;
    if (own !== undefined && own.source_hash !== hash && others.length > 0) {
      return trans.__('changed by %1 since you last ran it', others.join(', '));
    }
    return record.source_hash === '' || record.source_hash === hash
      ? ''
      : trans.__('changed since it ran');
  }
}

/** What somebody is called. */
export function nameOf({ user }: Pick<IRun, 'user'>): string {
  return user.display_name === '' ? user.username : user.display_name;
}

function badge(tone: BadgeTone, text: string, detail = text, cancel: number | null = null): IBadge {
  return { tone, text, detail, cancel };
}

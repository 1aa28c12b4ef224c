import type { IRun } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Clockwork } from './time';

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
  /** Who else changed it since this person last ran it, as far as this page knows. */
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
    if (newest?.state === 'held') {
      return this.held(newest, facts);
    }
    if (newest?.state === 'cancelled' && newest !== record) {
      return this.cancelled(newest, facts);
    }
    return record === undefined ? null : this.ended(record, facts);
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

  private held(run: IRun, { mayRun, now }: IBadgeFacts): IBadge {
    const { trans } = this;
    return badge(
      'mind',
      trans.__('not run: it waited when the server stopped'),
      trans.__('Asked for by %1, %2', nameOf(run), this.clock.when(run.queued_at, now)),
      mayRun ? run.id : null
    );
  }

  private cancelled(run: IRun, { now }: IBadgeFacts): IBadge {
    const { trans } = this;
    const why = run.reason === '' ? trans.__('it was cancelled.') : run.reason;
    return badge(
      'mind',
      trans.__('not run: %1', why),
      trans.__('Asked for by %1, %2', nameOf(run), this.clock.when(run.queued_at, now))
    );
  }

  private ended(run: IRun, facts: IBadgeFacts): IBadge {
    const { trans, clock } = this;
    const started = run.started_at ?? run.queued_at;
    const took = run.ended_at === null ? '' : `, ${clock.long(run.ended_at - started)}`;
    const what = trans.__('run by %1 %2', nameOf(run), clock.when(started, facts.now)) + took;
    const notes = [this.outcome(run), this.changes(run, facts)].filter(note => note !== '');
    const tone = run.state === 'finished' ? (notes.length > 0 ? 'mind' : 'done') : 'stop';
    const text = [what, ...notes].join(' · ');
    return badge(tone, text, run.reason === '' ? text : `${text}\n${run.reason}`);
  }

  private outcome({ reason, state }: IRun): string {
    const { trans } = this;
    if (state === 'failed') {
      return trans.__('failed');
    }
    return state === 'interrupted' ? trans.__('interrupted: %1', reason) : '';
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

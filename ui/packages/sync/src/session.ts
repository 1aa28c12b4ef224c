import {
  CLOSE,
  type IHello,
  type IMergeAnswer,
  type IStatus,
  type ServerMessage
} from '@jupyter-tandem/protocol';
import { Bequests } from './bequests';
import { refuseCommand, sendCommand } from './command';
import { Counterpart } from './counterpart';
import type { Effect, Replacement } from './effect';
import type { IBequest, ICircumstances, Input } from './input';
import { NOT_ALLOWED, OwnMerge, propose } from './merge';
import { Outbox } from './outbox';
import { reactionToClose, reactionToStatus, type Reaction } from './reaction';
import { Recovery } from './recovery';
import type { IReplica } from './replica';
import { GREETED, type IRule, type Reactions, type Rules } from './rule';
import { SaveRequests } from './save-requests';
import { BEGINNING, mayWrite, type Ending, type ISessionState } from './state';

/** The version of the protocol spoken here. */
const PROTOCOL = 1;

/**
 * Decides what is said to the server about one document, and when (rules CLIENT-n).
 *
 * Pure: no socket, timer, clock or chance. `handle` takes what happened and returns what is to be done, in order;
 * the document is read through `IReplica` and changed through effects only. The invariants:
 *
 * - nothing is sent before Hello, and nothing of the CRDT to a document of another lineage;
 * - an edit is pending until an acknowledgement covers a frame that holds it;
 * - what a peer sent is never sent back;
 * - after `ended`, only `retry` does anything, and what makes the document small enough again.
 */
export class SyncSession {
  private readonly outbox = new Outbox();
  private readonly saves = new SaveRequests();
  private readonly own = new OwnMerge();
  /** What was handed in of earlier pages and not answered; `null` where it is what was edited here. */
  private handing: IBequest | null = null;
  private readonly counterpart: Counterpart;
  /** Whether it was answered what it lacks, so that edits may follow as updates. */
  private answered = false;
  private readonly recovery = new Recovery();
  private readonly bequests = new Bequests();
  private current: ISessionState = BEGINNING;

  /**
   * @param replica The document, or `null` for a room of awareness alone.
   */
  constructor(private readonly replica: IReplica | null) {
    this.counterpart = new Counterpart(replica);
  }

  /** Where the session stands; a new object whenever something changed. */
  get state(): ISessionState {
    return this.current;
  }

  /** Edits of this page that are not known to be durable; `pending` counts those of earlier ones as well. */
  get unacknowledged(): number {
    return this.outbox.pending;
  }

  /** Takes what happened; returns what is to be done. */
  handle(input: Input): Effect[] {
    if (this.current.phase === 'ended' && input.kind !== 'retry') {
      return this.afterEnd(input);
    }
    // The table pairs every kind with the reaction to that very kind, which TypeScript cannot follow.
    return (this.reactions[input.kind] as (input: Input) => Effect[])(input);
  }

  private readonly reactions: Reactions = {
    opened: () => this.become({ phase: 'greeting' }),
    received: ({ message }) => this.received(message),
    garbled: ({ reason }) => [hangUp(reason)],
    closed: input => this.parted(reactionToClose(input.code), input),
    unreachable: input => this.parted(reactionToStatus(input.status), input),
    edited: ({ update, edits }) => this.edited(update, edits),
    present: ({ states }) =>
      GREETED.includes(this.current.phase)
        ? [{ kind: 'send', message: { type: 'Awareness', states } }]
        : [],
    save: ({ number }) => [this.saves.request(number, this.current)],
    command: ({ command }) => [
      this.current.phase === 'live' ? sendCommand(command) : refuseCommand(command)
    ],
    gathered: ({ base, ours }) => this.gathered(base, ours),
    inherited: ({ bequest }) => {
      this.bequests.add(bequest);
      return this.become({});
    },
    settled: () => {
      this.recovery.forgive();
      return this.become({ attempts: 0 });
    },
    reweighed: () => [],
    retry: () => this.retry()
  };

  private readonly rules: Rules = {
    Hello: { during: ['greeting'], react: ({ body }) => this.greeted(body) },
    SyncStep1: { during: GREETED, react: ({ stateVector }) => this.asked(stateVector) },
    SyncStep2: { during: GREETED, react: ({ update }) => this.answeredWith(update) },
    Update: { during: GREETED, react: ({ update }) => this.updated(update) },
    Awareness: { during: GREETED, react: ({ states }) => [{ kind: 'show', states }] },
    SaveAnswer: { during: GREETED, react: ({ body }) => this.saves.answered(body) },
    StockNotice: { during: GREETED, react: () => [] },
    Acknowledgement: { during: GREETED, react: ({ count }) => this.acknowledged(count) },
    Status: { during: GREETED, react: ({ body }) => this.told(body) },
    Notice: { during: GREETED, react: ({ body }) => [{ kind: 'notify', ...body }] },
    MergeAnswer: { during: ['merging'], react: ({ body }) => this.mergeAnswered(body) },
    Pong: { during: ['greeting', ...GREETED], react: () => [] },
    RunAnswer: { during: GREETED, react: ({ body }) => [{ kind: 'run-answered', answer: body }] },
    Execution: { during: GREETED, react: ({ body }) => [{ kind: 'executing', news: body }] }
  };

  // -- What the server says --------------------------------------------------------------------------------

  private received(message: ServerMessage): Effect[] {
    const { phase } = this.current;
    const rule = this.rules[message.type] as IRule<ServerMessage>;
    if (rule.during.includes(phase)) {
      return rule.react(message);
    }
    // What was still under way when the connection was given up is no fault.
    return phase === 'apart' ? [] : [hangUp(`A ${message.type} was not expected (${phase}).`)];
  }

  private greeted(hello: IHello): Effect[] {
    this.restart();
    this.counterpart.takes(hello.limits.frame_bytes);
    this.recovery.arrived();
    this.change({ hello, rights: hello.rights, reason: '' });
    if (hello.protocol !== PROTOCOL) {
      return this.end('outdated', '');
    }
    if (!hello.sync || this.replica === null) {
      this.change({ phase: 'live', loaded: true });
      return [{ kind: 'introduce' }, { kind: 'synced' }];
    }
    if (this.current.strays > 0 && mayWrite(this.current)) {
      return this.replace({ cause: 'entitled' });
    }
    if (this.current.lineage !== null && this.current.lineage !== hello.lineage) {
      return this.meetOtherLineage();
    }
    return this.beginSync();
  }

  /** Bequests that cannot be applied go first, one by one; then the document is synchronised. */
  private beginSync(): Effect[] {
    const bequest = this.foreignBequest();
    if (bequest !== null) {
      this.handing = bequest;
      this.change({ phase: 'merging' });
      return mayWrite(this.current) ? this.handIn(bequest) : this.handedOver(NOT_ALLOWED, bequest);
    }
    this.change({ phase: 'syncing' });
    const stateVector = this.replica?.stateVector() ?? new Uint8Array();
    return [
      { kind: 'send', message: { type: 'SyncStep1', stateVector } },
      { kind: 'introduce' },
      ...this.answer()
    ];
  }

  private handIn({ contents, id, lineage }: IBequest): Effect[] {
    const made = contents();
    if (made !== null) {
      return [propose(made.base, made.ours, lineage)];
    }
    // It stays where it is, and keeps the document from nothing.
    this.bequests.remove(id);
    return this.beginSync();
  }

  private foreignBequest(): IBequest | null {
    return this.bequests.foreign(this.current.hello?.lineage, mayWrite(this.current));
  }

  private meetOtherLineage(): Effect[] {
    if (this.outbox.pending === 0) {
      return this.replace({ cause: 'lineage' });
    }
    return this.gather();
  }

  private gather(): Effect[] {
    if (!mayWrite(this.current)) {
      return this.end('merge-refused', '');
    }
    this.handing = null;
    this.change({ phase: 'merging' });
    return [{ kind: 'gather' }];
  }

  private gathered(base: unknown, ours: unknown): Effect[] {
    if (this.current.phase !== 'merging') {
      return [];
    }
    this.outbox.handIn();
    return [this.own.propose(base, ours, this.current.lineage ?? '')];
  }

  private mergeAnswered(answer: IMergeAnswer): Effect[] {
    return this.handing === null ? this.merged(answer) : this.handedOver(answer, this.handing);
  }

  private merged(answer: IMergeAnswer): Effect[] {
    if (answer.status === 'refused') {
      return this.end('merge-refused', answer.message);
    }
    this.outbox.settle();
    this.own.merged(answer);
    // Programs may go on changing what people are kept from changing meanwhile.
    return this.outbox.pending > 0
      ? this.gather()
      : this.replace({ cause: 'merged', conflicts: this.own.conflicts });
  }

  private handedOver(answer: IMergeAnswer, { id }: IBequest): Effect[] {
    this.bequests.remove(id);
    return [{ kind: 'handed-over', id, answer }, ...this.beginSync()];
  }

  private asked(stateVector: Uint8Array): Effect[] {
    this.counterpart.has(stateVector);
    return this.current.phase === 'merging' ? [] : this.answer();
  }

  private updated(update: Uint8Array): Effect[] {
    // While merging it would mix two histories; it will come again with the synchronisation.
    return this.current.phase === 'merging' ? [] : [this.apply(update)];
  }

  /** From its first update on the document here belongs to the lineage it came from. */
  private apply(update: Uint8Array): Effect {
    this.change({ lineage: this.current.hello?.lineage ?? null });
    return { kind: 'apply', update };
  }

  private answeredWith(update: Uint8Array): Effect[] {
    return this.current.phase === 'merging' ? [] : this.complete(update);
  }

  private complete(update: Uint8Array): Effect[] {
    const effects: Effect[] = [this.apply(update), { kind: 'synced' }];
    this.change({ phase: 'live', loaded: true });
    // The right may have gone since Hello; what is applied without it would be lost.
    const writable = mayWrite(this.current);
    for (const { id } of this.bequests.take()) {
      effects.push(
        writable ? { kind: 'restore', id } : { kind: 'handed-over', id, answer: NOT_ALLOWED }
      );
    }
    this.change({});
    return effects;
  }

  /** Hands over everything the server lacks, in one frame; not without the right to write. */
  private answer(): Effect[] {
    const update = mayWrite(this.current) ? this.counterpart.missing() : null;
    if (update === null) {
      return [];
    }
    this.answered = true;
    return this.hand({ type: 'SyncStep2', update });
  }

  /** Sends a frame that, with those before it on this connection, holds every edit so far. */
  private hand(message: { type: 'SyncStep2' | 'Update'; update: Uint8Array }): Effect[] {
    if (!this.counterpart.fits(message.update)) {
      return this.end('limit', '');
    }
    this.outbox.sentAll();
    return [{ kind: 'send', message }];
  }

  private acknowledged(count: number): Effect[] {
    if (!this.outbox.acknowledge(count)) {
      return [hangUp(`${count} frames were acknowledged, which are more than were sent.`)];
    }
    this.recovery.forgive();
    this.change({});
    if (this.answered && this.outbox.pending === 0) {
      this.counterpart.hasAll();
    }
    return [];
  }

  private told(status: IStatus): Effect[] {
    const could = mayWrite(this.current);
    this.change({ status, rights: status.rights });
    if (could || !mayWrite(this.current) || this.current.phase === 'merging') {
      return [];
    }
    if (this.current.strays > 0) {
      // Who may write from now on must not hand in what was done without the right.
      return this.replace({ cause: 'entitled' });
    }
    // Frames refused in between would not be counted there: a fresh connection counts from one again.
    return this.answered ? [{ kind: 'hang-up', code: CLOSE.done, reason: '' }] : this.answer();
  }

  // -- What is done here -----------------------------------------------------------------------------------

  private edited(update: Uint8Array, edits: number): Effect[] {
    if (!mayWrite(this.current)) {
      this.change({ strays: this.current.strays + edits });
      return [];
    }
    this.outbox.add(edits);
    const sendable = this.answered && ['syncing', 'live'].includes(this.current.phase);
    const effects = sendable ? this.hand({ type: 'Update', update }) : [];
    this.change({});
    return effects;
  }

  // -- Coming and going ------------------------------------------------------------------------------------

  private parted(reaction: Reaction, input: ICircumstances & { reason: string }): Effect[] {
    const lost = this.saves.lose();
    this.restart();
    const { attempts } = this.current;
    if (reaction.kind === 'end') {
      return [...lost, ...this.end(reaction.ending, input.reason)];
    }
    const afterMs = this.recovery.delayMs(reaction, attempts, input);
    if (afterMs === null) {
      return [...lost, ...this.end('broken', input.reason)];
    }
    this.change({ phase: 'apart', attempts: attempts + 1, reason: input.reason });
    return [...lost, { kind: 'reconnect', afterMs, hasty: reaction.kind !== 'wait' }];
  }

  /** Nothing that was said on another connection counts on this one. */
  private restart(): void {
    this.outbox.restart();
    this.counterpart.forget();
    this.answered = false;
  }

  private retry(): Effect[] {
    if (!['ended', 'apart'].includes(this.current.phase) || this.current.ending === 'replaced') {
      return [];
    }
    this.recovery.forgive();
    this.change({ phase: 'apart', ending: null, reason: '', attempts: 0 });
    return [{ kind: 'reconnect', afterMs: 0, hasty: true }];
  }

  private replace(replacement: Replacement): Effect[] {
    return [...this.end('replaced', ''), { kind: 'replace', replacement }];
  }

  private end(ending: Ending, reason: string): Effect[] {
    const lost = this.saves.lose();
    const connected = !['apart', 'ended'].includes(this.current.phase);
    this.change({ phase: 'ended', ending, reason });
    return connected ? [...lost, { kind: 'hang-up', code: CLOSE.done, reason: '' }] : lost;
  }

  private afterEnd(input: Input): Effect[] {
    if (input.kind === 'edited') {
      // Still counted: what is typed after the end is kept and offered as a copy as well.
      this.outbox.add(input.edits);
      this.change({});
    }
    if (input.kind === 'command') {
      return [refuseCommand(input.command)];
    }
    if (input.kind === 'reweighed') {
      return this.reweighed();
    }
    return input.kind === 'save'
      ? [{ kind: 'save-answered', number: input.number, outcome: 'lost' }]
      : [];
  }

  /** Tries again where what was too large to be sent is not any more; other limits only the server knows. */
  private reweighed(): Effect[] {
    const update = this.current.ending === 'limit' ? this.counterpart.missing() : null;
    return update !== null && this.counterpart.fits(update) ? this.retry() : [];
  }

  private become(part: Partial<ISessionState>): Effect[] {
    this.change(part);
    return [];
  }

  private change(part: Partial<ISessionState>): void {
    const pending = this.outbox.pending + this.bequests.edits;
    const { acknowledged } = this.outbox;
    this.current = { ...this.current, ...part, pending, acknowledged };
  }
}

/** Ends a connection whose server does not keep to the protocol; back-off follows. */
function hangUp(reason: string): Effect {
  return { kind: 'hang-up', code: CLOSE.malformed, reason };
}

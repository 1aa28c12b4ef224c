import type { IExecution, IRun, IRunAnswer, RunCommand, RunState } from '@jupyter-tandem/protocol';
import type { ISessionState } from '@jupyter-tandem/sync';
import { Signal } from '@lumino/signaling';
import { hello } from '../../sync/tests/memory-server';
import { RunDesk } from '../src/execution/run-desk';
import { view } from './document-view';

export const ANA = { username: 'ana', display_name: 'Ana' };
export const BO = { username: 'bo', display_name: 'Bo' };
export const RUNNER = { role: 'editor', actions: ['read', 'write', 'run'] };

/** A run of Ana's, but for what a test says; started a second after it was asked for. */
export function run(id: number, cell: string, state: RunState, part: Partial<IRun> = {}): IRun {
  const waits = ['queued', 'held', 'cancelled'].includes(state);
  const ended = !waits && state !== 'running';
  return {
    id,
    cell,
    state,
    user: ANA,
    source_hash: '',
    queued_at: 1_000,
    started_at: waits ? null : 1_001,
    ended_at: ended ? 1_005.2 : null,
    count: ended ? id : null,
    reason: '',
    why: [],
    left_out: 0,
    changed_by: [],
    ...part
  };
}

/** The other end of a document's connection, in a test's hands. */
export class RunServer {
  readonly changed = new Signal<this, ISessionState>(this);
  readonly runAnswered = new Signal<this, IRunAnswer>(this);
  readonly executing = new Signal<this, IExecution>(this);
  readonly commands: RunCommand[] = [];
  state: ISessionState = view({ rights: RUNNER }).session;
  now = 0;
  readonly desk: RunDesk;
  private last = 0;

  /** @param username Who sits at the desk. */
  constructor(username = 'ana') {
    const user = { ...hello().user, username };
    this.state = { ...this.state, hello: hello({ user, rights: RUNNER }) };
    this.desk = new RunDesk(this, { now: () => this.now, newKey: () => `key-${this.now}` });
    this.become({});
  }

  command(command: RunCommand): void {
    this.commands.push(command);
  }

  become(part: Partial<ISessionState>): void {
    this.state = { ...this.state, ...part };
    this.changed.emit(this.state);
  }

  tell(news: Partial<IExecution>): void {
    this.executing.emit({ full: false, runs: [], ...news });
  }

  /** Answers the last command. */
  answer(part: Partial<IRunAnswer> = {}): void {
    this.runAnswered.emit({
      number: this.commands.at(-1)?.number ?? 0,
      status: 'accepted',
      runs: [],
      code: '',
      message: '',
      why: [],
      cells: [],
      ...part
    });
  }

  /** Accepts the last command to run; every cell waits. */
  accept(): readonly IRun[] {
    const command = this.commands.at(-1);
    const cells = command !== undefined && 'cells' in command ? command.cells : [];
    const runs = cells.map(({ id, source_hash }) =>
      run((this.last += 1), id, 'queued', { source_hash })
    );
    this.tell({ runs });
    this.answer({ runs: runs.map(({ id }) => id) });
    return runs;
  }
}

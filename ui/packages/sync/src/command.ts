import type { IRunAnswer, RunCommand } from '@jupyter-tandem/protocol';
import type { Effect } from './effect';

/** Sends a command after the edits that were made before it, which have been sent already. */
export function sendCommand(command: RunCommand): Effect {
  return { kind: 'send', message: { type: 'RunCommand', body: command } };
}

/** What becomes of a command while there is no connection: nobody should find out later that it ran. */
export function refuseCommand(command: RunCommand): Effect {
  const answer: IRunAnswer = {
    number: command.number,
    status: 'refused',
    runs: [],
    code: 'offline',
    message: '',
    why: [],
    cells: []
  };
  return { kind: 'run-answered', answer };
}

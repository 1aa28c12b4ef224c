import type { ICellWish, IRunAnswer, RunCommand } from '@jupyter-tandem/protocol';

/** How long a command whose answer was lost may be sent again: nobody should find out much later that it ran. */
export const REPEAT_WITHIN_MS = 30_000;

/** What somebody wants done with a document's kernel. */
export type RunWish =
  | {
      readonly type: 'run' | 'restart';
      /** Names the wish; a command that comes again with it queues nothing (RUN-5). */
      readonly key: string;
      readonly cells: readonly ICellWish[];
      readonly timing: boolean;
    }
  | { readonly type: 'cancel'; readonly runs: readonly number[] }
  | { readonly type: 'interrupt' }
  | { readonly type: 'answer'; readonly input: number; readonly value: string };

/** What follows from a connection that is there again. */
export interface IResumption {
  /** To be sent once more. */
  readonly repeat: readonly RunCommand[];
  /** Nobody knows what became of these. */
  readonly lost: readonly IRunAnswer[];
}

interface IAsked {
  readonly command: RunCommand;
  readonly askedAtMs: number;
  /** Whether the connection it was sent on is gone. */
  parted: boolean;
}

/** Commands that were sent and not answered: numbers them, and decides what a lost connection means for each. */
export class RunCommands {
  private last = 0;
  private readonly asked = new Map<number, IAsked>();

  /** Numbers a wish; the command waits for its answer from now on. */
  begin(wish: RunWish, nowMs: number): RunCommand {
    this.last += 1;
    const command: RunCommand = { ...wish, number: this.last };
    this.asked.set(command.number, { command, askedAtMs: nowMs, parted: false });
    return command;
  }

  /** The command that was answered, if it still waited. */
  answered({ number }: Pick<IRunAnswer, 'number'>): RunCommand | null {
    const asked = this.asked.get(number);
    this.asked.delete(number);
    return asked?.command ?? null;
  }

  /** The connection is gone. Returns the answers to those that are not to be sent again. */
  parted(): readonly IRunAnswer[] {
    const lost: IRunAnswer[] = [];
    for (const asked of this.asked.values()) {
      asked.parted = true;
      if (!isRepeatable(asked.command)) {
        lost.push(this.give(asked));
      }
    }
    return lost;
  }

  /** The connection is there again: what has a key and is recent is asked again. */
  resumed(nowMs: number): IResumption {
    const repeat: RunCommand[] = [];
    const lost: IRunAnswer[] = [];
    for (const asked of [...this.asked.values()].filter(({ parted }) => parted)) {
      if (nowMs - asked.askedAtMs <= REPEAT_WITHIN_MS) {
        asked.parted = false;
        repeat.push(asked.command);
      } else {
        lost.push(this.give(asked));
      }
    }
    return { repeat, lost };
  }

  /** Gives everything up. */
  end(): readonly IRunAnswer[] {
    return [...this.asked.values()].map(asked => this.give(asked));
  }

  private give({ command }: IAsked): IRunAnswer {
    this.asked.delete(command.number);
    return {
      number: command.number,
      status: 'refused',
      runs: [],
      code: 'lost',
      message: '',
      why: [],
      cells: []
    };
  }
}

function isRepeatable(command: RunCommand): boolean {
  return (command.type === 'run' || command.type === 'restart') && command.key !== '';
}

import { ProtocolError } from './errors';
import {
  count,
  countOrNull,
  entryCount,
  entryObject,
  entryText,
  isFields,
  list,
  object,
  optionalCount,
  optionalText,
  text,
  word,
  type Fields
} from './fields';

/** A cell that is to be run. */
export interface ICellWish {
  readonly id: string;
  /** sha256 of the source in UTF-8, hexadecimal; empty: whatever it is by then. */
  readonly source_hash: string;
}

/** Body of a Run command; the answer repeats `number`. */
export type RunCommand =
  | {
      readonly type: 'run' | 'restart';
      readonly number: number;
      /** Names the wish: the same command sent again is the same wish. */
      readonly key: string;
      readonly cells: readonly ICellWish[];
      /** Whether to record times in the cells' metadata. */
      readonly timing: boolean;
    }
  | { readonly type: 'cancel'; readonly number: number; readonly runs: readonly number[] }
  | { readonly type: 'interrupt'; readonly number: number }
  | {
      readonly type: 'answer';
      readonly number: number;
      readonly input: number;
      readonly value: string;
    };

/** Why a command was refused; words this version does not know are kept. */
export type RunRefusal =
  | 'denied'
  | 'changed'
  | 'no-cell'
  | 'not-waiting'
  | 'not-yours'
  | 'no-input'
  | 'full'
  | 'no-kernel'
  | 'unavailable';

/** What became of a command. */
export interface IRunAnswer {
  readonly number: number;
  readonly status: 'accepted' | 'refused';
  /** The runs that were queued, in the order of the command's cells. */
  readonly runs: readonly number[];
  /** A {@link RunRefusal}, or empty. */
  readonly code: string;
  readonly message: string;
  /** What the message says as a code and its arguments, where `code` alone does not tell it. */
  readonly why: readonly string[];
  /** The cells that were in the way. */
  readonly cells: readonly string[];
}

const RUN_STATES = [
  'queued',
  'running',
  'finished',
  'failed',
  'cancelled',
  'interrupted',
  'held'
] as const;

/** Where a run stands. */
export type RunState = (typeof RUN_STATES)[number];

/** One execution of one cell that somebody asked for; times are Unix seconds. */
export interface IRun {
  readonly id: number;
  readonly cell: string;
  readonly state: RunState;
  readonly user: { readonly username: string; readonly display_name: string };
  readonly source_hash: string;
  readonly queued_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  /** The execution count. */
  readonly count: number | null;
  /** Why it ended as it did; empty when all went well. */
  readonly reason: string;
  /** The reason as a code and its arguments; empty where it has none. */
  readonly why: readonly string[];
  /** Bytes of text that were printed and are not kept. */
  readonly left_out: number;
  /** Names of those who changed the cell since; of each person's newest run of a cell. */
  readonly changed_by: readonly string[];
}

const KERNEL_STATES = ['starting', 'idle', 'busy', 'restarting', 'dead'] as const;

/** How a kernel stands. */
export type KernelState = (typeof KERNEL_STATES)[number];

/** The document's kernel. */
export interface IKernelStatus {
  readonly id: string;
  readonly name: string;
  readonly state: KernelState;
  readonly reason: string;
  /** The reason as a code and its arguments; empty where it has none. */
  readonly why: readonly string[];
}

/** A question of the kernel, for the person who ran the cell, or anybody when they are not here. */
export interface IInputRequest {
  readonly id: number;
  readonly run: number;
  readonly cell: string;
  readonly prompt: string;
  readonly password: boolean;
  readonly username: string;
}

/** News of the kernel and of runs; a key that is `undefined` has not changed. */
export interface IExecution {
  /** Whether `runs` are all there are, and not only those that changed. */
  readonly full: boolean;
  /** The username of whose server runs the cells, where that is not this one; empty where it is. */
  readonly at?: string;
  readonly kernel?: IKernelStatus | null;
  readonly input?: IInputRequest | null;
  readonly runs: readonly IRun[];
}

/** Reads a Run command, for peers that play the server. */
export function readRunCommand(fields: Fields): RunCommand {
  const number = count(fields, 'number');
  const type = word(fields, 'type', ['run', 'restart', 'cancel', 'interrupt', 'answer']);
  switch (type) {
    case 'run':
    case 'restart': {
      const cells = list(fields, 'cells', readWish);
      if (type === 'run' && cells.length === 0) {
        throw new ProtocolError('A command to run names no cell.');
      }
      const timing = fields['timing'] === true;
      return { type, number, key: optionalText(fields, 'key'), cells, timing };
    }
    case 'cancel':
      return { type, number, runs: list(fields, 'runs', entryCount) };
    case 'interrupt':
      return { type, number };
    case 'answer':
      return { type, number, input: count(fields, 'input'), value: optionalText(fields, 'value') };
  }
}

function readWish(entry: unknown): ICellWish {
  const fields = entryObject(entry);
  return { id: text(fields, 'id'), source_hash: optionalText(fields, 'source_hash') };
}

/** Reads a Run answer. */
export function readRunAnswer(fields: Fields): IRunAnswer {
  return {
    number: count(fields, 'number'),
    status: word(fields, 'status', ['accepted', 'refused']),
    runs: list(fields, 'runs', entryCount),
    code: optionalText(fields, 'code'),
    message: optionalText(fields, 'message'),
    why: list(fields, 'why', entryText),
    cells: list(fields, 'cells', entryText)
  };
}

/** Reads an Execution. */
export function readExecution(fields: Fields): IExecution {
  const kernel = fields['kernel'];
  const input = fields['input'];
  return {
    full: fields['full'] === true,
    ...(fields['at'] === undefined ? {} : { at: optionalText(fields, 'at') }),
    ...(kernel === undefined ? {} : { kernel: isFields(kernel) ? readKernel(kernel) : null }),
    ...(input === undefined ? {} : { input: isFields(input) ? readInput(input) : null }),
    runs: list(fields, 'runs', readRun)
  };
}

function readKernel(fields: Fields): IKernelStatus {
  return {
    id: text(fields, 'id'),
    name: optionalText(fields, 'name'),
    state: word(fields, 'state', KERNEL_STATES),
    reason: optionalText(fields, 'reason'),
    why: list(fields, 'why', entryText)
  };
}

function readInput(fields: Fields): IInputRequest {
  return {
    id: count(fields, 'id'),
    run: count(fields, 'run'),
    cell: text(fields, 'cell'),
    prompt: optionalText(fields, 'prompt'),
    password: fields['password'] === true,
    username: text(fields, 'username')
  };
}

function readRun(entry: unknown): IRun {
  const fields = entryObject(entry);
  const user = object(fields, 'user');
  return {
    id: count(fields, 'id'),
    cell: text(fields, 'cell'),
    state: word(fields, 'state', RUN_STATES),
    user: { username: text(user, 'username'), display_name: optionalText(user, 'display_name') },
    source_hash: optionalText(fields, 'source_hash'),
    queued_at: count(fields, 'queued_at'),
    started_at: countOrNull(fields, 'started_at'),
    ended_at: countOrNull(fields, 'ended_at'),
    count: countOrNull(fields, 'count'),
    reason: optionalText(fields, 'reason'),
    why: list(fields, 'why', entryText),
    left_out: optionalCount(fields, 'left_out'),
    changed_by: list(fields, 'changed_by', entryText)
  };
}

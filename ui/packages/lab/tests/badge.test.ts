import { nullTranslator } from '@jupyterlab/translation';
import { RunBoard } from '@jupyter-tandem/sync';
import { describe, expect, it } from 'vitest';
import { aftermathSentence } from '../src/execution/aftermath-words';
import { BadgeWords, type IBadgeFacts } from '../src/execution/badge';
import { queueText } from '../src/execution/queue-words';
import { Clockwork } from '../src/execution/clockwork';
import { ANA, BO, run } from './run-server';

const trans = nullTranslator.load('jupyter_tandem');
const clock = new Clockwork(trans, 'de');
const words = new BadgeWords(trans, clock);
const at = clock.when(1_001, 1_100);

function badge(part: Partial<IBadgeFacts>): string | undefined {
  const facts: IBadgeFacts = {
    asking: false,
    next: undefined,
    before: 0,
    newest: part.next ?? part.record,
    record: undefined,
    own: undefined,
    hash: 'h',
    others: [],
    now: 1_100,
    mayRun: true,
    ...part
  };
  const found = words.of(facts);
  return found === null
    ? undefined
    : `${found.tone}: ${found.text}${found.cancel === null ? '' : ` [${found.cancel}]`}`;
}

const done = run(1, 'c', 'finished', { source_hash: 'h' });

describe('what stands at a cell', () => {
  it.each([
    ['nothing, as long as nobody runs it', {}, undefined],
    ['that the server is asked', { asking: true }, 'wait: asking the server…'],
    [
      'that it waits',
      { next: run(2, 'c', 'queued'), record: done, before: 1 },
      'wait: Ana wants to run it: after 1 other cell [2]'
    ],
    [
      'that it is next',
      { next: run(2, 'c', 'queued') },
      'wait: Ana wants to run it: comes next [2]'
    ],
    [
      'no way to cancel for who may not',
      { next: run(2, 'c', 'queued'), before: 3, mayRun: false },
      'wait: Ana wants to run it: after 3 other cells'
    ],
    ['that it runs', { next: run(2, 'c', 'running'), now: 1_013.04 }, 'run: Ana runs it: 12 s'],
    ['who ran it', { record: done }, `done: run by Ana ${at}, 4,2 s`],
    [
      'that it failed',
      { record: run(1, 'c', 'failed', { source_hash: 'h' }) },
      `stop: run by Ana ${at}, 4,2 s · failed`
    ],
    [
      'why it was interrupted',
      { record: run(1, 'c', 'interrupted', { source_hash: 'h', reason: 'The kernel died.' }) },
      `stop: run by Ana ${at}, 4,2 s · interrupted: The kernel died.`
    ],
    [
      'only that it was interrupted where that is the reason',
      { record: run(1, 'c', 'interrupted', { source_hash: 'h', why: ['interrupted'] }) },
      `stop: run by Ana ${at}, 4,2 s · interrupted`
    ],
    [
      'how much text is not kept',
      { record: run(1, 'c', 'finished', { source_hash: 'h', left_out: 2_340_000 }) },
      `mind: run by Ana ${at}, 4,2 s · 2,3 MB of text left out`
    ],
    [
      'that it is not what was run',
      { record: done, hash: 'g' },
      `mind: run by Ana ${at}, 4,2 s · changed since it ran`
    ],
    [
      'who changed it since',
      { record: done, own: done, hash: 'g', others: ['Bo', 'Eve'] },
      `mind: run by Ana ${at}, 4,2 s · changed by Bo, Eve since you last ran it`
    ],
    [
      'that it was not run after all',
      {
        newest: run(2, 'c', 'cancelled', { user: BO, reason: 'An earlier cell did not end well.' })
      },
      'mind: not run: An earlier cell did not end well.'
    ],
    [
      'that it was cancelled',
      { newest: run(2, 'c', 'cancelled') },
      'mind: not run: it was cancelled.'
    ],
    [
      'that it is held',
      { newest: run(2, 'c', 'held') },
      'mind: not run: it waited when the server stopped [2]'
    ],
    [
      'that what is shown is of an earlier run',
      { newest: run(2, 'c', 'held'), record: done },
      `mind: run by Ana ${at}, 4,2 s · not run again: it waited when the server stopped [2]`
    ]
  ] as const)('[RUNUI-6] is %s', (_, facts, text) => {
    expect(badge(facts)).toBe(text);
  });

  it('[RUNUI-6] has the reason in its tooltip, and the username of who has no name', () => {
    const failed = run(1, 'c', 'failed', {
      source_hash: 'h',
      reason: 'ValueError: no',
      user: { username: 'eve', display_name: '' }
    });
    const facts = { asking: false, next: undefined, before: 0, newest: failed, record: failed };
    const found = words.of({
      ...facts,
      own: undefined,
      hash: 'h',
      others: [],
      now: 9_999_999,
      mayRun: true
    });
    expect(found?.detail).toMatch(/^run by eve .*1970.*\nValueError: no$/);
  });

  it.each([
    [0.04, '0 s'],
    [9.94, '9,9 s'],
    [9.99, '10 s'],
    [61, '1 min 1 s'],
    [90_061, '25 h 1 min']
  ])('[RUNUI-6] says that %d s took %s', (seconds, text) => {
    expect(clock.long(seconds)).toBe(text);
  });
});

describe('the queue in words', () => {
  const kernel = { id: 'k', name: 'python3', state: 'idle', reason: '', why: [] } as const;
  const input = { id: 1, run: 1, cell: 'c', prompt: '', password: false, username: 'ana' };
  const running = run(1, 'c', 'running');

  it.each([
    ['nothing', {}, 'well: Nothing runs. No cell has been run since the document was opened.'],
    ['an idle kernel', { kernel }, 'well: Kernel idle. No cell is running.'],
    [
      'a kernel that comes',
      { kernel: { ...kernel, state: 'starting' } },
      'busy: Kernel starts. The kernel is being started.'
    ],
    [
      'a dead kernel',
      { kernel: { ...kernel, state: 'dead', reason: 'No memory.' } },
      'stop: Kernel gone. No memory.'
    ],
    ['a run', { kernel, runs: [running] }, 'busy: Running. Ana runs a cell.'],
    [
      'a queue',
      { kernel, runs: [running, run(2, 'd', 'queued')] },
      'busy: 1 waits. Ana runs a cell. 1 cell waits.'
    ],
    [
      'a question to me',
      { kernel, input, runs: [running] },
      'mind: Asks you. The kernel asks you something, below the cell.'
    ],
    [
      'a question to Bo',
      { input: { ...input, username: 'bo' }, runs: [{ ...running, user: BO }] },
      'mind: Asks. The kernel asks Bo something.'
    ],
    [
      'what was held',
      { kernel, runs: [run(2, 'd', 'held')] },
      'mind: 1 not run. A cell waited when the server stopped. It is not run by itself.'
    ]
  ] as const)('[RUNUI-8] tells of %s', (_, news, text) => {
    const board = new RunBoard();
    board.take({ full: true, runs: [], ...news });
    const found = queueText(board, ANA.username, trans);
    expect(`${found.tone}: ${found.label}. ${found.sentence}`).toBe(text);
  });

  it('[RUNUI-10] says what became of runs', () => {
    const interrupted = run(1, 'c', 'interrupted', { reason: 'The server stopped.' });
    const held = [run(2, 'c', 'held'), run(3, 'd', 'held')];
    expect(aftermathSentence({ interrupted: [interrupted], held }, trans)).toBe(
      'A cell was interrupted. The server stopped. 2 cells that waited were not run.'
    );
  });
});

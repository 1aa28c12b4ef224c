// @vitest-environment happy-dom
import { sourceHash } from '@jupyter-tandem/sync';
import { nullTranslator } from '@jupyterlab/translation';
import { beforeEach, describe, expect, it } from 'vitest';
import { refusalSentence } from '../src/execution/refusal';
import { run, RunServer } from './run-server';

const CELL = { id: 'c1', source: 'x = 1' };

let server: RunServer;

beforeEach(() => {
  server = new RunServer();
});

describe('asking for runs', () => {
  it('[RUNUI-3] names each source by its hash, and all cells in one command', async () => {
    const answer = server.desk.run([CELL, { id: 'c2', source: '' }], { timing: true });
    expect([...server.desk.asking]).toEqual(['c1', 'c2']);
    expect(server.commands).toEqual([
      {
        type: 'run',
        number: 1,
        key: 'key-0',
        cells: [
          { id: 'c1', source_hash: sourceHash('x = 1') },
          { id: 'c2', source_hash: sourceHash('') }
        ],
        timing: true
      }
    ]);
    server.answer({ runs: [7, 8] });
    expect((await answer).runs).toEqual([7, 8]);
    expect(server.desk.asking.size).toBe(0);
  });

  it('[RUNUI-2] repeats what was not answered, and says of the rest that nobody knows', async () => {
    const answer = server.desk.run([CELL]);
    const interrupt = server.desk.interrupt();
    server.become({ phase: 'apart' });
    expect((await interrupt).code).toBe('lost');
    server.now = 5_000;
    server.become({ phase: 'live' });
    expect(server.commands.at(-1)).toEqual(server.commands[0]);
    server.answer({ runs: [1] });
    expect((await answer).runs).toEqual([1]);
    const late = server.desk.run([CELL]);
    server.become({ phase: 'apart' });
    server.now = 60_000;
    server.become({ phase: 'live' });
    expect((await late).code).toBe('lost');
    expect(server.commands).toHaveLength(4);
  });

  it('[RUNUI-1] knows when a run ends, or will not start by itself', async () => {
    const ended = [1, 2].map(id => server.desk.ended(id));
    server.tell({ runs: [run(1, 'c1', 'running'), run(2, 'c2', 'queued')] });
    server.tell({ runs: [run(1, 'c1', 'finished'), run(2, 'c2', 'held')] });
    const states = (await Promise.all(ended)).map(found => found?.state);
    expect(states).toEqual(['finished', 'held']);
    expect((await server.desk.ended(1))?.state).toBe('finished');
  });

  it('[RUNUI-1] waits no longer for a run of which a new connection does not tell', async () => {
    server.tell({ full: true, runs: [run(1, 'c1', 'running'), run(2, 'c2', 'queued')] });
    const ended = [1, 2].map(id => server.desk.ended(id));
    // A server that has just come up tells of runs when it has read them.
    server.tell({ full: true, kernel: null, input: null });
    server.tell({ runs: [run(2, 'c2', 'finished')] });
    expect((await Promise.all(ended)).map(found => found?.state)).toEqual([undefined, 'finished']);
  });

  it('[RUNUI-2] ends with the document', async () => {
    const waiting = [server.desk.run([CELL]), server.desk.ended(9)] as const;
    server.desk.dispose();
    expect([(await waiting[0]).code, await waiting[1]]).toEqual(['lost', null]);
    expect((await server.desk.interrupt()).code).toBe('lost');
  });

  it('[RUNUI-11] tells when the right is taken away', () => {
    let told = 0;
    server.desk.changed.connect(() => (told += 1));
    server.become({ rights: { role: 'viewer', actions: ['read'] } });
    expect([server.desk.mayRun, told]).toEqual([false, 1]);
    server.become({ attempts: 1 });
    expect(told).toBe(1);
  });
});

describe('a refusal', () => {
  const trans = nullTranslator.load('jupyter_tandem');
  const refused = {
    number: 1,
    status: 'refused',
    runs: [],
    message: '',
    why: [],
    cells: ['c1']
  } as const;

  it.each([
    ['changed', /somebody changed the cell/],
    ['denied', /may not run code/],
    ['no-cell', /not in the document/],
    ['full', /too many cells/],
    ['offline', /no connection/],
    ['lost', /Nobody knows/],
    ['not-waiting', /does not wait/],
    ['not-yours', /somebody else/],
    ['no-input', /does not ask/],
    ['of-tomorrow', /did not run it/]
  ])('[RUNUI-5] %s is told in a sentence', (code, sentence) => {
    expect(refusalSentence({ ...refused, code }, trans)).toMatch(sentence);
  });

  it('[RUNUI-5] of a kernel is told in its own words', () => {
    const message = 'The kernel could not be started: no memory.';
    expect(refusalSentence({ ...refused, code: 'no-kernel', message }, trans)).toBe(message);
  });
});

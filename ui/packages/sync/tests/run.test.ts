import type { IRun, RunState } from '@jupyter-tandem/protocol';
import { describe, expect, it } from 'vitest';
import { REPEAT_WITHIN_MS, RunBoard, RunCommands, sourceHash } from '@jupyter-tandem/sync';
import { MemoryServer } from './memory-server';
import { Peer } from './peer';

function run(id: number, cell: string, state: RunState, part: Partial<IRun> = {}): IRun {
  const started = ['queued', 'held', 'cancelled'].includes(state) ? null : 100 + id;
  return {
    id,
    cell,
    state,
    user: { username: 'ana', display_name: 'Ana' },
    source_hash: 'h',
    queued_at: 100,
    started_at: started,
    ended_at: null,
    count: null,
    reason: '',
    why: [],
    left_out: 0,
    changed_by: [],
    ...part
  };
}

const KERNEL = { id: 'k', name: 'python3', state: 'busy', reason: '', why: [] } as const;
const INPUT = { id: 1, run: 1, cell: 'c1', prompt: '', password: false, username: 'ana' };
const bo = { username: 'bo', display_name: 'Bo' };

describe('what is known of runs', () => {
  it('[RUNUI-1] is what was told last, and everything anew with each connection', () => {
    const board = new RunBoard();
    board.take({
      full: true,
      kernel: KERNEL,
      input: null,
      runs: [run(1, 'c1', 'running'), run(2, 'c2', 'queued'), run(3, 'c1', 'queued')]
    });
    expect(board.queue.map(({ id }) => id)).toEqual([1, 2, 3]);
    const change = board.take({ full: false, runs: [run(1, 'c1', 'finished')] });
    expect([...change]).toEqual(['c1']);
    expect(board.kernel).toEqual(KERNEL);
    expect(board.running).toBeUndefined();
    const anew = board.take({
      full: true,
      kernel: null,
      input: null,
      runs: [run(2, 'c2', 'held')]
    });
    expect(board.get(3)).toBeUndefined();
    expect([...anew].sort()).toEqual(['c1', 'c2']);
    expect([board.queue, board.held.length, board.kernel, board.last]).toEqual([[], 1, null, 2]);
  });

  it('[RUNUI-1] names the cell whose question is gone', () => {
    const board = new RunBoard();
    board.take({ full: false, input: INPUT, runs: [] });
    expect(board.input).toEqual(INPUT);
    expect([...board.take({ full: false, input: null, runs: [] })]).toEqual(['c1']);
    expect(board.input).toBeNull();
  });

  it("[RUNUI-6] finds a cell's record, a person's own one, and what comes next", () => {
    const board = new RunBoard();
    board.take({
      full: true,
      runs: [
        run(1, 'c1', 'finished'),
        run(2, 'c1', 'failed', { user: bo }),
        run(3, 'c1', 'cancelled'),
        run(5, 'c1', 'queued'),
        run(4, 'c1', 'running')
      ]
    });
    expect(board.record('c1')?.id).toBe(4);
    expect(board.recordOf('c1', 'bo')?.id).toBe(2);
    expect(board.recordOf('c1', 'eve')).toBeUndefined();
    expect(board.newest('c1')?.id).toBe(5);
    expect(board.next('c1')?.id).toBe(4);
    expect(board.next('c2')).toBeUndefined();
  });
});

describe('commands', () => {
  const wish = {
    type: 'run',
    key: 'k1',
    cells: [{ id: 'c1', source_hash: '' }],
    timing: false
  } as const;

  it('[RUNUI-2] are asked again with their key when the answer was lost with the connection', () => {
    const commands = new RunCommands();
    const command = commands.begin(wish, 0);
    commands.begin({ type: 'interrupt' }, 0);
    const lost = commands.parted();
    expect(lost.map(({ number, code }) => [number, code])).toEqual([[2, 'lost']]);
    expect(commands.resumed(1_000)).toEqual({ repeat: [command], lost: [] });
    expect(commands.answered({ number: 1 })).toBe(command);
    expect(commands.answered({ number: 1 })).toBeNull();
  });

  it('[RUNUI-2] are given up when that took long, and at the end', () => {
    const commands = new RunCommands();
    commands.begin(wish, 0);
    commands.parted();
    const { repeat, lost } = commands.resumed(REPEAT_WITHIN_MS + 1);
    expect([repeat, lost.map(({ code }) => code)]).toEqual([[], ['lost']]);
    commands.begin(wish, 0);
    expect(commands.resumed(1)).toEqual({ repeat: [], lost: [] });
    expect(commands.end().map(({ number }) => number)).toEqual([2]);
  });

  it('[RUNUI-3] follow the edits that were made before them, on the same connection', () => {
    const peer = new Peer(new MemoryServer());
    peer.connect();
    const sent = peer.sent.length;
    peer.text.insert(0, 'print(1)');
    const command = new RunCommands().begin(wish, 0);
    peer.input({ kind: 'command', command });
    expect(peer.types.slice(sent)).toEqual(['Update', 'RunCommand']);
  });

  it('[RUNUI-3] name the source by the hash of what the sender sees', () => {
    // sha256 of "é" in UTF-8, by coreutils.
    expect(sourceHash('é')).toBe(
      '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c'
    );
  });
});

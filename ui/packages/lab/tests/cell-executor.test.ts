// @vitest-environment happy-dom
import './lab-browser';
import { NotebookActions, type INotebookCellExecutor } from '@jupyterlab/notebook';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CellExecutor, type IRunPlace } from '../src/execution/cell-executor';
import { run, RunServer } from './run-server';

type Options = INotebookCellExecutor.IRunCellOptions;

const SHARED = {};

/** A cell, and what JupyterLab is told about it. */
class Cell {
  readonly told: unknown[] = [];
  isDisposed = false;
  readonly model: { id: string; type: string; trusted: boolean; sharedModel: object };

  constructor(
    id: string,
    readonly source = 'x',
    type = 'code'
  ) {
    const getSource = (): string => this.source;
    this.model = { id, type, trusted: false, sharedModel: { getSource } };
  }

  options(shared: object = SHARED): Options {
    return {
      cell: this,
      notebook: { sharedModel: shared, deletedCells: [] },
      notebookConfig: { recordTiming: true },
      onCellExecuted: ({ success, error }: { success: boolean; error?: { errorName: string } }) =>
        this.told.push(success ? 'executed' : error?.errorName),
      onCellExecutionScheduled: () => this.told.push('scheduled')
    } as unknown as Options;
  }
}

let server: RunServer;
let place: IRunPlace & { mayWrite: boolean };
let refused: string[];
let executor: CellExecutor;

beforeEach(() => {
  server = new RunServer();
  refused = [];
  place = {
    runs: server.desk,
    mayWrite: true,
    refused: ({ code }) => refused.push(code)
  };
  executor = new CellExecutor(model => (model === SHARED ? place : null));
});

async function turn(): Promise<void> {
  await Promise.resolve();
}

describe('running cells', () => {
  it('[RUNUI-4] is one command for what is asked in one go, and each ends with its run', async () => {
    const cells = [new Cell('c1'), new Cell('c2'), new Cell('c3')];
    const done = cells.map(cell => executor.runCell(cell.options()));
    await turn();
    expect(server.commands).toHaveLength(1);
    expect(server.commands[0]).toMatchObject({ type: 'run', timing: true });
    const [first, second, third] = server.accept();
    const ends = { reason: 'ZeroDivisionError: by: zero' };
    server.tell({
      runs: [
        { ...run(first?.id ?? 0, 'c1', 'finished') },
        { ...run(second?.id ?? 0, 'c2', 'failed', ends) },
        { ...run(third?.id ?? 0, 'c3', 'cancelled') }
      ]
    });
    expect(await Promise.all(done)).toEqual([true, false, false]);
    expect(cells.map(({ told }) => told)).toEqual([
      ['scheduled', 'executed'],
      ['scheduled', 'ZeroDivisionError'],
      ['scheduled']
    ]);
    void executor.runCell(new Cell('c4').options());
    await turn();
    expect(server.commands).toHaveLength(2);
  });

  it('[RUNUI-4] trusts what comes of code that somebody runs, where they may write', async () => {
    const [mine, theirs] = [new Cell('c1'), new Cell('c2')];
    void executor.runCell(mine.options());
    await turn();
    place.mayWrite = false;
    void executor.runCell(theirs.options());
    await turn();
    expect([mine.model.trusted, theirs.model.trusted]).toEqual([true, false]);
  });

  it('[RUNUI-5] says when nothing is run', async () => {
    const cell = new Cell('c1');
    const done = executor.runCell(cell.options());
    await turn();
    server.answer({ status: 'refused', code: 'changed', cells: ['c1'] });
    expect([await done, refused, cell.told]).toEqual([false, ['changed'], []]);
  });

  it('[RUNUI-4] leaves a cell alone that is gone when its run ends', async () => {
    const cell = new Cell('c1');
    const done = executor.runCell(cell.options());
    await turn();
    const [queued] = server.accept();
    cell.isDisposed = true;
    server.tell({ runs: [run(queued?.id ?? 0, 'c1', 'finished')] });
    expect([await done, cell.told]).toEqual([true, ['scheduled']]);
  });

  it('[RUNUI-4] is left to the browser for other documents, and for cells without code', async () => {
    const text = new Cell('c1', 'x', 'raw');
    expect(await executor.runCell(text.options())).toBe(true);
    const elsewhere = new Cell('c2', 'x', 'raw');
    expect(await executor.runCell(elsewhere.options({}))).toBe(true);
    expect(server.commands).toEqual([]);
  });

  it('[RUNUI-7] comes in one step with a restart', async () => {
    executor.restartAnd(place, () => {
      void executor.runCell(new Cell('c1').options());
      void executor.runCell(new Cell('c2').options());
    });
    await turn();
    expect(server.commands).toHaveLength(1);
    expect(server.commands[0]).toMatchObject({
      type: 'restart',
      cells: [{ id: 'c1' }, { id: 'c2' }]
    });
    void executor.runCell(new Cell('c1').options());
    executor.restartAnd(place, () => undefined);
    await turn();
    expect(server.commands.slice(1).map(({ type }) => type)).toEqual(['run', 'restart']);
  });
});

describe('JupyterLab', () => {
  it('[RUNUI-4] asks for all cells of a notebook in one go', async () => {
    // What the batch rests on: if a later JupyterLab asks for one after the other, this fails.
    const cells = [new Cell('c1'), new Cell('c2')];
    const asked: string[] = [];
    const notebook = {
      model: { sharedModel: SHARED, deletedCells: [] },
      notebookConfig: {},
      mode: 'edit',
      node: document.createElement('div'),
      activeCell: null,
      scrollToItem: () => Promise.resolve(),
      update: vi.fn()
    };
    const { setCellExecutor } = await import('@jupyterlab/notebook');
    setCellExecutor({
      runCell: async ({ cell }) => {
        asked.push(cell.model.id);
        await Promise.resolve();
        return true;
      }
    });
    const done = NotebookActions.runCells(notebook as never, cells as never);
    expect(asked).toEqual(['c1', 'c2']);
    expect(await done).toBe(true);
  });
});

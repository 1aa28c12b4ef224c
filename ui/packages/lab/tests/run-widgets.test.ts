// @vitest-environment happy-dom
import './lab-browser';
import { YNotebook } from '@jupyter/ydoc';
import { sourceHash } from '@jupyter-tandem/sync';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { Aftermath, type IAftermath } from '../src/execution/aftermath';
import { BadgeWords } from '../src/execution/badge';
import { CellMarks } from '../src/execution/cell-marks';
import { CommandDetour } from '../src/execution/command-detour';
import { Question } from '../src/execution/question';
import { QueueItem } from '../src/execution/queue-item';
import { SourceWatch } from '../src/execution/source-watch';
import { Clockwork } from '../src/execution/clockwork';
import { BO, run, RunServer } from './run-server';

const trans = nullTranslator.load('jupyter_tandem');

/** A notebook's cells as far as something hangs at them. */
class Cells {
  readonly node = document.createElement('div');
  readonly disposed = new Signal<this, unknown>(this);
  readonly model = { cells: { changed: new Signal<this, unknown>(this) } };
  readonly drawn = new Set<string>();
  readonly widgets: {
    node: HTMLElement;
    ready: Promise<void>;
    model: { id: string; type: string; sharedModel: { getSource(): string } };
  }[];
  private readonly draws: (() => void)[] = [];

  constructor(shared: YNotebook) {
    this.widgets = shared.cells.map(sharedModel => {
      const node = document.createElement('div');
      this.node.append(node);
      const ready = new Promise<void>(resolve => {
        this.draws.push(() => {
          node.innerHTML =
            '<div class="jp-Cell-inputWrapper"></div><div class="jp-Cell-outputWrapper"></div>';
          resolve();
        });
      });
      return { node, ready, model: { id: sharedModel.getId(), type: 'code', sharedModel } };
    });
    document.body.append(this.node);
  }

  draw(): void {
    this.draws.forEach(draw => {
      draw();
    });
  }

  mark(index: number): string | undefined {
    return this.widgets[index]?.node.querySelector('.tandem-RunMark-text')?.textContent;
  }
}

let server: RunServer;
let shared: YNotebook;
let cells: Cells;
let watch: SourceWatch;
let refused: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_100_000 });
  server = new RunServer();
  shared = new YNotebook();
  ['c1', 'c2'].forEach(id => {
    shared.insertCell(shared.cells.length, { cell_type: 'code', id, source: 'x' });
  });
  cells = new Cells(shared);
  watch = new SourceWatch(shared, () => 'ana');
  refused = [];
});

afterEach(() => {
  watch.dispose();
  shared.dispose();
  cells.node.remove();
  vi.useRealTimers();
});

const no = ({ code }: { code: string }): void => {
  refused.push(code);
};

async function frame(): Promise<void> {
  await vi.advanceTimersByTimeAsync(20);
}

/** Somebody else changes a cell's source. */
function edit(name: string, index: number, text: string): void {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(shared.ydoc));
  const user = { username: name.toLowerCase(), display_name: name };
  shared.awareness.getStates().set(copy.clientID, { user });
  const cell = copy.getArray('cells').get(index) as Y.Map<unknown>;
  (cell.get('source') as Y.Text).insert(0, text);
  Y.applyUpdate(shared.ydoc, Y.encodeStateAsUpdate(copy), 'elsewhere');
}

describe('marks at cells', () => {
  function marks(): CellMarks {
    const words = new BadgeWords(trans, new Clockwork(trans, 'en'));
    return new CellMarks({ notebook: cells, runs: server.desk, watch, words, trans, refused: no });
  }

  it('[RUNUI-6] come when the cell is drawn, between its code and its outputs, and go', async () => {
    const timers = vi.getTimerCount();
    const made = marks();
    server.tell({ runs: [run(1, 'c1', 'running')] });
    await frame();
    expect(cells.mark(0)).toBeUndefined();
    cells.draw();
    await frame();
    const classes = [...(cells.widgets[0]?.node.children ?? [])].map(node => node.className);
    expect(classes).toEqual(['jp-Cell-inputWrapper', 'tandem-RunMark', 'jp-Cell-outputWrapper']);
    expect(cells.mark(0)).toBe('Ana runs it: 1 min 39 s');
    await vi.advanceTimersByTimeAsync(2_100);
    expect(cells.mark(0)).toBe('Ana runs it: 1 min 41 s');
    server.tell({ full: true, runs: [run(2, 'c2', 'queued')] });
    await frame();
    expect([cells.mark(0), cells.mark(1)]).toEqual([undefined, 'Ana wants to run it: comes next']);
    made.dispose();
    expect(cells.mark(1)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(timers);
  });

  it('[RUNUI-6] say who changed the cell since this person ran it, until they run it again', async () => {
    cells.draw();
    marks();
    const record = run(1, 'c1', 'finished', { source_hash: sourceHash('x') });
    server.tell({ runs: [record] });
    await frame();
    expect(cells.mark(0)).toMatch(/^run by Ana .* 4\.2 s$/);
    shared.cells[0]?.setSource('y');
    await frame();
    expect(cells.mark(0)).toMatch(/changed since it ran$/);
    edit('Bo', 0, '# ');
    await frame();
    expect(cells.mark(0)).toMatch(/changed by Bo since you last ran it$/);
    server.tell({ runs: [{ ...record, id: 2, source_hash: sourceHash('# y') }] });
    await frame();
    expect(cells.mark(0)).toMatch(/4\.2 s$/);
    edit('Ana', 0, '# ');
    await frame();
    expect(cells.mark(0)).toMatch(/changed since it ran$/);
  });

  it('[RUN-38] [RUNUI-6] say who changed it before this page was there, each name once', async () => {
    cells.draw();
    marks();
    const record = run(1, 'c1', 'finished', { source_hash: sourceHash('w'), changed_by: ['Bo'] });
    server.tell({ full: true, runs: [record] });
    await frame();
    expect(cells.mark(0)).toMatch(/changed by Bo since you last ran it$/);
    edit('Bo', 0, '# ');
    edit('Eve', 0, '# ');
    await frame();
    expect(cells.mark(0)).toMatch(/changed by Bo, Eve since you last ran it$/);
    server.tell({ runs: [run(2, 'c1', 'finished', { user: BO, changed_by: ['Eve'] })] });
    await frame();
    expect(cells.mark(0)).toMatch(/changed by Bo, Eve since you last ran it$/);
  });

  it('[RUNUI-6] are redrawn where cells wait only as far as these are in view', async () => {
    const seen = new Map<Element, (here: boolean) => void>();
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        constructor(private readonly told: (entries: object[]) => void) {}
        observe(target: Element): void {
          seen.set(target, isIntersecting => {
            this.told([{ isIntersecting, target }]);
          });
        }
        unobserve(target: Element): void {
          seen.delete(target);
        }
        disconnect(): void {
          seen.clear();
        }
      }
    );
    const many = Array.from({ length: 100 }, (_, index) => `n${index}`);
    many.forEach(id => {
      shared.insertCell(shared.cells.length, { cell_type: 'code', id, source: 'x' });
    });
    cells.node.remove();
    cells = new Cells(shared);
    cells.draw();
    const made = marks();
    const waits = (from: number): ReturnType<typeof run>[] =>
      many.slice(from).map((id, index) => run(from + index + 1, id, 'queued'));
    server.tell({ runs: [run(1, 'n0', 'running'), ...waits(1)] });
    await frame();
    const text = (index: number): string | undefined => cells.mark(index + 2);
    expect(text(99)).toBe('Ana wants to run it: after 99 other cells');
    expect(seen.size).toBe(99);
    const nodes = cells.widgets.slice(2).map(({ node }) => node);
    nodes.slice(5).forEach(node => seen.get(node)?.(false));
    const changed: Node[] = [];
    const observer = new MutationObserver(records => {
      changed.push(...records.map(({ target }) => target));
    });
    nodes.forEach(node => {
      observer.observe(node, { childList: true, characterData: true, subtree: true });
    });
    server.tell({ runs: [run(1, 'n0', 'finished'), run(2, 'n1', 'running')] });
    await frame();
    expect([text(2), text(4)]).toEqual([
      'Ana wants to run it: after 1 other cell',
      'Ana wants to run it: after 3 other cells'
    ]);
    expect(text(99)).toBe('Ana wants to run it: after 99 other cells');
    expect(new Set(changed.map(node => nodes.findIndex(cell => cell.contains(node))))).toEqual(
      new Set([0, 1, 2, 3, 4])
    );
    seen.get(nodes[99] as Element)?.(true);
    await frame();
    expect(text(99)).toBe('Ana wants to run it: after 98 other cells');
    server.tell({ kernel: { id: 'k', name: 'python3', state: 'busy', reason: '', why: [] } });
    changed.length = 0;
    await frame();
    expect(changed).toEqual([]);
    observer.disconnect();
    made.dispose();
    expect(seen.size).toBe(0);
    vi.unstubAllGlobals();
  });

  it('[RUNUI-8] take a cell out of the queue', async () => {
    cells.draw();
    marks();
    server.tell({ runs: [run(1, 'c1', 'running'), run(2, 'c2', 'queued', { user: BO })] });
    await frame();
    const button = cells.widgets[1]?.node.querySelector('button');
    button?.click();
    expect(server.commands).toMatchObject([{ type: 'cancel', runs: [2] }]);
    server.answer({ status: 'refused', code: 'not-waiting' });
    await frame();
    expect(refused).toEqual(['not-waiting']);
  });
});

describe('a question of the kernel', () => {
  const input = { id: 3, run: 1, cell: 'c1', prompt: 'Name: ', password: false, username: 'ana' };
  const people: { username: string }[] = [];
  const roster = { people, changed: new Signal<object, never>({}) };

  function question(runs = server.desk): Question {
    return new Question({ notebook: cells, runs, roster: roster as never, trans, refused: no });
  }

  const field = (): HTMLInputElement | null => cells.node.querySelector('.tandem-InputForm input');
  const text = (): string => cells.node.querySelector('.tandem-InputForm')?.textContent ?? '';

  it('[RUNUI-9] stands at the cell, is answered there, and goes', async () => {
    question();
    const editor = document.createElement('div');
    editor.className = 'cm-content';
    editor.tabIndex = 0;
    cells.node.append(editor);
    editor.focus();
    server.tell({ runs: [run(1, 'c1', 'running')], input: { ...input, password: true } });
    await frame();
    const asked = field();
    expect([asked?.type, asked?.hidden, document.activeElement]).toEqual([
      'password',
      false,
      asked
    ]);
    expect(asked?.labels?.[0]?.textContent).toBe('Name: ');
    if (asked !== null) {
      asked.value = 'secret';
    }
    cells.node.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    expect(server.commands).toMatchObject([{ type: 'answer', input: 3, value: 'secret' }]);
    server.answer();
    await frame();
    expect(asked?.value).toBe('');
    server.tell({ input: null });
    await frame();
    expect(field()).toBeNull();
  });

  it('[RUNUI-9] keeps what was typed until it is accepted, and sends it once', async () => {
    question();
    server.tell({ runs: [run(1, 'c1', 'running')], input });
    await frame();
    const asked = field();
    const submit = async (): Promise<void> => {
      cells.node.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
      await frame();
    };
    if (asked !== null) {
      asked.value = 'a long answer';
    }
    await submit();
    await submit();
    expect([server.commands.length, asked?.readOnly, asked?.value]).toEqual([
      1,
      true,
      'a long answer'
    ]);
    server.answer({ status: 'refused', code: 'offline' });
    await frame();
    expect([refused, asked?.readOnly, asked?.value]).toEqual([['offline'], false, 'a long answer']);
    await submit();
    server.answer();
    await frame();
    expect([server.commands.length, asked?.value]).toEqual([2, '']);
  });

  it('[RUNUI-9] does not take the focus from who writes, and asks nobody but whom it is for', async () => {
    const his = new RunServer('bo');
    people.push({ username: 'ana' });
    question(his.desk);
    his.tell({ runs: [run(1, 'c1', 'running')], input });
    await frame();
    expect([field()?.hidden, text()]).toEqual([true, expect.stringContaining('Ana ran the cell')]);
    people.pop();
    roster.changed.emit(undefined as never);
    await frame();
    expect([field()?.hidden, document.activeElement === field()]).toEqual([false, false]);
  });
});

describe('the button of the queue', () => {
  it('[RUNUI-8] opens what runs and waits, to cancel and to interrupt', async () => {
    const went: string[] = [];
    const cancelled: number[][] = [];
    let interrupts = 0;
    const item = new QueueItem({
      runs: server.desk,
      trans,
      title: cell => `${cell}()`,
      goTo: cell => went.push(cell),
      cancel: runs => cancelled.push([...runs]),
      interrupt: () => (interrupts += 1),
      runAgain: again => went.push(...again)
    });
    Widget.attach(item, document.body);
    const button = item.node.querySelector('button');
    server.tell({
      runs: [
        run(1, 'c1', 'running'),
        run(2, 'c2', 'queued'),
        run(3, 'c3', 'queued'),
        run(4, 'c4', 'held')
      ]
    });
    expect([button?.textContent, button?.dataset['tone']]).toEqual(['2 wait', 'busy']);
    button?.click();
    await vi.advanceTimersByTimeAsync(100);
    const popup = document.querySelector('[role=dialog]') ?? document.body;
    const buttons = (): HTMLButtonElement[] => [...popup.querySelectorAll('button')];
    const labels = buttons().map(node => node.getAttribute('aria-label') ?? node.textContent);
    expect(labels).toEqual([
      'c1()Ana runs it',
      'Interrupt c1()',
      'c2()Ana wants to run it',
      'Cancel c2()',
      'c3()Ana wants to run it',
      'Cancel c3()',
      'Cancel all of mine',
      'c4()Ana wants to run it',
      'Cancel c4()',
      'Run them',
      'Do not run them'
    ]);
    buttons().forEach(node => {
      node.click();
    });
    expect([went, cancelled, interrupts]).toEqual([
      ['c1', 'c2', 'c3', 'c4', 'c4'],
      [[2], [3], [2, 3], [4], [4]],
      1
    ]);
    server.become({ rights: { role: 'viewer', actions: ['read'] } });
    await vi.advanceTimersByTimeAsync(100);
    expect(buttons()).toHaveLength(4);
    expect(popup.textContent).toContain('You may not run code');
    popup.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(document.querySelector('[role=dialog]')).toBeNull();
    expect(button?.getAttribute('aria-expanded')).toBe('false');
    button?.click();
    expect(document.querySelector('[role=dialog]')).not.toBeNull();
    item.dispose();
  });
});

describe('the queue by keyboard', () => {
  function press(key: string): void {
    const event = new KeyboardEvent('keydown', { key, bubbles: true });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }

  it('[RUNUI-8] keeps the focus when the row that has it goes', async () => {
    const ignore = (): void => undefined;
    const item = new QueueItem({
      runs: server.desk,
      trans,
      title: cell => cell,
      goTo: ignore,
      cancel: ignore,
      interrupt: ignore,
      runAgain: ignore
    });
    Widget.attach(item, document.body);
    server.tell({ runs: [run(1, 'c1', 'running'), run(2, 'c2', 'queued')] });
    item.node.querySelector('button')?.click();
    await vi.advanceTimersByTimeAsync(100);
    const popup = document.querySelector<HTMLElement>('[role=dialog]');
    popup?.querySelector<HTMLElement>('[aria-label="Cancel c2"]')?.focus();
    expect(document.activeElement?.textContent).toBe('Cancel');
    server.tell({ runs: [run(2, 'c2', 'cancelled')] });
    await vi.advanceTimersByTimeAsync(100);
    expect(popup?.textContent).not.toContain('c2');
    expect(document.activeElement).toBe(popup);
    press('Escape');
    expect([popup?.isConnected, document.activeElement]).toEqual([
      false,
      item.node.querySelector('button')
    ]);
    item.dispose();
  });
});

describe('what became of runs while the server was away', () => {
  it("[RUNUI-10] is told once, of this person's runs, and is over when it is decided", () => {
    const aftermath = new Aftermath(server.desk);
    const told: IAftermath[] = [];
    let over = 0;
    aftermath.happened.connect((_, happened) => told.push(happened));
    aftermath.over.connect(() => (over += 1));
    server.tell({ full: true, runs: [run(1, 'c1', 'running'), run(2, 'c2', 'queued')] });
    server.tell({ runs: [run(1, 'c1', 'interrupted')] });
    server.tell({ runs: [run(3, 'c1', 'running')] });
    expect(told).toEqual([]);
    server.tell({ full: true });
    const runs = [
      run(2, 'c2', 'held'),
      run(3, 'c1', 'interrupted'),
      run(4, 'c2', 'held', { user: BO })
    ];
    server.tell({ runs });
    server.tell({ kernel: null });
    server.tell({ full: true, runs });
    expect(
      told.map(({ held, interrupted }) => [held, interrupted].map(a => a.map(r => r.id)))
    ).toEqual([[[2], [3]]]);
    expect(over).toBe(0);
    server.tell({ runs: [run(2, 'c2', 'cancelled')] });
    server.tell({ kernel: null });
    expect(over).toBe(1);
  });
});

describe('commands for the kernel', () => {
  it('[RUNUI-7] are carried out by the server where the document is shared', async () => {
    const commands = new CommandRegistry();
    const done: string[] = [];
    let enabled = true;
    commands.addCommand('a', { isEnabled: () => enabled, execute: () => done.push('a') });
    commands.addCommand('b', { execute: () => done.push('b') });
    let here = true;
    const detour = new CommandDetour(
      commands,
      new Map([['a', () => (here ? Promise.resolve(void done.push('detour')) : null)]])
    );
    await commands.execute('a');
    await commands.execute('b');
    here = false;
    await commands.execute('a');
    here = true;
    enabled = false;
    await commands.execute('a');
    detour.dispose();
    enabled = true;
    await commands.execute('a');
    expect(done).toEqual(['detour', 'b', 'a', 'a', 'a']);
  });
});

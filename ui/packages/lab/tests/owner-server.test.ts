// @vitest-environment happy-dom
import './lab-browser';
import type { ISessionContext } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KernelName } from '../src/execution/kernel-name';
import { QueueItem } from '../src/execution/queue-item';
import { withoutOwnKernel } from '../src/execution/shared-kernel';
import { SharingApi } from '../src/sharing/api';
import { ShareDesk } from '../src/sharing/desk';
import { ShareView } from '../src/sharing/view/share-view';
import { Words } from '../src/sharing/words';
import { RunServer } from './run-server';
import { SharingServer } from './sharing-server';

const trans = nullTranslator.load('jupyter_tandem');
const STARTS = {
  id: '',
  name: '',
  state: 'starting',
  reason: "Starting alice's server…",
  why: ['owner-starts', 'alice']
} as const;
const IDLE = { id: 'k', name: 'python3', state: 'idle', reason: '', why: [] } as const;

let server: RunServer;
let widgets: Widget[];

beforeEach(() => {
  server = new RunServer();
  widgets = [];
});

afterEach(() => {
  widgets.forEach(widget => {
    widget.dispose();
  });
});

function show<T extends Widget>(widget: T): T {
  widgets.push(widget);
  Widget.attach(widget, document.body);
  return widget;
}

describe("an owner's server that is started for a run", () => {
  it('[RUNUI-15] is shown in the button, and whoever waits can stop waiting', async () => {
    let given = 0;
    const item = show(
      new QueueItem({
        runs: server.desk,
        trans,
        title: () => '',
        goTo: () => undefined,
        cancel: () => undefined,
        interrupt: () => (given += 1),
        runAgain: () => undefined
      })
    );
    const button = item.node.querySelector('button');
    server.tell({ kernel: STARTS });
    expect([button?.textContent, button?.dataset['tone']]).toEqual(['Starting…', 'busy']);
    expect(button?.title).toBe("Starting alice's server…");
    button?.click();
    const stop = (): HTMLElement | undefined =>
      [...document.querySelectorAll<HTMLElement>('[role=dialog] button')].find(
        ({ textContent }) => textContent === 'Do not wait'
      );
    expect(stop()).toBeUndefined();
    void server.desk.run([{ id: 'c1', source: '1' }]);
    await vi.waitFor(() => {
      expect(stop()).toBeDefined();
    });
    stop()?.click();
    expect(given).toBe(1);
    server.answer({ status: 'refused', code: 'unavailable', why: ['owner-given-up', 'alice'] });
    server.tell({ kernel: null });
    await vi.waitFor(() => {
      expect(stop()).toBeUndefined();
    });
    expect(button?.textContent).toBe('Nothing runs');
  });
});

describe('a kernel elsewhere', () => {
  function contextOf(): [ISessionContext, () => object[]] {
    const asked: object[] = [];
    const context = {
      kernelPreference: { name: 'python3' },
      initialize: () => {
        asked.push(context.kernelPreference);
        return Promise.resolve(true);
      }
    };
    return [context as unknown as ISessionContext, () => asked];
  }

  it('[RUNUI-16] asks nobody for one of their own', async () => {
    const [context, asked] = contextOf();
    withoutOwnKernel(context, server.desk);
    const begun = context.initialize();
    await Promise.resolve();
    expect(asked()).toEqual([]);
    server.tell({ full: true, at: 'alice', kernel: null, input: null });
    await begun;
    expect(asked()).toEqual([{ name: 'python3', shouldStart: false }]);
  });

  it('[RUNUI-16] is no reason not to ask where cells are run here', async () => {
    const [context, asked] = contextOf();
    withoutOwnKernel(context, server.desk);
    server.tell({ full: true, kernel: null, input: null });
    await context.initialize();
    expect(asked()).toEqual([{ name: 'python3' }]);
  });

  it("[RUNUI-16] is named in place of one's own, as long as it is where cells are run", () => {
    const own = new Widget();
    own.node.textContent = 'No Kernel';
    const display = (name: string): string => (name === 'python3' ? 'Python 3' : name);
    const name = show(new KernelName(own, { runs: server.desk, trans, display }));
    const far = (): HTMLElement =>
      name.node.querySelector<HTMLElement>('.tandem-KernelName-far') ?? document.body;
    const seen = (): string[] =>
      [own.node, far()]
        .filter(({ classList }) => !classList.contains('lm-mod-hidden'))
        .map(({ textContent }) => textContent);
    expect(seen()).toEqual(['No Kernel']);
    server.tell({ full: true, at: 'alice', kernel: null, input: null });
    expect(seen()).toEqual(['Kernel of alice']);
    expect(far().title).toBe("Cells are run at alice's server.");
    server.tell({ kernel: IDLE });
    expect(seen()).toEqual(['Python 3 of alice']);
    expect(far().title).toBe("Cells are run at alice's server. The kernel is idle.");
    server.tell({ full: true, kernel: null, input: null });
    expect(seen()).toEqual(['No Kernel']);
  });
});

describe("the owner's consent", () => {
  const LABEL = 'bob: Start my server for their runs when it is stopped';

  async function open(sharing: SharingServer): Promise<(label: string) => HTMLInputElement | null> {
    const words = new Words(trans, 'en');
    const desk = new ShareDesk({ api: new SharingApi(sharing.settings), words, path: 'a.ipynb' });
    const view = show(new ShareView(desk));
    await desk.load();
    await vi.waitFor(() => {
      expect(view.node.textContent).toContain('Who has access');
    });
    return label => view.node.querySelector<HTMLInputElement>(`input[aria-label="${label}"]`);
  }

  it('[SHAREUI-17] is a box beside running code, not checked until the owner checks it', async () => {
    const sharing = new SharingServer();
    sharing.starts = true;
    const subject = { kind: 'user', name: 'bob' } as const;
    sharing.grant({ subject, display_name: 'bob', may_run: true, may_start: false });
    const box = await open(sharing);
    expect(box(LABEL)?.checked).toBe(false);
    box(LABEL)?.click();
    await vi.waitFor(() => {
      expect(box(LABEL)?.checked).toBe(true);
    });
    expect(sharing.bodies('PATCH grants/grant0')).toEqual([{ may_start: true }]);
  });

  it.each([
    ['who may not run code', { may_run: false }, true],
    ['everybody at once', { may_run: true, subject: { kind: 'signed-in', name: '' } }, true],
    ['anybody where no server can be started', { may_run: true }, false]
  ] as const)('[SHAREUI-17] is not asked for %s', async (_, part, starts) => {
    const sharing = new SharingServer();
    sharing.starts = starts;
    const subject = { kind: 'user', name: 'bob' } as const;
    sharing.grant({ subject, display_name: 'bob', ...part });
    const box = await open(sharing);
    expect(box(LABEL)).toBeNull();
    expect(document.body.textContent).not.toContain('Start my server');
  });
});

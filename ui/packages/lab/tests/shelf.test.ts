// @vitest-environment happy-dom
import './lab-browser';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Refusal, SharingApi } from '../src/sharing/api';
import type { IRequests } from '../src/sharing/requests';
import { SharedShelf } from '../src/sharing/shelf';
import { ShelfView } from '../src/sharing/view/shelf-view';
import { Words } from '../src/sharing/words';
import { SharingServer } from './sharing-server';

const words = new Words(nullTranslator.load('jupyter_tandem'), 'en');

let server: SharingServer;
let done: string[];

beforeEach(() => {
  server = new SharingServer();
  done = [];
});

async function show(guest: boolean): Promise<{ shelf: SharedShelf; view: ShelfView }> {
  const shelf = new SharedShelf({ api: new SharingApi(server.settings), words, guest });
  const note =
    (what: string) =>
    ({ path }: { path: string | null }): void => {
      done.push(`${what} ${path ?? ''}`);
    };
  const view = new ShelfView(shelf, {
    open: note('open'),
    share: note('share'),
    stop: note('stop'),
    giveUp: note('give up'),
    leave: () => done.push('leave')
  });
  Widget.attach(view, document.body);
  await shelf.refresh();
  await vi.waitFor(() => {
    expect(view.node.textContent).toContain('a.ipynb');
  });
  return { shelf, view };
}

function press(view: ShelfView, name: RegExp): void {
  const all = [...view.node.querySelectorAll<HTMLButtonElement>('button')];
  const found = all.filter(b => name.test(b.getAttribute('aria-label') ?? b.textContent));
  found[0]?.click();
}

describe('the page of what is shared', () => {
  it('[SHAREUI-9] opens, shares, stops and gives up', async () => {
    server.link();
    server.grant();
    const { view } = await show(false);
    expect(view.node.textContent).toContain('1 person, 1 link');
    for (const name of [
      /^a.ipynb1 person/,
      /^Share a.ipynb/,
      /^Stop sharing a.ipynb/,
      /^Give up/
    ]) {
      press(view, name);
    }
    expect(done).toEqual(['open a.ipynb', 'share a.ipynb', 'stop a.ipynb', 'give up a.ipynb']);
    view.dispose();
  });

  it('[SHAREUI-9] shows a guest what they have, and the way out', async () => {
    const { view } = await show(true);
    expect(view.node.textContent).not.toContain('By me');
    press(view, /^Leave for good/);
    expect(done).toEqual(['leave']);
    view.dispose();
  });

  it('[SHAREUI-9] ends every link and every share when one stops', async () => {
    const link = server.link();
    server.grant({ link: link.id });
    server.grant({ subject: { kind: 'user', name: 'bo' } });
    const { shelf, view } = await show(false);
    const [shared] = shelf.lists?.by_me ?? [];
    expect(shared).toBeDefined();
    if (shared !== undefined) {
      await shelf.stop(shared);
    }
    expect(server.asked.map(([what]) => what).filter(what => what.startsWith('DELETE'))).toEqual([
      'DELETE links/link0?grants=revoke',
      'DELETE grants/grant1'
    ]);
    view.dispose();
  });

  it('[SHAREUI-8] shows names as text', async () => {
    const { shelf, view } = await show(true);
    shelf.lists = {
      by_me: [],
      with_me: [
        {
          path: 'x',
          name: '<img src=x>.ipynb a.ipynb',
          kind: 'document',
          file_id: 'f',
          mine: null,
          grants: [],
          links: []
        }
      ]
    };
    shelf.stateChanged.emit();
    await vi.waitFor(() => {
      expect(view.node.textContent).toContain('<img src=x>');
    });
    expect(view.node.querySelector('img')).toBeNull();
    view.dispose();
  });
});

describe('requests for access', () => {
  const bo = { document: 'd', name: 'a.ipynb', username: 'bo', display_name: 'Bo', at: 1 };
  const cy = { ...bo, username: 'cy', display_name: '<b>Cy</b>' };

  it('[SHAREUI-16] are listed and answered', async () => {
    const answers: [string, string | null][] = [];
    let pending = [bo, cy];
    const requests: IRequests = {
      pending: () => Promise.resolve(pending),
      answer: ({ username }, role) => {
        answers.push([username, role]);
        pending = pending.filter(request => request.username !== username);
        return Promise.resolve();
      }
    };
    const shelf = new SharedShelf({
      api: new SharingApi(server.settings),
      words,
      guest: false,
      requests
    });
    const ignore = (): void => undefined;
    const view = new ShelfView(shelf, {
      open: ignore,
      share: ignore,
      stop: ignore,
      giveUp: ignore,
      leave: ignore
    });
    Widget.attach(view, document.body);
    await shelf.refresh();
    await vi.waitFor(() => {
      expect(view.node.textContent).toContain('Asked for access');
    });
    expect(view.node.querySelector('b')).toBeNull();
    press(view, /^Share a.ipynb with Bo/);
    await vi.waitFor(() => {
      expect(view.node.textContent).not.toContain('Bo');
    });
    press(view, /^Decline what <b>Cy/);
    await vi.waitFor(() => {
      expect(view.node.textContent).not.toContain('Asked for access');
    });
    expect(answers).toEqual([
      ['bo', 'viewer'],
      ['cy', null]
    ]);
  });

  it('[SHAREUI-16] that cannot be asked for are told, and what is shared stays', async () => {
    const requests: IRequests = {
      pending: () => Promise.reject(new Refusal(503, 'The service is away.')),
      answer: () => Promise.resolve()
    };
    const api = new SharingApi(server.settings);
    const shelf = new SharedShelf({ api, words, guest: false, requests });
    await shelf.refresh();
    expect(shelf.problem).toBe('The service is away.');
    expect(shelf.lists).not.toBeNull();
  });
});

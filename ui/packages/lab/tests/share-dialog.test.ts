// @vitest-environment happy-dom
import './lab-browser';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharingApi } from '../src/sharing/api';
import { ShareDesk } from '../src/sharing/desk';
import type { INames } from '../src/sharing/names';
import { ShareView } from '../src/sharing/view/share-view';
import { Words } from '../src/sharing/words';
import { SharingServer } from './sharing-server';

const words = new Words(nullTranslator.load('jupyter_tandem'), 'en');

let server: SharingServer;
let copied: string[];
let desk: ShareDesk;
let view: ShareView;

/** The one control that a screen reader calls so. */
function control(name: string | RegExp): HTMLElement {
  const all = [...view.node.querySelectorAll<HTMLElement>('button, input, select, summary')];
  const found = all.filter(node => {
    const called =
      node.getAttribute('aria-label') ?? node.closest('label')?.textContent ?? node.textContent;
    return typeof name === 'string' ? called === name : name.test(called);
  });
  expect(found, String(name)).toHaveLength(1);
  return found[0] ?? view.node;
}

function field(name: string | RegExp): HTMLInputElement | HTMLSelectElement {
  return control(name) as HTMLInputElement | HTMLSelectElement;
}

function box(name: string | RegExp): HTMLInputElement {
  return control(name) as HTMLInputElement;
}

function choose(name: string | RegExp, value: string): void {
  const chosen = field(name);
  const prototype = Object.getPrototypeOf(chosen) as object;
  // React listens to the element's own setter.
  Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(chosen, value);
  const type = chosen.tagName === 'SELECT' ? 'change' : 'input';
  chosen.dispatchEvent(new Event(type, { bubbles: true }));
}

async function press(name: string | RegExp): Promise<void> {
  control(name).click();
  await settled();
}

async function settled(): Promise<void> {
  await vi.waitFor(() => {
    expect(desk.working).toBe(false);
  });
  await vi.waitFor(async () => {
    await view.renderPromise;
  });
  // The render that the last change asked for.
  await new Promise(resolve => setTimeout(resolve, 0));
  await view.renderPromise;
}

function alerts(): string[] {
  const all = [...view.node.querySelectorAll<HTMLElement>('[role=alert]')];
  return all.map(node => node.textContent).filter(text => text !== '');
}

async function open(names?: INames): Promise<void> {
  desk = new ShareDesk({
    api: new SharingApi(server.settings),
    words,
    path: 'a.ipynb',
    names,
    copy: text => {
      copied.push(text);
      return Promise.resolve(true);
    }
  });
  view = new ShareView(desk);
  Widget.attach(view, document.body);
  await desk.load();
  await settled();
}

beforeEach(() => {
  server = new SharingServer();
  copied = [];
});

afterEach(() => {
  view.dispose();
  desk.dispose();
});

describe('a new link', () => {
  it("[SHAREUI-2] is a viewer's for a week, and is copied", async () => {
    await open();
    await press('Copy link');
    expect(copied[0]).toMatch(/^http:\/\/localhost:8888\/base\/tandem\/l#secret-of-link0$/);
    const [wish] = server.bodies('POST links') as [Record<string, unknown>];
    expect(wish).toMatchObject({
      path: 'a.ipynb',
      role: 'viewer',
      may_run: false,
      guests: true,
      max_uses: null,
      password: ''
    });
    expect(Number(wish['expires_at']) - Date.now() / 1000).toBeCloseTo(7 * 86_400, -2);
    expect(view.node.querySelector('[role=status]')?.textContent).toMatch(/^The link was copied/);
  });

  it('[SHAREUI-2] is copied again, not made again, until something else is chosen', async () => {
    await open();
    await press('Copy link');
    await press('Copy link');
    expect(server.bodies('POST links')).toHaveLength(1);
    expect(copied).toHaveLength(2);
    choose('What people with the link can do', 'editor');
    await settled();
    await press('Copy link');
    expect(server.bodies('POST links')).toMatchObject([{ role: 'viewer' }, { role: 'editor' }]);
  });

  it('[SHAREUI-3] is refused before it is asked for where it cannot be told', async () => {
    await open();
    for (const wrong of ['0', '-1', '1.5', 'three', '1e99x']) {
      choose(/^How many people/, wrong);
      await settled();
      await press('Copy link');
      expect(alerts()).toEqual([
        'How many people may use the link must be a whole number from 1, or empty.'
      ]);
    }
    choose(/^How many people/, '');
    choose('The link works for', 'date');
    await settled();
    await press('Copy link');
    expect(alerts()).toEqual(['Choose the date and time at which the link ends.']);
    expect(server.bodies('POST links')).toEqual([]);
  });

  it('[SHAREUI-3] says what the server objects to, where it was asked', async () => {
    await open();
    server.refusal = { status: 400, message: 'The password must have 8 to 256 characters.' };
    choose(/^Password of the link/, 'short');
    await settled();
    await press('Copy link');
    expect(alerts()).toEqual(['The password must have 8 to 256 characters.']);
    expect(copied).toEqual([]);
    server.reachable = false;
    await press('Copy link');
    expect(alerts()).toEqual([
      'The server cannot be reached. Nothing was changed; try again in a moment.'
    ]);
  });
});

describe('roles', () => {
  it("[SHAREUI-4] by link are never a manager's, and never more than one has", async () => {
    const roles = (): string[] =>
      [...control('What people with the link can do').querySelectorAll('option')].map(o => o.value);
    await open();
    expect(roles()).toEqual(['viewer', 'commenter', 'suggester', 'editor']);
    view.dispose();
    server.mine = { ...server.mine, role: 'suggester' };
    await open();
    expect(roles()).toEqual(['viewer', 'commenter', 'suggester']);
  });

  it('[SHAREUI-4] do not bring running code, which says what it is', async () => {
    await open();
    const run = box(/Can run code as you, on your computer, with your files/);
    expect(run.checked).toBe(false);
    run.click();
    await settled();
    await press('Copy link');
    expect(server.bodies('POST links')).toMatchObject([{ role: 'viewer', may_run: true }]);
  });

  it('[SHAREUI-4] of who cannot run code offer it to nobody', async () => {
    server.mine = { ...server.mine, may_run: false };
    server.grant();
    await open();
    expect(view.node.textContent).not.toContain('Can run code as you');
  });

  it('[SHAREUI-3] are what the server says after a change was refused', async () => {
    server.grant({ role: 'editor' });
    await open();
    server.refusal = { status: 403, message: 'You may not give a role that you do not have.' };
    choose('What Zoë can do', 'manager');
    await settled();
    expect(field('What Zoë can do').value).toBe('editor');
    expect(alerts()).toEqual(['You may not give a role that you do not have.']);
  });
});

describe('links for people without an account', () => {
  const SIGN_IN = /^Sign-in required/;
  const runBoxes = (): HTMLElement[] =>
    [...view.node.querySelectorAll<HTMLElement>('input[type=checkbox]')].filter(node =>
      (node.closest('label')?.textContent ?? '').includes('Can run code as you')
    );
  const roles = (): string[] =>
    [...control('What people with the link can do').querySelectorAll('option')].map(o => o.value);

  it('[HUBGUEST-2] are not offered where there are none', async () => {
    server.accounts = true;
    server.guests = null;
    await open();
    expect(view.node.textContent).not.toContain('Sign-in required');
    await press('Copy link');
    expect(server.bodies('POST links')).toMatchObject([{ guests: false }]);
  });

  it('[HUBGUEST-2] give no more than the Hub lets them, and never running code', async () => {
    server.accounts = true;
    server.guests = { role: 'viewer', may_run: false, folders: false };
    await open();
    choose('What people with the link can do', 'editor');
    // The first one is about people by name.
    expect(runBoxes()).toHaveLength(2);
    runBoxes()[1]?.click();
    await settled();
    box(SIGN_IN).click();
    await settled();
    expect(roles()).toEqual(['viewer']);
    expect(runBoxes()).toHaveLength(1);
    expect(view.node.textContent).toContain('they need no account');
    await press('Copy link');
    expect(server.bodies('POST links')).toMatchObject([
      { guests: true, role: 'viewer', may_run: false }
    ]);
  });

  it('[HUBGUEST-2] that are there are raised no higher', async () => {
    server.accounts = true;
    server.guests = { role: 'commenter', may_run: false, folders: false };
    const link = server.link({ guests: true });
    server.grant({ link: link.id });
    await open();
    const given = [...control('What Zoë can do').querySelectorAll('option')].map(o => o.value);
    expect(given).toEqual(['viewer', 'commenter']);
    // Of the new link, which asks for signing in, and of people by name: not Zoë's.
    expect(runBoxes()).toHaveLength(2);
    const menu = control(/^What people get who come by this link/);
    const offered = [...menu.querySelectorAll('option')].map(o => o.value);
    expect(offered).toEqual(['viewer', 'commenter']);
  });
});

describe('a link that is there', () => {
  it('[SHAREUI-5] ends with or without those who came by it, as one chooses', async () => {
    const link = server.link({ uses: 2 });
    server.grant({ link: link.id });
    await open();
    await press(/^End: Link of/);
    expect(view.node.textContent).toContain('1 person who came by it has access now.');
    await press('Keep it');
    expect(server.asked.filter(([what]) => what.startsWith('DELETE'))).toEqual([]);
    await press(/^End: Link of/);
    await press('End it, they stay');
    await press(/^End: Link of/);
    await press('End it and show them out');
    expect(server.asked.map(([what]) => what).filter(what => what.startsWith('DELETE'))).toEqual([
      'DELETE links/link0?grants=keep',
      'DELETE links/link0?grants=revoke'
    ]);
  });

  it('[SHAREUI-5, SHAREUI-8] tells who used it, in text', async () => {
    server.link({ uses: 1, state: 'used-up', max_uses: 1 });
    server.uses = [
      { at: 1_700_000_000, subject: { kind: 'guest', name: 'g' }, display_name: '<img src=x>' }
    ];
    await open();
    const history = control('Who used it').closest('details');
    history?.setAttribute('open', '');
    history?.dispatchEvent(new Event('toggle'));
    await settled();
    expect(history?.textContent).toContain('<img src=x>');
    expect(view.node.querySelector('img')).toBeNull();
  });
});

describe('who is here', () => {
  it('[SHAREUI-6] is removed after one was told what that does', async () => {
    const link = server.link();
    const { subject } = server.grant({ link: link.id });
    server.people = [{ subject, display_name: 'Zoë', since: 1_700_000_000 }];
    await open();
    await press('Remove Zoë');
    expect(view.node.textContent).toContain('With another browser it would, under another name.');
    control(/^End the link as well/).click();
    await settled();
    await press('Remove');
    expect(server.bodies('POST removals')).toEqual([{ path: 'a.ipynb', subject, end_links: true }]);
  });

  it('[SHAREUI-6] is told the same where access is taken', async () => {
    const link = server.link();
    const { subject } = server.grant({ link: link.id });
    server.grant({ subject: { kind: 'user', name: 'bo' }, display_name: 'Bo' });
    await open();
    await press('Take access from Bo');
    expect(server.bodies('DELETE grants/grant1')).toHaveLength(1);
    await press('Take access from Zoë');
    expect(view.node.textContent).toContain('With another browser it would, under another name.');
    await press('Remove');
    expect(server.bodies('POST removals')).toEqual([
      { path: 'a.ipynb', subject, end_links: false }
    ]);
  });

  it('[SHAREUI-6] is not asked to remove themselves', async () => {
    const me = { kind: 'user', name: 'ada' } as const;
    server.people = [{ subject: me, display_name: 'Ada', since: 1_700_000_000 }];
    await open();
    expect(view.node.textContent).toContain('Ada (you)');
    expect(view.node.querySelector('[aria-label="Remove Ada"]')).toBeNull();
  });
});

describe('people', () => {
  it('[SHAREUI-4] are shared with by name where there are accounts', async () => {
    await open();
    expect(view.node.textContent).not.toContain('Share with people');
    view.dispose();
    server.accounts = true;
    await open();
    await press('Share');
    expect(alerts()).toEqual(['Type the name of the account or group.']);
    choose('Name of the account', 'bo');
    choose('What they can do', 'manager');
    await settled();
    await press('Share');
    expect(server.bodies('POST grants')).toMatchObject([
      { path: 'a.ipynb', subject: { kind: 'user', name: 'bo' }, role: 'manager', expires_at: null }
    ]);
    expect(field('Name of the account').value).toBe('');
  });

  it("[SHAREUI-15] in groups of one's own are suggested", async () => {
    server.accounts = true;
    await open();
    choose('With whom', 'group');
    await settled();
    choose('Name of the group', 'phy');
    await vi.waitFor(() => {
      expect(offered()).toEqual(['physicsGroup']);
    });
  });
});

describe('names on a Hub', () => {
  const hub: INames = {
    find: query =>
      Promise.resolve({
        users: ['bob', 'bobby'].filter(name => name.includes(query)),
        groups: ['bobs-team'].filter(name => name.includes(query)),
        whole: true
      })
  };

  it('[SHAREUI-15] are walked through and taken with the keyboard', async () => {
    server.accounts = true;
    await open(hub);
    const input = field('Name of the account');
    choose('Name of the account', 'bob');
    await vi.waitFor(() => {
      expect(offered()).toEqual(['bob', 'bobby', 'bobs-teamGroup']);
    });
    expect(input.getAttribute('aria-expanded')).toBe('true');
    expect(view.node.textContent).toContain('names fit');
    for (const wanted of ['bob', 'bobby', 'bobs-teamGroup', undefined, 'bob']) {
      hit(input, 'ArrowDown');
      await settled();
      expect(marked()).toBe(wanted);
    }
    for (const wanted of [undefined, 'bobs-teamGroup']) {
      hit(input, 'ArrowUp');
      await settled();
      expect(marked()).toBe(wanted);
    }
    hit(input, 'Enter');
    await settled();
    expect(field('With whom').value).toBe('group');
    expect(field('Name of the group').value).toBe('bobs-team');
    expect(field('Name of the group').getAttribute('aria-expanded')).toBe('false');
    await press('Share');
    expect(server.bodies('POST grants')).toMatchObject([
      { subject: { kind: 'group', name: 'bobs-team' } }
    ]);
    expect(offered()).toEqual([]);
  });

  it('[SHAREUI-15] are shown again when the focus comes back that something else took', async () => {
    server.accounts = true;
    await open(hub);
    const input = field('Name of the account');
    input.focus();
    choose('Name of the account', 'bobb');
    await vi.waitFor(() => {
      expect(offered()).toEqual(['bobby']);
    });
    input.blur();
    await settled();
    expect(offered()).toEqual([]);
    input.focus();
    await vi.waitFor(() => {
      expect(offered()).toEqual(['bobby']);
    });
    hit(input, 'Escape');
    input.blur();
    input.focus();
    await settled();
    expect(offered()).toEqual([]);
  });

  it('[SHAREUI-15] are closed with Escape, and need not be taken', async () => {
    server.accounts = true;
    await open(hub);
    choose('Name of the account', 'bobb');
    await vi.waitFor(() => {
      expect(offered()).toEqual(['bobby']);
    });
    hit(field('Name of the account'), 'Escape');
    await settled();
    expect(offered()).toEqual([]);
    expect(field('Name of the account').value).toBe('bobb');
    choose('Name of the account', 'nobody-yet');
    await vi.waitFor(() => {
      expect(view.node.textContent).toContain('It counts from their first login on.');
    });
    await press('Share');
    expect(server.bodies('POST grants')).toMatchObject([
      { subject: { kind: 'user', name: 'nobody-yet' } }
    ]);
  });
});

function hit(node: HTMLElement, key: string): void {
  node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

function offered(): string[] {
  const all = [...view.node.querySelectorAll<HTMLElement>('[role=option]')];
  return all.map(node => node.textContent);
}

function marked(): string | undefined {
  const id = view.node.querySelector('[role=combobox]')?.getAttribute('aria-activedescendant');
  return id === null || id === undefined ? undefined : document.getElementById(id)?.textContent;
}

describe('the dialog', () => {
  it('[SHAREUI-3] shows after half a second that it waits', async () => {
    vi.useFakeTimers();
    try {
      let go = (): void => undefined;
      server.delay = new Promise(resolve => {
        go = resolve;
      });
      desk = new ShareDesk({ api: new SharingApi(server.settings), words, path: 'a.ipynb' });
      view = new ShareView(desk);
      const loading = desk.load();
      expect(desk.busy).toBe(false);
      await vi.advanceTimersByTimeAsync(600);
      expect(desk.busy).toBe(true);
      go();
      await loading;
      expect(desk.busy).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('[SHAREUI-3] says why there is nothing to see, and looks again', async () => {
    server.refusal = {
      status: 403,
      message: 'Only managers of this document may look after its shares.'
    };
    await open();
    expect(alerts()).toEqual(['Only managers of this document may look after its shares.']);
    await press('Try again');
    expect(view.node.textContent).toContain('Share by link');
  });

  it('[SHAREUI-7] keeps the focus when what had it goes', async () => {
    server.link();
    await open();
    await press(/^End: Link of/);
    control('Keep it').focus();
    await press('Keep it');
    await vi.waitFor(() => {
      expect(document.activeElement?.closest('section')?.textContent).toContain('Links');
    });
  });

  it('[SHAREUI-7] has a name for every control', async () => {
    server.accounts = true;
    const link = server.link({ uses: 1 });
    const { subject } = server.grant({ link: link.id });
    server.people = [{ subject, display_name: 'Zoë', since: 1_700_000_000 }];
    await open();
    const nameless = [...view.node.querySelectorAll('button, input, select')].filter(
      node =>
        (node.getAttribute('aria-label') ??
          node.closest('label')?.textContent ??
          node.textContent) === ''
    );
    expect(nameless).toEqual([]);
  });
});

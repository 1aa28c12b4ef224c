// @vitest-environment happy-dom
import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';
import { readColor, readConfig, type IConfigSources } from '../src/lite/config';
import { copyPath } from '../src/lite/copies';
import { movedPath } from '../src/lite/file';
import type { User } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { Identity, userFields } from '../src/lite/identity';
import { newRoom, roomLink } from '../src/lite/link';
import { pathsIn } from '../src/lite/newcomer';
import { takePassword } from '../src/lite/page';
import { waitUntil, type ISearch } from '../src/lite/search';
import { Searching } from '../src/lite/searching';
import { liteStatus, type ILiteView } from '../src/lite/words';

/** A page that has all it needs, but for what a test says. */
function sources(
  options: Record<string, unknown> = {},
  more: Partial<IConfigSources> = {}
): IConfigSources {
  const all: Record<string, unknown> = {
    collaborative: true,
    fullWebRtcSignalingUrls: ['wss://signal.example.org'],
    ...options
  };
  return {
    // As JupyterLab's PageConfig gives it.
    option: name => {
      const value = all[name];
      return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    },
    query: '?room=class',
    fragment: '',
    host: 'lite.example.org:8000',
    secure: true,
    settings: {},
    legacy: {},
    ...more
  };
}

describe('how a page collaborates', () => {
  it('[LITE-3] hides addresses from peers where the site says so', () => {
    expect(readConfig(sources({ iceTransportPolicy: 'relay' }))).toMatchObject({
      relayOnly: true,
      flaws: []
    });
    expect(readConfig(sources({ iceTransportPolicy: 'all' })).relayOnly).toBe(false);
    expect(readConfig(sources({ iceTransportPolicy: 'realy' })).flaws).toEqual(['ice']);
  });

  it('[LITE-1] is what JupyterLite’s documentation says', () => {
    const query = '?room=class&username=Ada&usercolor=e65100';
    expect(readConfig(sources({}, { query }))).toEqual({
      obstacle: null,
      flaws: [],
      room: 'class',
      prefix: 'lite.example.org:8000',
      password: '',
      signaling: ['wss://signal.example.org'],
      iceServers: [],
      relayOnly: false,
      username: 'Ada',
      usercolor: '#e65100'
    });
  });

  it('[LITE-1] takes the address before the settings, and these before the old extension’s', () => {
    const settings = { room: 'set', username: 'Set', usercolor: '00ff00', password: 'p' };
    const legacy = { room: 'old', username: 'Old', roomPrefix: 'old prefix', signalingUrls: [] };
    const found = readConfig(sources({}, { query: '?username=Url', settings, legacy }));
    expect(found).toMatchObject({
      room: 'set',
      username: 'Url',
      usercolor: '#00ff00',
      prefix: 'old prefix',
      password: 'p'
    });
    expect(readConfig(sources({}, { query: '', legacy }))).toMatchObject({ room: 'old' });
  });

  it('[LITE-1] works with a configuration written for the extension of JupyterLab 3', () => {
    const legacy = {
      disabled: false,
      room: 'an pre-shared room name',
      roomPrefix: 'a-very-unique-name',
      signalingUrls: ['wss://one.example.org', 'wss://two.example.org'],
      usercolor: 'f57c00',
      username: 'Jo V. Un'
    };
    const found = readConfig(
      sources({ fullWebRtcSignalingUrls: undefined }, { query: '', legacy })
    );
    expect(found).toEqual({
      obstacle: null,
      flaws: [],
      room: 'an pre-shared room name',
      prefix: 'a-very-unique-name',
      password: '',
      signaling: ['wss://one.example.org', 'wss://two.example.org'],
      iceServers: [],
      relayOnly: false,
      username: 'Jo V. Un',
      usercolor: '#f57c00'
    });
    const prefixed = sources({ webRtcRoomPrefix: 'site' }, { legacy });
    expect(readConfig(prefixed)).toMatchObject({
      prefix: 'site',
      signaling: ['wss://signal.example.org']
    });
  });

  it.each([
    ['not-collaborative', { collaborative: undefined }, {}],
    ['not-collaborative', { collaborative: false }, {}],
    ['disabled', {}, { settings: { disabled: true } }],
    ['no-room', {}, { query: '?room=%20' }],
    ['no-signaling', { fullWebRtcSignalingUrls: [] }, {}],
    ['bad-signaling', { fullWebRtcSignalingUrls: ['http://x', 3, 'nonsense'] }, {}],
    ['bad-signaling', { fullWebRtcSignalingUrls: 'nonsense' }, {}],
    ['insecure', {}, { secure: false }]
  ] as const)('[LITE-20] says %s, and nothing is connected to', (obstacle, options, more) => {
    expect(readConfig(sources(options, more)).obstacle).toBe(obstacle);
  });

  it('[LITE-20] goes on with what is right of what is wrong', () => {
    const stun = { urls: 'stun:stun.example.org' };
    const options = {
      fullWebRtcSignalingUrls: ['nonsense', 'ws://signal.example.org'],
      iceServers: [stun, { urls: 'nonsense' }]
    };
    const query = '?room=class&usercolor=reddish&password=seen';
    expect(readConfig(sources(options, { query }))).toMatchObject({
      obstacle: null,
      flaws: ['color', 'signaling', 'ice', 'password-in-query'],
      signaling: ['ws://signal.example.org'],
      iceServers: [stun],
      password: '',
      usercolor: ''
    });
  });

  it('[LITE-18] knows a colour when it sees one', () => {
    expect(['f57c00', '#F57C00', 'abc'].map(readColor)).toEqual(['#f57c00', '#f57c00', '#aabbcc']);
    expect(['', 'red', 'f57c0', 'f57c00;x:url(y)'].map(readColor)).toEqual(['', '', '', '']);
  });
});

describe('the password', () => {
  it('[LITE-3] is taken out of the address, and known when the page is loaded again', () => {
    const kept = new Map<string, string>();
    const replaceState = vi.fn();
    const page = {
      location: { pathname: '/lab', search: '?room=class' },
      history: { replaceState, state: null },
      sessionStorage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, value: string) => void kept.set(key, value)
      }
    };
    const fragment = takePassword(page, '#cell=3&password=s%20e');
    expect(replaceState).toHaveBeenCalledWith(null, '', '/lab?room=class#cell=3');
    expect(readConfig(sources({}, { fragment })).password).toBe('s e');
    const later = takePassword(page, '#cell=3');
    expect(readConfig(sources({}, { fragment: later })).password).toBe('s e');
    expect(replaceState).toHaveBeenCalledTimes(1);
  });
});

describe('a link to a room', () => {
  it('[LITE-21] leads to the document and tells nothing of who made it', () => {
    const here = 'https://x.org/lab/index.html?room=old&username=Ada&usercolor=fff&mode=single#a';
    expect(roomLink(here, { room: 'a b', path: 'd/e.ipynb', password: '' })).toBe(
      'https://x.org/lab/index.html?mode=single&room=a+b&path=d%2Fe.ipynb'
    );
    const secret = roomLink(here, { room: 'r', path: '', password: 'p&q' });
    expect(secret).toBe('https://x.org/lab/index.html?mode=single&room=r#password=p%26q');
    expect(new URL(secret).search).not.toContain('p%26q');
  });

  it('[LITE-21] has a new name that nobody guesses', () => {
    const room = newRoom(count => new Uint8Array(count).map((_, at) => 255 - at));
    expect(room).toMatch(/^[\w-]{24}$/);
  });

  it('[LITE-6] names files as JupyterLite reads them', () => {
    expect(pathsIn('?path=a.ipynb&path=/b/c.md&path=&path=d/')).toEqual(['a.ipynb', 'b/c.md']);
  });

  it('[LITE-19] follows a file that is renamed here, or a folder it is in', () => {
    const moved = (path: string, from: string, to: string): string =>
      movedPath(path, { oldValue: { path: from }, newValue: { path: to } });
    expect(moved('a.md', 'a.md', 'b.md')).toBe('b.md');
    expect(moved('d/e/a.md', 'd', 'f')).toBe('f/e/a.md');
    expect(moved('d2/a.md', 'd', 'f')).toBe('d2/a.md');
    expect(movedPath('a.md', { oldValue: null, newValue: { path: 'b.md' } })).toBe('a.md');
  });

  it('[LITE-13] and copies beside it are told apart', () => {
    const at = new Date(2026, 0, 31, 9, 5, 7);
    expect(copyPath('d.x/a.ipynb', 'mine', at)).toBe('d.x/a-mine-20260131-090507.ipynb');
    expect(copyPath('d.x/README', 'room', at)).toBe('d.x/README-room-20260131-090507');
  });
});

describe('a person', () => {
  it('[LITE-18] has the name and the colour of the link, and an own id', () => {
    const fallback = { id: 'i', name: 'Somebody' };
    const known = {
      username: 'u',
      display_name: 'Anonymous Io',
      color: 'var(--x)',
      initials: 'AI'
    };
    expect(userFields({ username: 'Ada L', usercolor: '#e65100' }, known, fallback)).toEqual({
      username: 'u Ada L',
      name: 'Ada L',
      display_name: 'Ada L',
      initials: 'AL',
      color: '#e65100'
    });
    expect(userFields({ username: '', usercolor: '' }, known, fallback)).toMatchObject({
      username: 'u',
      name: 'Anonymous Io',
      initials: 'AI',
      color: 'var(--x)'
    });
    expect(userFields({ username: '', usercolor: '' }, null, fallback)).toMatchObject({
      username: 'i',
      name: 'Somebody'
    });
  });
});

describe('the wait for the room', () => {
  const search: ISearch = {
    beganAt: 1_000,
    announcedAt: null,
    signaling: ['connecting'],
    arriving: 0,
    empty: false
  };

  it('[LITE-11] is short, and longer only where there is a reason', () => {
    expect(waitUntil({ ...search, signaling: ['unreachable', 'blocked'] })).toBe(1_300);
    expect(waitUntil(search)).toBe(5_000);
    expect(waitUntil({ ...search, announcedAt: 1_100 })).toBe(2_300);
    expect(waitUntil({ ...search, announcedAt: 1_100, empty: true })).toBe(6_100);
    expect(waitUntil({ ...search, announcedAt: 1_100, arriving: 1 })).toBe(11_100);
  });

  it('[LITE-11] ends with the first peer that decides it', async () => {
    const rival = { isCurrent: () => true, ask: () => Promise.reject(new Error()) };
    const look = { announced: true, signaling: ['connected'] as const, arriving: 1, empty: false };
    for (const [verdict, found] of [
      ['yield', rival],
      ['together', null],
      ['stay', null]
    ] as const) {
      const searching = new Searching(
        () => look,
        () => 0
      );
      searching.met('wait', rival);
      searching.met(verdict, rival);
      expect(await searching.done).toBe(found);
    }
  });
});

describe('the status', () => {
  const trans = nullTranslator.load('jupyter_tandem');
  const calm: ILiteView = {
    phase: 'open',
    obstacle: null,
    flaws: [],
    room: 'class',
    apart: false,
    peers: 0,
    divided: 0,
    signaling: ['connected'],
    refusal: null,
    strangers: false,
    pendingSince: null,
    problem: null,
    savedAt: null
  };
  const say = (view: Partial<ILiteView>): { tone: string; label: string; sentence: string } =>
    liteStatus({ ...calm, ...view }, { trans, nowMs: 0, time: seconds => `${seconds} s` });

  it.each([
    [{ obstacle: 'not-collaborative' }, 'mind', 'Not shared', '"collaborative" is not true'],
    [{ obstacle: 'no-room' }, 'mind', 'Not shared', 'There is no room'],
    [{ obstacle: 'no-signaling' }, 'mind', 'Not shared', 'names no signaling server'],
    [{ obstacle: 'bad-signaling' }, 'mind', 'Not shared', 'ws:// or wss://'],
    [{ obstacle: 'insecure' }, 'mind', 'Not shared', 'only over https'],
    [{ obstacle: 'disabled' }, 'mind', 'Not shared', 'switched off'],
    [{ apart: true }, 'mind', 'Apart', 'your own copy'],
    [{ divided: 1 }, 'mind', 'Another version', 'no edits are exchanged'],
    [{ divided: 1, peers: 1 }, 'well', 'Saved, with 1', 'one other person'],
    [{ strangers: true }, 'mind', 'Other password', 'another password'],
    [{ refusal: 'topic-full' }, 'mind', 'Not let in', 'takes no more'],
    [{ refusal: 'server-full' }, 'mind', 'Not let in', 'no room for more'],
    [{ signaling: ['unreachable'] }, 'mind', 'Others cannot find you', 'cannot be reached'],
    [{ signaling: ['blocked'] }, 'mind', 'Others cannot find you', 'asked too much'],
    [{ flaws: ['color'] }, 'mind', 'Check the link', 'six hexadecimal digits'],
    [{ flaws: ['password-in-query'] }, 'mind', 'Check the link', '#password='],
    [{ flaws: ['ice'] }, 'mind', 'Check the link', 'iceServers'],
    [{ flaws: ['signaling'] }, 'mind', 'Check the link', 'signaling'],
    [{ problem: 'full' }, 'stop', 'Cannot save', 'full'],
    [{ pendingSince: 1 }, 'busy', 'Saving…', 'being written'],
    [{ phase: 'searching' }, 'busy', 'Looking for others…', 'class'],
    [{ phase: 'opening' }, 'busy', 'Opening…', 'being fetched'],
    [{}, 'well', 'Saved, alone', 'Nobody else'],
    [{ peers: 1 }, 'well', 'Saved, with 1', 'one other person in the room class'],
    [
      { peers: 3, signaling: ['unreachable', 'connected'] },
      'well',
      'Saved, with 3',
      'with 3 others'
    ],
    [{ peers: 1, strangers: true }, 'well', 'Saved, with 1', 'one other person'],
    [{ savedAt: 5_000 }, 'well', 'Saved, alone', 'last at 5 s']
  ] as readonly (readonly [Partial<ILiteView>, string, string, string])[])(
    '[LITE-20] %o is %s: %s',
    (view, tone, label, words) => {
      const text = say(view);
      expect(text).toMatchObject({ tone, label });
      expect(text.sentence).toContain(words);
    }
  );
});

describe('the person of a page', () => {
  /** JupyterLite's manager, which may know somebody. */
  function manager(identity: object | null): User.IManager {
    const found = { identity, permissions: null, ready: Promise.resolve() };
    return { ...found, userChanged: new Signal(found) } as unknown as User.IManager;
  }

  it.each([['nobody', null] as const, ['somebody', { username: 'u', name: 'Anonymous' }] as const])(
    '[LITE-18] is in JupyterLite’s own menu where its manager knew %s',
    async (_, before) => {
      const known = manager(before === null ? null : { ...before });
      const told: (string | undefined)[] = [];
      known.userChanged.connect((__, { identity }) => {
        told.push(identity.name);
      });
      const config = { username: 'Ada', usercolor: '#e65100' };
      const person = new Identity(config, known, { id: 'page', name: 'Somebody' });
      await known.ready;
      await Promise.resolve();
      expect(known.identity).toEqual(person.user);
      expect(person.user).toMatchObject({ name: 'Ada', color: '#e65100' });
      expect(person.user.username).toBe(before === null ? 'page Ada' : 'u Ada');
      expect(told).toEqual(before === null ? ['Ada'] : []);
    }
  );
});

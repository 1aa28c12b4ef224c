// @vitest-environment happy-dom
import './lab-browser';
import type { IAwarenessProviderFactory } from '@jupyter/docprovider';
import { UUID } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { EverybodyProvider } from '../src/lite/everybody';
import { Ways } from '../src/lite/ways';

const present: EverybodyProvider[] = [];

afterEach(() => {
  present.splice(0).forEach(provider => {
    provider.dispose();
  });
});

/** Somebody in a tab of their own; no server is reached. */
function enter(room: string, name: string): Awareness {
  const awareness = new Awareness(new Y.Doc());
  const config = {
    obstacle: null,
    flaws: [],
    room,
    prefix: 'test',
    password: '',
    signaling: [],
    iceServers: [],
    relayOnly: false,
    username: '',
    usercolor: ''
  };
  const user = { username: name, name, display_name: name, initials: name, color: '' };
  const identity = { user, changed: new Signal<object, void>({}) };
  const options = { awareness, roomID: 'JupyterLab:globalAwareness' };
  present.push(
    new EverybodyProvider(
      options as unknown as IAwarenessProviderFactory.IOptions,
      new Ways(config),
      identity
    )
  );
  return awareness;
}

/** The browser puts the page away, or takes it out again. */
function turn(type: 'pagehide' | 'pageshow', persisted: boolean): void {
  window.dispatchEvent(Object.assign(new Event(type), { persisted }));
}

function names(awareness: Awareness): unknown[] {
  const users = [...awareness.getStates().values()].map(state => state.user as { name: string });
  return users.map(({ name }) => name).sort();
}

describe('who is in a room', () => {
  it('[LITE-17] comes back with a page that is taken out of the cache of the browser', async () => {
    const room = UUID.uuid4();
    const [ana, bo] = [enter(room, 'Ana'), enter(room, 'Bo')];
    const sees = (name: string) => (): void => {
      expect(names(ana)).toEqual(['Ana', name]);
    };
    await vi.waitFor(sees('Bo'), 5_000);
    turn('pagehide', true);
    bo.setLocalStateField('user', { name: 'Bob' });
    turn('pageshow', false);
    await new Promise(resolve => setTimeout(resolve, 200));
    sees('Bo')();
    turn('pageshow', true);
    await vi.waitFor(sees('Bob'), 5_000);
  });
});

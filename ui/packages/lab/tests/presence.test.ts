// @vitest-environment happy-dom
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { forgetOthers } from '../src/awareness-frames';
import { Following } from '../src/presence/following';
import { PresenceGutter } from '../src/presence/gutter';
import { PeopleList } from '../src/presence/people-list';
import type { IPerson } from '../src/presence/person';
import { Publisher } from '../src/presence/publisher';
import { Roster } from '../src/presence/roster';

const trans = nullTranslator.load('jupyter_tandem');

/** A notebook's cells and signals, without what draws them. */
class Cells {
  readonly widgets = ['c1', 'c2'].map(id => ({
    model: { id },
    node: document.createElement('div')
  }));
  readonly activeCellChanged = new Signal<this, unknown>(this);
  readonly stateChanged = new Signal<this, unknown>(this);
  readonly disposed = new Signal<this, unknown>(this);
  readonly model = { cells: { changed: new Signal<this, unknown>(this) } };
  activeCell: { model: { id: string } } | null = null;
  mode: 'command' | 'edit' = 'command';

  enter(index: number, mode: 'command' | 'edit' = 'command'): void {
    this.activeCell = this.widgets[index] ?? null;
    this.mode = mode;
    this.activeCellChanged.emit(null);
  }

  /** What the gutter of a cell says. */
  labels(index: number): string[] {
    const discs = this.widgets[index]?.node.querySelectorAll('.tandem-Avatar') ?? [];
    return [...discs].map(disc => disc.getAttribute('aria-label') ?? '');
  }
}

let here: Awareness;

/** Somebody else, whose states reach this window at once. */
function other(name: string): Awareness {
  const awareness = new Awareness(new Y.Doc());
  awareness.on('update', () => {
    applyAwarenessUpdate(here, encodeAwarenessUpdate(awareness, [awareness.clientID]), 'elsewhere');
  });
  awareness.setLocalState({ user: { username: name.toLowerCase(), display_name: name } });
  return awareness;
}

async function frame(): Promise<void> {
  await vi.advanceTimersByTimeAsync(100);
}

beforeEach(() => {
  vi.useFakeTimers();
  here = new Awareness(new Y.Doc());
});

afterEach(() => {
  here.destroy();
  vi.useRealTimers();
});

describe('where this person is', () => {
  it('[PRESENCE-1] is told when it changes, in command mode as well', () => {
    const cells = new Cells();
    const publisher = new Publisher(cells, here, () => true);
    let told = 0;
    here.on('change', () => {
      told += 1;
    });
    cells.enter(0);
    expect(here.getLocalState()).toMatchObject({ activeCell: { cellId: 'c1', mode: 'command' } });
    cells.enter(0);
    cells.stateChanged.emit(null);
    expect(told).toBe(1);
    cells.enter(0, 'edit');
    expect(here.getLocalState()).toMatchObject({ activeCell: { cellId: 'c1', mode: 'edit' } });
    publisher.dispose();
    cells.enter(1);
    expect(told).toBe(2);
  });

  it('[PRESENCE-1] is not told when the person does not want it', () => {
    const cells = new Cells();
    let visible = true;
    const publisher = new Publisher(cells, here, () => visible);
    cells.enter(0);
    visible = false;
    publisher.publish();
    expect(here.getLocalState()).toMatchObject({ activeCell: null });
    cells.enter(1);
    expect(here.getLocalState()).toMatchObject({ activeCell: null });
  });
});

describe('the gutter', () => {
  it('[PRESENCE-2] follows people from cell to cell and forgets who has left', async () => {
    const cells = new Cells();
    const gutter = new PresenceGutter(cells, new Roster(here), trans);
    const ada = other('Ada');
    ada.setLocalStateField('activeCell', { cellId: 'c1', mode: 'edit' });
    await frame();
    expect(cells.labels(0)).toEqual(['Ada is editing this cell']);
    ada.setLocalStateField('activeCell', { cellId: 'c2', mode: 'command' });
    await frame();
    expect([cells.labels(0), cells.labels(1)]).toEqual([[], ['Ada is at this cell']]);
    ada.setLocalState(null);
    await frame();
    expect(cells.labels(1)).toEqual([]);
    gutter.dispose();
  });

  it('[PRESENCE-2] never grows beyond two discs', async () => {
    const cells = new Cells();
    new PresenceGutter(cells, new Roster(here), trans);
    for (const name of ['Ada', 'Bob', 'Cy', 'Di']) {
      other(name).setLocalStateField('activeCell', { cellId: 'c1', mode: 'command' });
    }
    await frame();
    expect(cells.labels(0)).toEqual([
      'Ada is at this cell',
      'Bob is at this cell\nCy is at this cell\nDi is at this cell'
    ]);
  });

  it('[PRESENCE-3] shows a name as text, whatever is in it', async () => {
    const cells = new Cells();
    new PresenceGutter(cells, new Roster(here), trans);
    const list = new PeopleList({ trans, goTo: () => undefined, follow: () => undefined });
    list.watch(new Roster(here));
    const eve = other('<img src=x onerror=alert(1)>');
    eve.setLocalStateField('activeCell', { cellId: 'c1', mode: 'edit' });
    await frame();
    for (const node of [cells.widgets[0]?.node, list.node]) {
      expect(node?.querySelector('img')).toBeNull();
    }
    expect(list.node.textContent).toContain('<img src=x onerror=alert(1)>');
  });
});

describe('the roster', () => {
  it('[PRESENCE-6] does not stir when a caret moves', async () => {
    const roster = new Roster(here);
    let stirred = 0;
    roster.changed.connect(() => {
      stirred += 1;
    });
    const ada = other('Ada');
    await frame();
    expect(stirred).toBe(1);
    for (let letter = 0; letter < 10; letter += 1) {
      ada.setLocalStateField('cursors', [{ head: letter }]);
      await frame();
    }
    expect(stirred).toBe(1);
  });

  it('[PRESENCE-7] loses everybody with the connection and sees them at once when it is back', async () => {
    const roster = new Roster(here);
    const ada = other('Ada');
    await frame();
    forgetOthers(here, 'connection');
    await frame();
    expect(roster.people).toEqual([]);
    // The server tells the state it knows, with the clock it had.
    applyAwarenessUpdate(here, encodeAwarenessUpdate(ada, [ada.clientID]), 'connection');
    await frame();
    expect(roster.people.map(person => person.name)).toEqual(['Ada']);
  });
});

describe('the list of people', () => {
  it('[PRESENCE-4] goes to who is chosen, and keeps the focus when it changes', async () => {
    const gone: string[] = [];
    const list = new PeopleList({
      trans,
      goTo: person => gone.push(person.name),
      follow: () => undefined
    });
    Widget.attach(list, document.body);
    list.watch(new Roster(here));
    other('Bob');
    await frame();
    const button = list.node.querySelector<HTMLButtonElement>('.tandem-PeopleList-person');
    button?.focus();
    button?.click();
    expect(gone).toEqual(['Bob']);
    other('Ada');
    await frame();
    expect(list.node.querySelectorAll('li')).toHaveLength(2);
    expect(document.activeElement?.textContent).toContain('Bob');
    list.dispose();
  });
});

describe('following', () => {
  let gone: (string | undefined)[];
  let following: Following;
  let widget: IDocumentWidget;
  let roster: Roster;

  beforeEach(() => {
    gone = [];
    following = new Following((_, person: IPerson) => {
      gone.push(person.whereabouts?.cellId);
    });
    // All that following needs of a document's widget: a node to listen on, and its end.
    const content = new Widget();
    widget = Object.assign(new Widget(), { content }) as unknown as IDocumentWidget;
    roster = new Roster(here);
  });

  async function follow(): Promise<Awareness> {
    const ada = other('Ada');
    ada.setLocalStateField('activeCell', { cellId: 'c1', mode: 'edit' });
    await frame();
    const [person] = roster.people;
    if (person !== undefined) {
      following.start(widget, roster, person);
    }
    return ada;
  }

  it('[PRESENCE-5] goes where they go', async () => {
    const ada = await follow();
    ada.setLocalStateField('activeCell', { cellId: 'c2', mode: 'edit' });
    await frame();
    expect(gone).toEqual(['c1', 'c2']);
    expect(following.followed).toBe('ada');
  });

  it.each(['pointerdown', 'keydown'])('[PRESENCE-5] ends with a %s here', async type => {
    const ada = await follow();
    widget.content.node.dispatchEvent(new Event(type));
    ada.setLocalStateField('activeCell', { cellId: 'c2', mode: 'edit' });
    await frame();
    expect(gone).toEqual(['c1']);
    expect(following.followed).toBeNull();
  });

  it('[PRESENCE-5] ends when they leave', async () => {
    const ada = await follow();
    ada.setLocalState(null);
    await frame();
    expect(following.followed).toBeNull();
  });
});

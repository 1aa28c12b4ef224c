// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PageMemory } from '../src/lite/page-memory';
import type { IHistoryStore } from '../src/lite/store';
import { Home, notebook, PATH, stray, type IOpen } from './lite-home';
import { NoShelf, Shelf } from './lite-shelf';

/** Pages that do not hear of each other, as long as one is frozen. */
class Deaf {
  onmessage = null;

  postMessage(): void {
    return;
  }

  close(): void {
    return;
  }
}

const CELL = { cell_type: 'code', source: 'x', metadata: {}, outputs: [], execution_count: null };

let homes: Home[] = [];

afterEach(() => {
  homes.forEach(home => {
    home.dispose();
  });
  homes = [];
  vi.unstubAllGlobals();
});

function home(...args: ConstructorParameters<typeof Home>): Home {
  const found = new Home(...args);
  homes.push(found);
  return found;
}

const PATIENTLY = { timeout: 10_000 };

/** A browser, and the document in it. */
interface IPlace {
  readonly browser: Home;
  readonly open: IOpen;
}

/** Two people of a room that work in different copies and have not met yet. */
async function apart(
  room: string,
  store: () => IHistoryStore
): Promise<{ all: IPlace[]; yields: () => IPlace; stays: () => IPlace }> {
  vi.stubGlobal('BroadcastChannel', Deaf);
  const all: IPlace[] = [];
  for (const name of ['ada', 'bob']) {
    const browser = home(room, { ...notebook(), cells: [{ ...CELL, id: name }] }, store());
    const open = await browser.enter();
    open.model.getCell(0).setSource(`of ${name}`);
    all.push({ browser, open });
  }
  const one = (yielding: boolean) => (): IPlace => {
    const found = all.filter(({ browser }) => browser.asked.length > 0 === yielding);
    if (found[0] === undefined || found.length > 1) {
      throw new Error('one of two was to be asked');
    }
    return found[0];
  };
  return { all, yields: one(true), stays: one(false) };
}

/** Lets the pages be asleep, and come back to where they hear of each other. */
function meet(): void {
  window.dispatchEvent(new Event('pagehide'));
  vi.unstubAllGlobals();
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
}

/** Waits until the file holds a text. */
function saved({ files }: Home, text: string): Promise<void> {
  return vi.waitFor(() => {
    expect(JSON.stringify(files.get(PATH))).toContain(text);
  }, PATIENTLY);
}

describe('a document of a room', () => {
  it('[LITE-16] is not trusted by who takes it from the room', async () => {
    const ada = await home('trust', notebook('x = 1')).enter();
    // As JupyterLab does when she runs the cell.
    ada.model.getCell(0).setMetadata('trusted', true);
    const bob = await home('trust', notebook()).enter();
    await vi.waitFor(() => {
      expect(bob.sources).toEqual(['x = 1']);
    });
    expect(bob.cells[0]?.getMetadata('trusted')).toBeUndefined();
  });

  it('[LITE-5] has what was written in two pages that have lost each other', async () => {
    vi.stubGlobal('BroadcastChannel', Deaf);
    const browser = home('tabs', notebook('x = 1'));
    const [first, second] = [await browser.enter(), await browser.enter()];
    first.model.addCell({ cell_type: 'code', source: 'written in the first', metadata: {} });
    await saved(browser, 'written in the first');
    first.document.dispose();
    second.model.addCell({ cell_type: 'code', source: 'written in the second', metadata: {} });
    await saved(browser, 'written in the second');
    await saved(browser, 'written in the first');
    expect(second.sources).toContain('written in the first');
    second.document.dispose();
    const { sources } = await browser.enter();
    expect(sources).toHaveLength(3);
    expect(sources).toEqual(
      expect.arrayContaining(['x = 1', 'written in the first', 'written in the second'])
    );
  });

  it('[LITE-24] is saved, and opens again, whatever a peer puts among its cells', async () => {
    const hers = home('strays', notebook('x = 1'));
    const ada = await hers.enter();
    const bob = await home('strays', notebook()).enter();
    await vi.waitFor(() => {
      expect(bob.sources).toEqual(['x = 1']);
    });
    bob.model.ydoc.getArray('cells').push([stray({ cell_type: 'code' })]);
    bob.model.addCell({ cell_type: 'raw', source: 'y' });
    await vi.waitFor(() => {
      expect(ada.sources).toEqual(['x = 1', 'y']);
    });
    ada.model.getCell(0).setSource('x = 2');
    await saved(hers, 'x = 2');
    expect(ada.label()).toContain('Saved');
    ada.document.dispose();
    expect((await hers.enter()).sources).toEqual(['x = 2', 'y']);
  });

  it('[LITE-25] goes over to the room also where the browser keeps nothing', async () => {
    const { stays, yields } = await apart('memory', () => new PageMemory(new NoShelf()));
    meet();
    await vi.waitFor(() => {
      expect(yields().open.replaced()).toBe(1);
    }, PATIENTLY);
    const { browser, open } = yields();
    expect(open.notices).toEqual([expect.stringContaining('merged into the document of the room')]);
    open.document.dispose();
    const again = await browser.enter();
    expect(browser.asked).toHaveLength(1);
    expect([...again.sources].sort()).toEqual(['of ada', 'of bob']);
    await vi.waitFor(() => {
      expect(stays().open.sources).toHaveLength(2);
      expect(again.label()).toContain('with');
    }, PATIENTLY);
  });

  it('[LITE-25] says why it does not go over to the room, and tries again when it is told to', async () => {
    const { stays, yields, all } = await apart('full', () => new Shelf());
    all.forEach(({ browser }) => {
      browser.full = 'no space left';
    });
    meet();
    await vi.waitFor(() => {
      expect(all.flatMap(({ open }) => open.notices)).toHaveLength(1);
    }, PATIENTLY);
    const going = all.find(({ open }) => open.notices.length > 0);
    expect(going?.open.notices[0]).toContain('no space left');
    await vi.waitFor(() => {
      expect(all.map(({ open }) => open.label())).toEqual(['Another version', 'Another version']);
    }, PATIENTLY);
    expect(all.map(({ open }) => open.replaced())).toEqual([0, 0]);
    all.forEach(({ browser }) => {
      browser.full = null;
    });
    going?.open.document.retry();
    await vi.waitFor(() => {
      expect(going?.open.replaced()).toBe(1);
    }, PATIENTLY);
    expect([yields(), stays()]).toContain(going);
  });
});

// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Home, notebook, PATH, stray } from './lite-home';

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

/** Waits until the file holds a text. */
function saved({ files }: Home, text: string): Promise<void> {
  return vi.waitFor(
    () => {
      expect(JSON.stringify(files.get(PATH))).toContain(text);
    },
    { timeout: 10_000 }
  );
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
});

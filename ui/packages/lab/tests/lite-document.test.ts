// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Home, notebook } from './lite-home';

let homes: Home[] = [];

afterEach(() => {
  homes.forEach(home => {
    home.dispose();
  });
  homes = [];
});

function home(...args: ConstructorParameters<typeof Home>): Home {
  const found = new Home(...args);
  homes.push(found);
  return found;
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
});

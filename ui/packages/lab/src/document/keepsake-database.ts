import { BrowserStore } from '../browser-store';
import type { IKeepsake, IKeepsakeStore } from './keepsake';

const BY_DOCUMENT = 'document';

/** Before the name of the lock by which a page shows that it lives. */
const LOCK_PREFIX = 'jupyter-tandem-page:';

/**
 * Keepsakes in IndexedDB.
 *
 * A keepsake of a page that still lives is that page's business. Pages show that they live by a Web Lock, which the
 * browser takes from them whatever way they end; without Web Locks every other page counts as gone.
 */
export class KeepsakeDatabase implements IKeepsakeStore {
  private readonly store = new BrowserStore<IKeepsake>({
    database: 'jupyter-tandem',
    store: 'keepsakes',
    keyPath: [BY_DOCUMENT, 'id'],
    indexes: [BY_DOCUMENT]
  });

  /**
   * @param page Unique name of this page, the `id` of its keepsakes.
   */
  constructor(readonly page: string) {
    holdLock(LOCK_PREFIX + page);
  }

  async put(keepsake: IKeepsake): Promise<void> {
    await this.store.put(keepsake);
  }

  remove(document: string, id: string): Promise<void> {
    return this.store.remove(document, id);
  }

  async find(document: string): Promise<IKeepsake[]> {
    const found = await this.store.find(BY_DOCUMENT, document);
    const alive = await livingPages();
    return found.filter(({ id }) => id !== this.page && !alive.has(LOCK_PREFIX + id));
  }
}

/** Web Locks are there in secure contexts only. */
function locks(): LockManager | undefined {
  return (navigator as Partial<Navigator>).locks;
}

function holdLock(name: string): void {
  // Held until the page ends: the promise is never settled.
  locks()
    ?.request(name, () => new Promise<never>(() => undefined))
    .catch(() => undefined);
}

async function livingPages(): Promise<ReadonlySet<string>> {
  const held = (await locks()?.query())?.held ?? [];
  return new Set(held.map(lock => lock.name ?? ''));
}

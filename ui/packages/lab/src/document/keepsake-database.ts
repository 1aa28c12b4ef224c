import { BrowserStore } from '../browser-store';
import type { IKeepsake, IKeepsakeStore } from './keepsake';

const BY_DOCUMENT = 'document';

/** Before the name of the lock by which a page shows that it lives. */
const LOCK_PREFIX = 'jupyter-tandem-page:';

/** Between the name of a page and the number of a document that was opened in it. */
const NUMBER_MARK = ':';

/**
 * Keepsakes in IndexedDB.
 *
 * A keepsake of another page that still lives is that page's business, and so is one of a document that is open in this
 * page. Pages show that they live by a Web Lock, which the browser takes from them whatever way they end; without Web
 * Locks every other page counts as gone.
 */
export class KeepsakeDatabase implements IKeepsakeStore {
  private readonly store = new BrowserStore<IKeepsake>({
    database: 'jupyter-tandem',
    store: 'keepsakes',
    keyPath: [BY_DOCUMENT, 'id'],
    indexes: [BY_DOCUMENT]
  });

  private readonly openHere = new Set<string>();
  private opened = 0;

  /**
   * @param page Unique name of this page, without a colon.
   */
  constructor(private readonly page: string) {
    holdLock(LOCK_PREFIX + page);
  }

  open(): string {
    this.opened += 1;
    const id = `${this.page}${NUMBER_MARK}${this.opened}`;
    this.openHere.add(id);
    return id;
  }

  close(id: string): void {
    this.openHere.delete(id);
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
    return found.filter(({ id }) => !this.isOpen(id, alive));
  }

  private isOpen(id: string, alive: ReadonlySet<string>): boolean {
    const page = pageOf(id);
    return page === this.page ? this.openHere.has(id) : alive.has(LOCK_PREFIX + page);
  }
}

/** The page in the name of an opened document; earlier versions called a document by its page alone. */
function pageOf(id: string): string {
  return id.split(NUMBER_MARK, 1)[0] ?? id;
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

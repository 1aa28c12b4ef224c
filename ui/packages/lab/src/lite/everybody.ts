import { FIRST_SEED } from '@jupyter-tandem/peer';
import type { IAwarenessProvider, IAwarenessProviderFactory } from '@jupyter/docprovider';
import type { IAwareness } from '@jupyter/ydoc';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { IIdentity } from './identity';
import { Meeting, type IWays } from './meeting';
import type { ILiteSurroundings } from './tokens';

/** The history of what holds nothing but awareness; everybody has the same. */
const NO_HISTORY = FIRST_SEED;

/** Carries the awareness of a room that holds no document: who is there, with which documents. */
export class EverybodyProvider implements IAwarenessProvider {
  readonly awareness: IAwareness;
  private readonly shared: Awareness;
  private readonly doc = new Y.Doc();
  private meeting: Meeting | null = null;
  private disposed = false;

  constructor(
    private readonly options: IAwarenessProviderFactory.IOptions,
    private readonly ways: IWays,
    private readonly identity: IIdentity
  ) {
    this.awareness = options.awareness;
    this.shared = options.awareness;
    identity.changed.connect(this.introduce);
    this.introduce();
    window.addEventListener('pagehide', this.onPageHide);
    window.addEventListener('pageshow', this.onPageShow);
    this.join();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      window.removeEventListener('pagehide', this.onPageHide);
      window.removeEventListener('pageshow', this.onPageShow);
      this.identity.changed.disconnect(this.introduce);
      this.onPageHide();
      this.doc.destroy();
    }
  }

  private join(): void {
    const { options, ways } = this;
    if (ways.config.obstacle !== null || this.meeting !== null) {
      return;
    }
    this.meeting = new Meeting({
      ways,
      doc: this.doc,
      awareness: this.shared,
      document: options.roomID,
      stance: () => ({ lineage: NO_HISTORY, standing: 3 }),
      live: () => true,
      whole: () => null,
      // What is sent for the document here is for nobody.
      apply: () => undefined,
      met: () => undefined,
      shared: () => undefined,
      changed: () => undefined
    });
  }

  private readonly onPageHide = (): void => {
    this.meeting?.dispose();
    this.meeting = null;
  };

  /** The browser may take a page out of its cache as if it had never gone. */
  private readonly onPageShow = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) {
      this.join();
    }
  };

  private readonly introduce = (): void => {
    this.shared.setLocalStateField('user', this.identity.user);
  };
}

/** Makes what carries awareness in JupyterLite. */
export class EverybodyFactory implements IAwarenessProviderFactory {
  constructor(private readonly surroundings: Pick<ILiteSurroundings, 'ways' | 'identity'>) {}

  create(options: IAwarenessProviderFactory.IOptions): EverybodyProvider {
    const { identity, ways } = this.surroundings;
    return new EverybodyProvider(options, ways, identity);
  }
}

import type { IAwarenessProvider, IAwarenessProviderFactory } from '@jupyter/docprovider';
import type { IAwareness } from '@jupyter/ydoc';
import { decodeServer, encode, ProtocolError } from '@jupyter-tandem/protocol';
import { waitMs } from '@jupyter-tandem/sync';
import { Patience, WebSocketTransport, type ITransport } from '@jupyter-tandem/transports';
import type { User } from '@jupyterlab/services';
import type { Awareness } from 'y-protocols/awareness';
import { forgetOthers, ownState, showOthers, whenOwnStateChanges } from './awareness-frames';
import { roomAddress } from './document/address';

/**
 * Carries the awareness of a room that holds no document, such as the one of everybody on the server.
 *
 * It speaks as a stock front end does: there is nothing to acknowledge and no lineage to tell.
 */
export class AwarenessProvider implements IAwarenessProvider {
  readonly awareness: IAwareness;
  private readonly shared: Awareness;
  private readonly user: User.IManager;
  private readonly transport: ITransport;
  private readonly patience: Patience;
  private readonly unwatch: () => void;
  private attempts = 0;
  private disposed = false;

  constructor(options: IAwarenessProviderFactory.IOptions) {
    this.awareness = options.awareness;
    this.shared = options.awareness;
    this.user = options.user;
    const attempt = (): void => {
      this.transport.open();
    };
    const doubt = (): void => {
      this.transport.probe();
    };
    this.patience = new Patience({ window, document }, attempt, doubt);
    const address = roomAddress(options.roomID, {}, options.serverSettings);
    this.transport = new WebSocketTransport({
      resolve: () => Promise.resolve(address),
      events: {
        opened: () => {
          this.attempts = 0;
          this.introduce();
        },
        received: frame => {
          this.receive(frame);
        },
        closed: () => {
          this.wait();
        },
        unreachable: () => {
          this.wait();
        }
      }
    });
    this.unwatch = whenOwnStateChanges(this.shared, this, () => {
      this.introduce();
    });
    this.user.userChanged.connect(this.onUserChanged);
    void this.user.ready.then(() => {
      this.onUserChanged();
    });
    this.transport.open();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    this.unwatch();
    this.user.userChanged.disconnect(this.onUserChanged);
    this.patience.dispose();
    this.transport.dispose();
  }

  private receive(frame: Uint8Array): void {
    try {
      const message = decodeServer(frame);
      if (message.type === 'Awareness') {
        showOthers(this.shared, message.states, this);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw error;
      }
    }
  }

  private wait(): void {
    const { attentive } = this.patience;
    this.patience.wait(waitMs(this.attempts, { chance: Math.random(), attentive }), true);
    this.attempts += 1;
    // Last: those who are told may fail, and the next attempt must not depend on them (CLIENT-22).
    forgetOthers(this.shared, this);
  }

  private introduce(): void {
    const states = ownState(this.shared);
    if (states.length > 0) {
      this.transport.send(encode({ type: 'Awareness', states }));
    }
  }

  private readonly onUserChanged = (): void => {
    if (!this.disposed && this.user.identity !== null) {
      this.shared.setLocalStateField('user', this.user.identity);
    }
  };
}

/** Makes awareness providers. */
export class AwarenessProviderFactory implements IAwarenessProviderFactory {
  create(options: IAwarenessProviderFactory.IOptions): AwarenessProvider {
    return new AwarenessProvider(options);
  }
}

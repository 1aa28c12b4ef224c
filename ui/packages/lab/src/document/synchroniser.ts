import { decodeServer, encode, ProtocolError, type RunCommand } from '@jupyter-tandem/protocol';
import {
  AcknowledgedBase,
  mayWrite,
  SyncSession,
  YReplica,
  type Effect,
  type IBequest,
  type Input,
  type ISessionState
} from '@jupyter-tandem/sync';
import {
  Patience,
  WebSocketTransport,
  type IAddress,
  type ISurroundings,
  type ITransport,
  type ITransportEvents
} from '@jupyter-tandem/transports';
import { Signal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import * as Y from 'yjs';
import { forgetOthersSoon, ownState, showOthers, whenOwnStateChanges } from '../awareness-frames';
import { applyArrived } from './arrived';
import { contentAsKept, contentOf, touchesContent, touchesWriting } from './content';
import type { SharedDocument } from './content';
import { Saves } from './saves';
import { Backlog } from './backlog';
import { SyncSignals } from './sync-signals';
import { Vigil } from './vigil';

/** How often the base of merges is looked at while nothing is pending. */
const SETTLE_EVERY_MS = 30_000;

/** What a synchroniser needs of its surroundings. */
export interface ISynchroniserOptions {
  readonly model: SharedDocument;
  /** Finds the room; see `IWebSocketOptions.resolve`. */
  readonly resolve: (signal: AbortSignal) => Promise<IAddress>;
  /** Told how a connection ended, before the next one is resolved. */
  readonly closed: (code: number, reason: string) => void;
  readonly surroundings: ISurroundings;
  /** Milliseconds that never step back. */
  readonly now: () => number;
  /** A number from [0, 1). */
  readonly chance: () => number;
  /** Makes the transport; WebSocket unless said otherwise. */
  readonly transport?: (options: {
    resolve: (signal: AbortSignal) => Promise<IAddress>;
    events: ITransportEvents;
  }) => ITransport;
}

/**
 * Carries out what the sync session decides: the imperative shell round it.
 *
 * Inputs are taken one after another; one that arises while effects are carried out waits its turn.
 */
export class Synchroniser extends SyncSignals implements IDisposable {
  private readonly session: SyncSession;
  private readonly replica: YReplica;
  private readonly base: AcknowledgedBase;
  private readonly transport: ITransport;
  private readonly patience: Patience;
  private readonly saves = new Saves(number => {
    this.input({ kind: 'save', number });
  });
  private readonly waiting: Input[] = [];
  private shown: ISessionState;
  private readonly doubt = (): void => {
    this.transport.probe();
  };
  private readonly vigil = new Vigil({
    settled: () => {
      this.input({ kind: 'settled' });
    },
    doubt: this.doubt,
    reweigh: () => {
      this.input({ kind: 'reweighed' });
    },
    now: () => this.options.now()
  });
  private readonly backlog = new Backlog();
  private readonly unwatch: () => void;
  private readonly restTimer: ReturnType<typeof setInterval>;
  private disposed = false;

  constructor(private readonly options: ISynchroniserOptions) {
    super();
    const { model } = options;
    this.replica = new YReplica(model.ydoc);
    this.session = new SyncSession(this.replica);
    this.shown = this.session.state;
    this.base = new AcknowledgedBase(() => this.replica.state());
    const attempt = (): void => {
      this.transport.open();
    };
    this.patience = new Patience(options.surroundings, attempt, this.doubt);
    const transport = options.transport ?? (given => new WebSocketTransport(given));
    this.transport = transport({ resolve: options.resolve, events: this.transportEvents() });
    model.ydoc.on('beforeTransaction', this.onBeforeTransaction);
    model.ydoc.on('update', this.onUpdate);
    this.unwatch = whenOwnStateChanges(model.awareness, this, () => {
      this.introduce();
    });
    this.restTimer = setInterval(() => {
      if (this.state.pending === 0) {
        this.base.settle(options.now());
      }
    }, SETTLE_EVERY_MS);
  }

  /** How things stand. */
  get state(): ISessionState {
    return this.session.state;
  }

  /** When the oldest edit was made that is not acknowledged, by the clock of the options; `null` where all are. */
  get pendingSince(): number | null {
    return this.backlog.since;
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  /** Begins to connect. */
  start(): void {
    this.transport.open();
  }

  /** Connects again, at the person's wish. */
  reconnect(): void {
    this.input({ kind: 'retry' });
  }

  /** Leaves this connection; the next one asks anew where to go. */
  leave(): void {
    this.transport.close(CLOSED_BY_US, '');
    this.reconnect();
  }

  /** Asks the server to write the file; rejects with a sentence where that did not happen. */
  save(): Promise<void> {
    return this.saves.request();
  }

  /** Asks for something to be done with the kernel; the answer comes by {@link runAnswered}. */
  command(command: RunCommand): void {
    this.input({ kind: 'command', command });
  }

  /** Hands in edits that an earlier page left. */
  inherit(bequest: IBequest): void {
    this.input({ kind: 'inherited', bequest });
  }

  /** Applies the state an earlier page left; what is new in it counts as edited here. */
  apply(state: Uint8Array): void {
    Y.applyUpdate(this.options.model.ydoc, state, RESTORED);
  }

  /**
   * The whole document, and how it was when everything in it was acknowledged, each as one update; with how many edits
   * were made since. `null` where none was.
   */
  snapshot(): { edits: number; base: Uint8Array | null; ours: Uint8Array } | null {
    const edits = this.session.unacknowledged;
    return edits === 0 ? null : { edits, base: this.base.state, ours: this.replica.state() };
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    const { model } = this.options;
    model.ydoc.off('beforeTransaction', this.onBeforeTransaction);
    model.ydoc.off('update', this.onUpdate);
    this.unwatch();
    clearInterval(this.restTimer);
    this.vigil.dispose();
    this.patience.dispose();
    this.transport.dispose();
    this.saves.lose();
    Signal.clearData(this);
  }

  // -- What happens ----------------------------------------------------------------------------------------

  private transportEvents(): ITransportEvents {
    return {
      opened: () => {
        this.input({ kind: 'opened' });
      },
      received: frame => {
        this.input(read(frame));
      },
      closed: (code, reason) => {
        this.options.closed(code, reason);
        this.input({ kind: 'closed', code, reason, ...this.circumstances() });
      },
      unreachable: (status, reason) => {
        this.input({ kind: 'unreachable', status, reason, ...this.circumstances() });
      }
    };
  }

  private circumstances(): { chance: number; attentive: boolean } {
    return { chance: this.options.chance(), attentive: this.patience.attentive };
  }

  private readonly onBeforeTransaction = (transaction: Y.Transaction): void => {
    if (transaction.origin === this) {
      return;
    }
    transaction.doc.on('update', this.onUpdate);
    // What an earlier page left may wait still; it is not in the document.
    const allAcknowledged = this.session.unacknowledged === 0;
    if (this.state.loaded && allAcknowledged && mayWrite(this.state)) {
      this.base.beforeEdit(this.options.now());
    }
  };

  private readonly onUpdate = (
    update: Uint8Array,
    origin: unknown,
    _doc: Y.Doc,
    transaction: Y.Transaction
  ): void => {
    if (origin === this) {
      return;
    }
    const stray = !mayWrite(this.state) && touchesWriting(transaction);
    this.input({ kind: 'edited', update, edits: touchesContent(transaction) ? 1 : 0 });
    if (stray) {
      this.tellStrayed.emit();
    }
  };

  private introduce(): void {
    const states = ownState(this.options.model.awareness);
    if (states.length > 0) {
      this.input({ kind: 'present', states });
    }
  }

  // -- What is done about it -------------------------------------------------------------------------------

  private input(input: Input): void {
    if (this.disposed) {
      return;
    }
    this.waiting.push(input);
    if (this.waiting.length > 1) {
      return;
    }
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      this.take(next);
      this.waiting.shift();
    }
    this.show();
  }

  /** Never throws: what has not left the queue would keep everything behind it there for good. */
  private take(input: Input): void {
    let effects: Effect[] = [];
    guarded(() => {
      effects = this.session.handle(input);
      this.follow();
    });
    effects.forEach(effect => {
      guarded(() => {
        this.carryOut(effect);
      });
    });
  }

  private carryOut(effect: Effect): void {
    // The table pairs every kind with the action for that very kind, which TypeScript cannot follow.
    (this.actions[effect.kind] as (effect: Effect) => void)(effect);
  }

  private readonly actions: {
    readonly [K in Effect['kind']]: (effect: Extract<Effect, { kind: K }>) => void;
  } = {
    send: ({ message }) => {
      this.transport.send(encode(message));
    },
    apply: ({ update }) => {
      if (this.replica.empty) {
        this.load(update);
      } else {
        applyArrived(this.options.model.ydoc, update, this);
      }
    },
    show: ({ states }) => {
      showOthers(this.options.model.awareness, states, this);
    },
    introduce: () => {
      this.introduce();
    },
    synced: () => {
      this.tellSynced.emit();
    },
    restore: ({ id }) => {
      this.tellRestoring.emit(id);
    },
    'handed-over': effect => {
      this.tellHandedOver.emit(effect);
    },
    'save-answered': ({ number, outcome }) => {
      this.saves.answer(number, outcome);
    },
    gather: () => {
      this.gather();
    },
    replace: ({ replacement }) => {
      this.tellReplaced.emit(replacement);
    },
    notify: effect => {
      this.tellNotified.emit(effect);
    },
    'run-answered': ({ answer }) => {
      this.tellRunAnswered.emit(answer);
    },
    executing: ({ news }) => {
      this.tellExecuting.emit(news);
    },
    'hang-up': ({ code, reason }) => {
      this.transport.close(code, reason);
    },
    reconnect: ({ afterMs, hasty }) => {
      this.patience.wait(afterMs, hasty);
    }
  };

  /** Fills the empty document with the first update of an answer; it may be large, and is encoded for nobody. */
  private load(whole: Uint8Array): void {
    const { ydoc } = this.options.model;
    // What watches the document may edit it while it is being applied; such an edit begins to listen again.
    this.base.adopt(whole, this.options.now());
    ydoc.off('update', this.onUpdate);
    try {
      Y.applyUpdate(ydoc, whole, this);
    } finally {
      ydoc.on('update', this.onUpdate);
    }
  }

  private gather(): void {
    const { model } = this.options;
    const base = contentAsKept(model, this.base.state);
    this.input({ kind: 'gathered', base, ours: contentOf(model) });
  }

  private follow(): void {
    this.backlog.note(this.state, this.options.now());
    this.vigil.follow(this.state, this.backlog.since);
    const away = (): boolean => !this.disposed && ['apart', 'ended'].includes(this.state.phase);
    if (away()) {
      forgetOthersSoon(this.options.model.awareness, this, away);
    }
  }

  private show(): void {
    if (this.state !== this.shown) {
      this.shown = this.state;
      this.tellChanged.emit(this.shown);
    }
  }
}

/** Origin of transactions that bring back what an earlier page left. */
const RESTORED = Symbol('restored');
/** Close code of a connection given up at will. */
const CLOSED_BY_US = 1000;

/** Whoever watches the document may fail; the document is whole, and what comes next must not wait for them. */
function guarded(task: () => void): void {
  try {
    task();
  } catch (error) {
    setTimeout(() => {
      throw error;
    }, 0);
  }
}

function read(frame: Uint8Array): Input {
  try {
    return { kind: 'received', message: decodeServer(frame) };
  } catch (error) {
    if (error instanceof ProtocolError) {
      return { kind: 'garbled', reason: error.message };
    }
    throw error;
  }
}

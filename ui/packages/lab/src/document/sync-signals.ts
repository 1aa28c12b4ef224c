import type { IExecution, IMergeAnswer, INotice, IRunAnswer } from '@jupyter-tandem/protocol';
import type { ISessionState, Replacement } from '@jupyter-tandem/sync';
import { Signal, type ISignal } from '@lumino/signaling';

/** What became of edits that an earlier page left. */
export interface IHandover {
  readonly id: string;
  readonly answer: IMergeAnswer;
}

/** What others may hear of a document that is kept in step. */
export abstract class SyncSignals {
  protected readonly tellChanged = new Signal<this, ISessionState>(this);
  protected readonly tellSynced = new Signal<this, void>(this);
  protected readonly tellReplaced = new Signal<this, Replacement>(this);
  protected readonly tellNotified = new Signal<this, INotice>(this);
  protected readonly tellHandedOver = new Signal<this, IHandover>(this);
  protected readonly tellRestoring = new Signal<this, string>(this);
  protected readonly tellStrayed = new Signal<this, void>(this);
  protected readonly tellRunAnswered = new Signal<this, IRunAnswer>(this);
  protected readonly tellExecuting = new Signal<this, IExecution>(this);

  /** Something about the state changed. */
  get changed(): ISignal<this, ISessionState> {
    return this.tellChanged;
  }

  /** The document holds what the server holds. */
  get synced(): ISignal<this, void> {
    return this.tellSynced;
  }

  /** The document has to make way for a fresh one. */
  get replaced(): ISignal<this, Replacement> {
    return this.tellReplaced;
  }

  /** The server has something to tell the person. */
  get notified(): ISignal<this, INotice> {
    return this.tellNotified;
  }

  /** Edits of an earlier page were handed over, or refused. */
  get handedOver(): ISignal<this, IHandover> {
    return this.tellHandedOver;
  }

  /** Edits of an earlier page are to be applied now; the argument is their id. */
  get restoring(): ISignal<this, string> {
    return this.tellRestoring;
  }

  /** Somebody without the right changed what people write. */
  get strayed(): ISignal<this, void> {
    return this.tellStrayed;
  }

  /** A run command was answered. */
  get runAnswered(): ISignal<this, IRunAnswer> {
    return this.tellRunAnswered;
  }

  /** There is news of the kernel or of runs. */
  get executing(): ISignal<this, IExecution> {
    return this.tellExecuting;
  }
}

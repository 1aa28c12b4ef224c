import type { IRival, IWhole } from '@jupyter-tandem/peer';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { contentOf, type SharedDocument } from '../document/content';
import { adopt, contentIn, type Choice, type IAdopted, type IDifference } from './beginning';
import { canonical } from './canonical';
import type { DriveFile } from './file';
import { equal } from './merge/value';
import type { IHistory } from './seed';
import type { ILiteSurroundings } from './tokens';

/** So many peers may leave, or change their mind, while they are asked for the document. */
const ATTEMPTS = 5;

/** What a changeover needs. */
export interface IChangeoverOptions {
  readonly model: SharedDocument;
  readonly file: DriveFile;
  readonly surroundings: Pick<ILiteSurroundings, 'ask' | 'keepCopies' | 'original'>;
  /** Keeps a history in place of the present one, for the document to begin with when it is opened anew. */
  readonly replace: (history: IHistory) => Promise<void>;
  /** Whether the document was closed. */
  readonly isOver: () => boolean;
  /** Nothing came of going over while the document is worked in, for a reason that lies here and not with the peer. */
  readonly failed: (reason: unknown) => void;
}

/** The person keeps their own copy, apart from the room. */
export const APART = Symbol('apart');

/** Nothing came of it. */
const FAILED = Symbol('failed');

/** Goes over to the history that a room has, if the person wants it. */
export class Changeover {
  private going = false;
  /** Whom one was to go over to while one was on the way to another. */
  private next: IRival | null = null;
  /** What the person chose last, but for staying apart: who thinks again is asked again. */
  private answered: { readonly about: JSONObject; readonly choice: Choice } | null = null;

  constructor(private readonly options: IChangeoverOptions) {}

  /**
   * Waits for the room before the document opens, and takes what it has.
   *
   * @param mine The history to begin with if nobody is there, or `null`.
   * @param search Waits for a peer to go over to; `null` where there is none.
   */
  async before(
    mine: IHistory | null,
    search: () => Promise<IRival | null>
  ): Promise<IHistory | typeof APART | null> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const rival = await search();
      if (rival === null || this.options.isOver()) {
        return mine;
      }
      const whole = await rival.ask().catch(() => null);
      if (whole === null || !rival.isCurrent()) {
        continue;
      }
      const content = mine === null ? '' : contentIn(this.options.model, mine.state);
      // What cannot be gone over to is no reason to open nothing; the peer is met again when the document is open.
      const adopted = await this.adopt(whole, content).catch((): typeof FAILED => FAILED);
      if (adopted === FAILED) {
        return mine;
      }
      if (adopted === null) {
        return APART;
      }
      if (rival.isCurrent()) {
        return adopted.history;
      }
    }
    return mine;
  }

  /**
   * Goes over to the history of a room that was met while the document is worked in.
   *
   * @returns What the document begins anew with; `null` where nothing comes of it, or it is being done already.
   */
  async during(rival: IRival): Promise<IAdopted | typeof APART | null> {
    if (this.going) {
      if (this.next?.isCurrent() !== true) {
        this.next = rival;
      }
      return null;
    }
    this.going = true;
    try {
      return await this.attemptEach(rival);
    } finally {
      this.going = false;
    }
  }

  private async attemptEach(first: IRival): Promise<IAdopted | typeof APART | null> {
    let found: IAdopted | typeof APART | null = null;
    const reasons: unknown[] = [];
    for (let rival: IRival | null = first; rival !== null && found === null; rival = this.next) {
      this.next = null;
      // The peer may leave: whoever is met next is asked.
      found = await this.attempt(rival).catch((reason: unknown) => {
        reasons.push(reason);
        return null;
      });
    }
    if (found === null && reasons.length > 0 && !this.options.isOver()) {
      this.options.failed(reasons.at(-1));
    }
    return found;
  }

  private async attempt(rival: IRival): Promise<IAdopted | typeof APART | null> {
    const { file, isOver, model, replace } = this.options;
    while (!isOver() && rival.isCurrent()) {
      const whole = await this.wholeOf(rival);
      if (whole === null) {
        return null;
      }
      const mine = canonical(contentOf(model));
      const adopted = await this.adopt(whole, mine);
      if (adopted === null) {
        // That is for whoever is in the room.
        return isOver() ? null : APART;
      }
      if (isOver() || !rival.isCurrent()) {
        return null;
      }
      await file.write().catch(() => undefined);
      await replace(adopted.history);
      if (equal(canonical(contentOf(model)), mine)) {
        return adopted;
      }
      // Something was written meanwhile: once more, with that.
    }
    return null;
  }

  /** All that a peer has; `null` where it leaves meanwhile, or is nobody to go over to any more. */
  private async wholeOf(rival: IRival): Promise<IWhole | null> {
    const whole = await rival.ask().catch(() => null);
    return this.options.isOver() || !rival.isCurrent() ? null : whole;
  }

  private adopt(whole: IWhole, mine: JSONValue): Promise<IAdopted | null> {
    const { file, model, surroundings } = this.options;
    return adopt({
      model,
      whole,
      mine,
      base: () => surroundings.original(file.path, file.format),
      ask: difference => this.ask(difference)
    });
  }

  /** Asks once about the same two copies, though a peer may leave meanwhile and another one have the room's as well. */
  private async ask(difference: IDifference): Promise<Choice> {
    const { file, surroundings } = this.options;
    if (this.answered !== null && equal(this.answered.about, { ...difference })) {
      return this.answered.choice;
    }
    const choice = await surroundings.ask(file.path, difference);
    if (choice !== 'apart') {
      await surroundings.keepCopies(file, difference);
      this.answered = { about: { ...difference }, choice };
    }
    return choice;
  }
}

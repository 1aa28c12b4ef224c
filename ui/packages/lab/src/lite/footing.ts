import type { IStance, Standing } from '@jupyter-tandem/peer';
import type { JSONValue } from '@lumino/coreutils';
import { isBlank } from './beginning';
import { canonical, sameWork } from './canonical';
import type { IHistory } from './seed';

/** Which history a document has or would begin with, and how firmly it stands in it (LITE-9). */
export class Footing {
  /** `null` while there is nothing but a place for what the room has. */
  history: IHistory | null = null;
  /** What the site itself has in this place, in canonical form; `null` where it has nothing, or before it has answered. */
  original: JSONValue = null;
  private standing: Standing = 0;
  private isShared = false;

  get stance(): IStance {
    return { lineage: this.history?.lineage ?? null, standing: this.standing };
  }

  /** Whether somebody else has the same history. */
  get shared(): boolean {
    return this.isShared;
  }

  /** Takes what this browser has; it is not open yet, so it yields to whoever works in theirs. */
  take(history: IHistory | null, content: JSONValue): void {
    this.history = history;
    this.standing = isBlank(content) ? 0 : 1;
  }

  /** Begins with a history. */
  begin(history: IHistory, shared: boolean, content: JSONValue): void {
    this.history = history;
    this.isShared = shared;
    this.settle(content);
  }

  /**
   * Notes that somebody else has the same history.
   *
   * @returns Whether that made it stand firmer.
   */
  share(content: JSONValue): boolean {
    this.isShared = true;
    return this.settle(content);
  }

  /**
   * Notes an edit: there may be something now in what nobody would have missed.
   *
   * @returns Whether that made it stand firmer.
   */
  fill(content: () => JSONValue): boolean {
    return this.standing < WORKED_IN && this.settle(content());
  }

  /** Stands as firmly as there is reason to; what nobody would miss yields to everything. */
  private settle(content: JSONValue): boolean {
    const standing = isBlank(content) ? 0 : this.reason(content);
    if (this.standing >= standing) {
      return false;
    }
    this.standing = standing;
    return true;
  }

  private reason(content: JSONValue): Standing {
    if (this.isShared) {
      return SHARED;
    }
    return sameWork(canonical(content), this.original) ? UNCHANGED : WORKED_IN;
  }
}

const UNCHANGED = 2;
const WORKED_IN = 3;
const SHARED = 4;

import type { IMergeAnswer } from '@jupyter-tandem/protocol';
import type { Effect } from './effect';

/** What becomes of a merge that is not even asked for. */
export const NOT_ALLOWED: IMergeAnswer = { status: 'refused', conflicts: 0, message: '' };

/** Hands in content for a merge into a document of another lineage. */
export function propose(base: unknown, ours: unknown, lineage: string): Effect {
  return { kind: 'send', message: { type: 'MergeRequest', body: { base, ours, lineage } } };
}

/** What was edited here on its way into a document of another lineage, in as many steps as it takes (CLIENT-6). */
export class OwnMerge {
  private proposed: unknown = null;
  private taken: { readonly content: unknown } | null = null;
  private _conflicts = 0;

  /** How many places kept both sides so far. */
  get conflicts(): number {
    return this._conflicts;
  }

  /** Hands in what is here; what was taken before is on both sides, and where the next edits start from. */
  propose(base: unknown, ours: unknown, lineage: string): Effect {
    this.proposed = ours;
    return propose(this.taken === null ? base : this.taken.content, ours, lineage);
  }

  /** Notes that what was handed in last was merged. */
  merged({ conflicts }: IMergeAnswer): void {
    this.taken = { content: this.proposed };
    this._conflicts += conflicts;
  }
}

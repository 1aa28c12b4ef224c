import type { IBequest } from './input';

/** What earlier pages left and is not yet the server's. */
export class Bequests {
  private left: readonly IBequest[] = [];

  /** How many edits they hold. */
  get edits(): number {
    return this.left.reduce((edits, bequest) => edits + bequest.edits, 0);
  }

  add(bequest: IBequest): void {
    this.left = [...this.left, bequest];
  }

  remove(id: string): void {
    this.left = this.left.filter(bequest => bequest.id !== id);
  }

  /** The first one that cannot simply be applied to a document of `lineage`, or `null`. */
  foreign(lineage: string | undefined, writable: boolean): IBequest | null {
    return this.left.find(bequest => !writable || bequest.lineage !== lineage) ?? null;
  }

  /** Gives up all that are left, oldest first. */
  take(): readonly IBequest[] {
    const { left } = this;
    this.left = [];
    return left;
  }
}

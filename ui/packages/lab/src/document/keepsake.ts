/** Edits that the server did not have when they were written down, with all that is needed to hand them over. */
export interface IKeepsake {
  /** Unique name of the page that wrote it down; at most one keepsake a page and document. */
  readonly id: string;
  /** Who made the edits, on which server, in which document. */
  readonly document: string;
  readonly lineage: string;
  /** How many edits they are. */
  readonly edits: number;
  /** The whole document at a point when everything in it was acknowledged, as one update, or `null`. */
  readonly base: Uint8Array | null;
  /** The whole document with the edits, as one update. */
  readonly ours: Uint8Array;
}

/** Where keepsakes survive the page. */
export interface IKeepsakeStore {
  /** Writes one down, in place of the one with the same id and document; durable when the promise resolves. */
  put(keepsake: IKeepsake): Promise<void>;
  /** Forgets one; nothing happens where there is none. */
  remove(document: string, id: string): Promise<void>;
  /** What pages that are gone have left for a document, oldest first. */
  find(document: string): Promise<IKeepsake[]>;
}

/** The name under which one person's edits to one document are kept. */
export function keepsakeName(username: string, server: string, fileId: string): string {
  return JSON.stringify([username, server, fileId]);
}

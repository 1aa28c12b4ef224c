import { isReadable, isStateOf, type SharedDocument } from './content';

/** Edits that the server did not have when they were written down, with all that is needed to hand them over. */
export interface IKeepsake {
  /** Unique name of the opened document that wrote it down, see `IKeepsakeStore.open`; it has at most one keepsake. */
  readonly id: string;
  /** Who made the edits, on which server, in which document, opened as what: see `keepsakeName`. */
  readonly document: string;
  readonly lineage: string;
  /** How many edits they are. */
  readonly edits: number;
  /** The whole document at a point when everything in it was acknowledged, as one update, or `null`. */
  readonly base: Uint8Array | null;
  /** The whole document with the edits, as one update. */
  readonly ours: Uint8Array;
}

/** Where keepsakes survive the document that was open, and the page. */
export interface IKeepsakeStore {
  /** A name of its own for a document that is opened; what it writes down is its own business until it is closed. */
  open(): string;
  /** The document of this name was closed, what it wrote down is written: whoever opens it next may find it. */
  close(id: string): void;
  /** Writes one down, in place of the one with the same id and document; durable when the promise resolves. */
  put(keepsake: IKeepsake): Promise<void>;
  /** Forgets one; nothing happens where there is none. */
  remove(document: string, id: string): Promise<void>;
  /** What was left for a document by those who had it open, be it in pages that are gone or in this one. */
  find(document: string): Promise<IKeepsake[]>;
}

/**
 * The name under which one person's edits to one document are kept.
 *
 * @param room Name of the document's room: a notebook that is opened as text is another document.
 */
export function keepsakeName(username: string, server: string, room: string): string {
  return JSON.stringify([username, server, room]);
}

/** The name that earlier versions gave, which does not say what a file was opened as. */
export function formerName(username: string, server: string, fileId: string): string {
  return JSON.stringify([username, server, fileId]);
}

/**
 * What was left under either name, for a document of the type of `model`; what is of another type, or cannot be read, is
 * left where it is. The present name says the type, and a document may hold more than its type knows.
 *
 * @throws What the store throws.
 */
export async function findLeft(
  store: IKeepsakeStore,
  names: { readonly present: string; readonly former: string },
  model: SharedDocument
): Promise<IKeepsake[]> {
  const former = await store.find(names.former);
  const present = await store.find(names.present);
  return [
    ...former.filter(({ ours }) => isStateOf(model, ours)),
    ...present.filter(({ ours }) => isReadable(ours))
  ];
}

/** What comes in time, or `null`; it must not reject. */
export async function within<T>(limitMs: number, answer: Promise<T>): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => {
      resolve(null);
    }, limitMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

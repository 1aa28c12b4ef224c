import type { Contents } from '@jupyterlab/services';
import type { JSONValue } from '@lumino/coreutils';
import { digestOf } from './beginning';
import { shelfOf, type IHistoryStore } from './store';

/** A file that a link leads to. */
export interface IInvitation {
  readonly path: string;
  readonly type: string;
  readonly format: string;
}

/** A notebook or text with nothing in it. */
export function blank(format: string): JSONValue {
  return format === 'json' ? { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 } : '';
}

/**
 * Makes a place for a document that a link leads to and that is not in this browser (LITE-6).
 *
 * JupyterLab opens only files that are there. What is made is marked as nobody's content, so the room's takes its place.
 */
export async function makePlace(
  drive: Contents.IDrive,
  store: IHistoryStore,
  room: string,
  { format, path, type }: IInvitation
): Promise<void> {
  if (await exists(drive, path)) {
    return;
  }
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join('/');
    if (!(await exists(drive, folder))) {
      await drive.save(folder, { type: 'directory' });
    }
  }
  const content = blank(format);
  await drive.save(path, { type, format: format as Contents.FileFormat, content });
  const kind = `${format}:${type}`;
  await store.put({
    shelf: shelfOf(room, kind),
    kind,
    path,
    name: path,
    lineage: null,
    state: new Uint8Array(),
    saved: await digestOf(content),
    saving: '',
    shared: false,
    writer: ''
  });
}

async function exists(drive: Contents.IDrive, path: string): Promise<boolean> {
  return drive.get(path, { content: false }).then(
    () => true,
    () => false
  );
}

/** The files an address leads to, as JupyterLite reads it. */
export function pathsIn(query: string): string[] {
  return new URLSearchParams(query)
    .getAll('path')
    .map(path => path.replace(/^\/+/, ''))
    .filter(path => path !== '' && !path.endsWith('/'));
}

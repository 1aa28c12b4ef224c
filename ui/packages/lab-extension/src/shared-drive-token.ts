import type { SharedDrive } from '@jupyter-tandem/lab';
import { Token } from '@lumino/coreutils';

/** The drive of what others share on this Hub; `null` in servers of no Hub and for guests. */
export const ISharedDrive = new Token<SharedDrive | null>(
  '@jupyter-tandem/lab-extension:ISharedDrive',
  'What others share on this JupyterHub, as a drive of the contents manager.'
);

import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';
import type { SharedDrive } from './shared-drive';
import { SHARED_DRIVE } from './shared-drive';

type Manager = Pick<Contents.IManager, 'copy' | 'rename' | 'driveName' | 'localPath'>;

/** What is told when something cannot go from one drive to the other. */
export interface IAcrossWords {
  /** Something is to be put among what others share. */
  readonly notThere: string;
}

/**
 * Lets files be copied from what others share into one's own: by copy and paste, and by dragging, which would be
 * called a move. The original stays where it is. The other way there is nowhere to put them, and a sentence says so.
 *
 * @param copied Hears of every copy.
 */
export function copyAcrossDrives(
  contents: Manager,
  drive: Pick<SharedDrive, 'copyOut'>,
  words: IAcrossWords,
  copied: (model: Contents.IModel) => void
): void {
  const copy = contents.copy.bind(contents);
  const rename = contents.rename.bind(contents);
  const out = async (path: string, folder: string): Promise<Contents.IModel> => {
    const model = await drive.copyOut(contents.localPath(path), contents.localPath(folder));
    copied(model);
    return model;
  };
  const across = (from: string, to: string): boolean =>
    contents.driveName(from) !== contents.driveName(to);
  const isShared = (path: string): boolean => contents.driveName(path) === SHARED_DRIVE;

  contents.copy = async (from, to) => {
    if (!across(from, to)) {
      return copy(from, to);
    }
    if (isShared(to)) {
      throw new Error(words.notThere);
    }
    return isShared(from) ? out(from, to) : copy(from, to);
  };
  contents.rename = async (from, to) => {
    if (!across(from, to)) {
      return rename(from, to);
    }
    if (isShared(to)) {
      throw new Error(words.notThere);
    }
    return isShared(from) ? out(from, PathExt.dirname(to)) : rename(from, to);
  };
}

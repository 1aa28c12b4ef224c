import type { IDifference } from './beginning';
import type { DriveFile } from './file';

/** A name for a copy beside the file: `a.ipynb` → `a-mine-20260131-090507.ipynb`. */
export function copyPath(path: string, whose: 'mine' | 'room', at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`;
  const time = `${two(at.getHours())}${two(at.getMinutes())}${two(at.getSeconds())}`;
  const slash = path.lastIndexOf('/');
  const dot = path.lastIndexOf('.');
  const [stem, end] = dot > slash + 1 ? [path.slice(0, dot), path.slice(dot)] : [path, ''];
  return `${stem}-${whose}-${day}-${time}${end}`;
}

/** Writes both copies beside the file, so that whatever is chosen nothing is lost (LITE-13). */
export async function keepCopies(file: DriveFile, { mine, theirs }: IDifference): Promise<void> {
  const at = new Date();
  await file.copy(copyPath(file.path, 'mine', at), mine);
  await file.copy(copyPath(file.path, 'room', at), theirs);
}

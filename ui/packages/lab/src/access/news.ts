import type { IRights } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';

/** What somebody is told when their role has changed. */
export interface IAccessNews {
  readonly type: 'success' | 'info' | 'warning';
  readonly message: string;
  /** Whether there are edits that can only be kept as a copy. */
  readonly copy: boolean;
}

/**
 * What to tell about other rights than before (SHAREUI-11); `null` for nothing.
 *
 * @param before As they were; `null` where they were not known.
 * @param edits How many edits are not saved.
 */
export function accessNews(
  before: IRights | null,
  after: IRights,
  name: string,
  edits: number,
  trans: TranslationBundle
): IAccessNews | null {
  if (before === null || before.role === after.role) {
    return null;
  }
  if (!after.actions.includes('write') && before.actions.includes('write')) {
    return lowered(name, edits, trans);
  }
  return {
    type: after.actions.includes('write') ? 'success' : 'info',
    message: gained(after.role, name, trans),
    copy: false
  };
}

function lowered(name: string, edits: number, trans: TranslationBundle): IAccessNews {
  const sentence = trans.__('You can now read “%1”, but not change it any more.', name);
  if (edits === 0) {
    return { type: 'info', message: sentence, copy: false };
  }
  const lost = trans._n(
    'Your last edit was not saved.',
    'Your last %1 edits were not saved.',
    edits
  );
  return { type: 'warning', message: `${sentence} ${lost}`, copy: true };
}

function gained(role: string, name: string, trans: TranslationBundle): string {
  switch (role) {
    case 'viewer':
      return trans.__('You can now read “%1”.', name);
    case 'commenter':
      return trans.__('You can now comment on “%1”.', name);
    case 'suggester':
      return trans.__('You can now suggest changes to “%1”.', name);
    case 'manager':
      return trans.__('You can now edit and share “%1”.', name);
    default:
      return trans.__('You can now edit “%1”.', name);
  }
}

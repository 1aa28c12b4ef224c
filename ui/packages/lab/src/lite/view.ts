import { BEGINNING } from '@jupyter-tandem/sync';
import type { IDocumentView } from '../document/tokens';
import type { ILiteConfig } from './config';
import type { DriveFile } from './file';
import type { Meeting } from './meeting';
import type { ILiteView } from './words';

/**
 * A document without a server, for those who know documents of a server only.
 *
 * Nothing waits for anybody's acknowledgement, and everybody may write.
 */
export function inARoom({ path, loaded }: { path: string; loaded: boolean }): IDocumentView {
  return {
    session: { ...BEGINNING, phase: loaded ? 'live' : 'apart', loaded },
    pendingSince: null,
    kept: true,
    fork: false,
    path
  };
}

/** What a document's view is made of. */
export interface ILiteParts extends Pick<ILiteView, 'apart' | 'phase'> {
  readonly config: ILiteConfig;
  readonly file: DriveFile;
  readonly meeting: Meeting | null;
}

/** How a document stands now. */
export function liteView({ apart, config, file, meeting, phase }: ILiteParts): ILiteView {
  const peers = meeting?.peers ?? [];
  const { strangers, refusal } = meeting?.state ?? { strangers: false, refusal: null };
  return {
    phase,
    obstacle: config.obstacle,
    flaws: config.flaws,
    room: config.room,
    apart,
    peers: peers.filter(({ together }) => together).length,
    divided: peers.filter(({ apart: elsewhere }) => elsewhere).length,
    signaling: meeting?.signaling ?? [],
    refusal,
    strangers,
    pendingSince: file.pendingSince,
    problem: file.problem,
    savedAt: file.savedAt
  };
}

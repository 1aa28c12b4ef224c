import type { IDocumentView } from '../document/tokens';

/**
 * A document without a server, for those who know documents of a server only.
 *
 * Nothing waits for anybody's acknowledgement, and everybody may write.
 */
export function inARoom({ path, loaded }: { path: string; loaded: boolean }): IDocumentView {
  return {
    session: {
      phase: loaded ? 'live' : 'apart',
      loaded,
      lineage: null,
      pending: 0,
      acknowledged: 0,
      strays: 0,
      hello: null,
      rights: null,
      status: null,
      ending: null,
      reason: '',
      attempts: 0
    },
    pendingSince: null,
    kept: true,
    fork: false,
    path
  };
}

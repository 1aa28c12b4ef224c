import { CLOSE } from '@jupyter-tandem/protocol';
import type { Ending } from './state';

/**
 * What to do about a connection that ended or did not come about.
 *
 * - `retry`: with back-off. - `resync`: the same, but three times at most, since the fault may be ours.
 * - `redirect`: at once, since the server said where to go; with back-off when it says so again.
 * - `wait`: once the server's block is over. - `end`: not by ourselves.
 */
export type Reaction =
  | { readonly kind: 'retry' | 'resync' | 'redirect' | 'wait' }
  | { readonly kind: 'end'; readonly ending: Ending };

const BY_CODE: ReadonlyMap<number, Reaction> = new Map<number, Reaction>([
  [CLOSE.unknownSession, { kind: 'redirect' }],
  [CLOSE.malformed, { kind: 'resync' }],
  [CLOSE.notAllowed, { kind: 'end', ending: 'not-allowed' }],
  [CLOSE.notFound, { kind: 'end', ending: 'not-found' }],
  [CLOSE.limitPassed, { kind: 'end', ending: 'limit' }],
  [CLOSE.struckOut, { kind: 'wait' }]
]);

/** What a close code asks for; every other end of a connection is worth another attempt. */
export function reactionToClose(code: number): Reaction {
  return BY_CODE.get(code) ?? { kind: 'retry' };
}

/** Statuses in which HTTP says *later*, not *no*. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);

/** What the HTTP status that refused a session asks for; 0 stands for a server that was not reached. */
export function reactionToStatus(status: number): Reaction {
  if (status === 401 || status === 403) {
    return { kind: 'end', ending: 'not-allowed' };
  }
  if (status === 404) {
    return { kind: 'end', ending: 'not-found' };
  }
  if (status >= 400 && status < 500 && !LATER.has(status)) {
    return { kind: 'end', ending: 'refused' };
  }
  return { kind: 'retry' };
}

import type { SignalingState } from '@jupyter-tandem/peer';

/** How the search for a room stands. */
export interface ISearch {
  /** Milliseconds at which it began, by a clock that never steps back. */
  readonly beganAt: number;
  /** When a signaling server first knew that this page is here, or `null`. */
  readonly announcedAt: number | null;
  readonly signaling: readonly SignalingState[];
  /** Connections that are being made. */
  readonly arriving: number;
  /** Whether there is no content here, so that only the room can have it. */
  readonly empty: boolean;
}

/** Other tabs of this browser answer at once. */
export const TABS_MS = 300;
/** As long as a signaling server may take to be reached. */
export const REACH_MS = 4_000;
/** As long as peers may take to answer who has announced itself. */
export const ANSWER_MS = 1_200;
/** As long where there is nothing else to show. */
export const ANSWER_EMPTY_MS = 5_000;
/** As long as a connection may take once somebody has answered. */
export const CONNECT_MS = 10_000;

/** Until when to wait for the room before a document is opened without it (LITE-11). */
export function waitUntil(search: ISearch): number {
  const { announcedAt, arriving, beganAt, empty, signaling } = search;
  if (announcedAt !== null) {
    const answer = empty ? ANSWER_EMPTY_MS : ANSWER_MS;
    return announcedAt + (arriving > 0 ? CONNECT_MS : answer);
  }
  return beganAt + (signaling.includes('connecting') ? REACH_MS : TABS_MS);
}

import type { Route } from './link';

type Stats = Readonly<Record<string, unknown>>;

/**
 * What carries a connection, from the browser's statistics of it (W3C *Identifiers for WebRTC's Statistics API*).
 *
 * @param report What `RTCPeerConnection.getStats()` gives.
 */
export function routeOf(report: { forEach(visit: (stats: Stats) => void): void }): Route {
  const all = new Map<unknown, Stats>();
  report.forEach(stats => {
    all.set(stats['id'], stats);
  });
  const transport = [...all.values()].find(({ type }) => type === 'transport');
  const pair =
    all.get(transport?.['selectedCandidatePairId']) ??
    // Firefox says it at the pair.
    [...all.values()].find(({ type, selected }) => type === 'candidate-pair' && selected === true);
  if (pair === undefined) {
    return 'unknown';
  }
  const ends = [all.get(pair['localCandidateId']), all.get(pair['remoteCandidateId'])];
  return ends.some(end => end?.['candidateType'] === 'relay') ? 'relayed' : 'direct';
}

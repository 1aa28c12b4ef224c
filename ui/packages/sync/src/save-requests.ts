import type { ISaveAnswer } from '@jupyter-tandem/protocol';
import type { Effect } from './effect';
import { mayWrite, type ISessionState } from './state';

/** Requests to write the file; each of them ends (CLIENT-12). */
export class SaveRequests {
  private readonly waiting = new Set<number>();

  /** Asks the server, or says at once why not. */
  request(number: number, state: Pick<ISessionState, 'phase' | 'rights'>): Effect {
    if (state.phase !== 'live') {
      return { kind: 'save-answered', number, outcome: 'lost' };
    }
    if (!mayWrite(state)) {
      return { kind: 'save-answered', number, outcome: 'refused' };
    }
    this.waiting.add(number);
    return { kind: 'send', message: { type: 'SaveRequest', number } };
  }

  /** An answer; one that nobody waits for says nothing. */
  answered({ responseTo, status }: ISaveAnswer): Effect[] {
    return this.waiting.delete(responseTo)
      ? [{ kind: 'save-answered', number: responseTo, outcome: status }]
      : [];
  }

  /** The connection is over, and no answer will come. */
  lose(): Effect[] {
    const lost = [...this.waiting];
    this.waiting.clear();
    return lost.map(number => ({ kind: 'save-answered', number, outcome: 'lost' }));
  }
}

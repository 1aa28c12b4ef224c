import { encodeAwareness, type IAwarenessState } from '@jupyter-tandem/protocol';
import { applyAwarenessUpdate, type Awareness } from 'y-protocols/awareness';

/** What changed in an awareness, as y-protocols tells it. */
interface IAwarenessChange {
  readonly added: number[];
  readonly updated: number[];
  readonly removed: number[];
}

/** What this client says of itself; nothing before it has said anything. */
export function ownState(awareness: Awareness): IAwarenessState[] {
  const client = awareness.clientID;
  const clock = awareness.meta.get(client)?.clock;
  return clock === undefined
    ? []
    : [{ client, clock, json: JSON.stringify(awareness.getLocalState()) }];
}

/**
 * Calls back when this client's own state changed or was renewed (y-protocols does so every 15 s).
 *
 * @param origin Origin of what was heard from others, which is not told to them again.
 * @returns What ends it.
 */
export function whenOwnStateChanges(
  awareness: Awareness,
  origin: unknown,
  tell: () => void
): () => void {
  const onUpdate = ({ added, updated, removed }: IAwarenessChange, from: unknown): void => {
    if (from !== origin && [...added, ...updated, ...removed].includes(awareness.clientID)) {
      tell();
    }
  };
  awareness.on('update', onUpdate);
  return () => {
    awareness.off('update', onUpdate);
  };
}

/** Shows what others say of themselves; a state that is no JSON is worth nothing and harms nobody. */
export function showOthers(
  awareness: Awareness,
  states: readonly IAwarenessState[],
  origin: unknown
): void {
  try {
    applyAwarenessUpdate(awareness, encodeAwareness(states), origin);
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
}

/**
 * Takes everybody else off the stage, and forgets their clocks.
 *
 * With the clocks kept, those who are still there after a reconnection would stay unseen until they stir.
 */
export function forgetOthers(awareness: Awareness, origin: unknown): void {
  const removed = [...awareness.getStates().keys()].filter(id => id !== awareness.clientID);
  if (removed.length === 0) {
    return;
  }
  for (const id of removed) {
    awareness.states.delete(id);
    awareness.meta.delete(id);
  }
  const change: IAwarenessChange = { added: [], updated: [], removed };
  awareness.emit('change', [change, origin]);
  awareness.emit('update', [change, origin]);
}

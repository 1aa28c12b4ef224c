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
  const removed = others(awareness);
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

/**
 * Forgets the others as soon as what is under way is over, if it is still to be done then.
 *
 * An edit may end the connection while an editor takes it in, and an editor that shows carets must not be told meanwhile.
 * What those throw who are told is the page's to report, and nobody's here to suffer from.
 */
export function forgetOthersSoon(
  awareness: Awareness,
  origin: unknown,
  still: () => boolean
): void {
  if (others(awareness).length === 0) {
    return;
  }
  setTimeout(() => {
    if (still()) {
      forgetOthers(awareness, origin);
    }
  }, 0);
}

function others(awareness: Awareness): number[] {
  return [...awareness.getStates().keys()].filter(id => id !== awareness.clientID);
}

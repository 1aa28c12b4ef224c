import type { ServerMessage } from '@jupyter-tandem/protocol';
import type { Effect } from './effect';
import type { Input } from './input';
import type { Phase } from './state';

/** One kind of input. */
type Of<K extends Input['kind']> = Extract<Input, { kind: K }>;

/** In which phases a message of the server may come, and what follows from it. */
export interface IRule<M> {
  readonly during: readonly Phase[];
  readonly react: (message: M) => Effect[];
}

/** What follows from each message of the server. */
export type Rules = {
  readonly [T in ServerMessage['type']]: IRule<Extract<ServerMessage, { type: T }>>;
};

/** What follows from each input. */
export type Reactions = { readonly [K in Input['kind']]: (input: Of<K>) => Effect[] };

/** Phases in which a server says what it has to say. */
export const GREETED: readonly Phase[] = ['syncing', 'live', 'merging'];

import type { TranslationBundle } from '@jupyterlab/translation';

/** What the server tells of why something ended, is gone or was refused. */
export interface IReason {
  /** In English, or in the words of a kernel. */
  readonly reason: string;
  /** A code and its arguments; empty where there is none. */
  readonly why: readonly string[];
}

/** Why, in the person's language where the code is known (RUNUI-13). */
export function reasonSentence({ reason, why }: IReason, trans: TranslationBundle): string {
  return whySentence(why, trans) ?? reason;
}

/** What a code means; `undefined` where this version does not know it, or it lacks what it needs. */
export function whySentence(why: readonly string[], trans: TranslationBundle): string | undefined {
  const [code, detail] = why;
  if (code === undefined) {
    return undefined;
  }
  return detail === undefined ? PLAIN.get(code)?.(trans) : DETAILED.get(code)?.(trans, detail);
}

type Plain = (trans: TranslationBundle) => string;
type Detailed = (trans: TranslationBundle, detail: string) => string;

const PLAIN: ReadonlyMap<string, Plain> = new Map<string, Plain>([
  ['after-failure', trans => trans.__('An earlier cell did not end well.')],
  ['run-anew', trans => trans.__('The cell was run anew.')],
  ['cell-gone', trans => trans.__('The cell is not in the document any more.')],
  ['right-gone', trans => trans.__('The right to run code was taken back.')],
  ['interrupted', trans => trans.__('It was interrupted.')],
  ['server-stopped', trans => trans.__('The server stopped while it ran.')],
  [
    'ended-away',
    trans => trans.__('It ended while the server was away; what it printed meanwhile is lost.')
  ],
  ['kernel-restarted', trans => trans.__('The kernel was restarted.')],
  ['kernel-died', trans => trans.__('The kernel died.')],
  ['kernel-shut-down', trans => trans.__('The kernel was shut down.')],
  ['kernel-away', trans => trans.__('The kernel went away.')],
  [
    'kernel-gone',
    trans => trans.__('The kernel is gone; run the cell again to start another one.')
  ],
  ['kernel-silent', trans => trans.__('The kernel does not answer.')],
  ['kernel-none', trans => trans.__('There is no kernel to interrupt.')],
  [
    'file-elsewhere',
    trans => trans.__("The document's file is not on this server, so no kernel is, either.")
  ],
  ['copy', trans => trans.__('Nothing can be run in this copy; open the document itself.')],
  [
    'hub-away',
    trans =>
      trans.__(
        "The Hub's sharing service cannot be reached, so nothing can be run at the owner's server."
      )
  ],
  [
    'owner-unanswered',
    trans =>
      trans.__(
        "The connection broke before the owner's server answered. When it is back, the queue says whether this is run; it is not asked for again by itself."
      )
  ],
  ['owner-silent', trans => trans.__("The owner's server does not answer; try again in a moment.")]
]);

const DETAILED: ReadonlyMap<string, Detailed> = new Map<string, Detailed>([
  ['cancelled-by', (trans, name) => trans.__('%1 cancelled it.', name)],
  ['asked-of', (trans, name) => trans.__('%1 ran this cell and is here to answer.', name)],
  [
    'not-saving',
    (trans, error) => trans.__('Nothing can be run while the server cannot save. %1', error)
  ],
  [
    'owner-away',
    (trans, owner) =>
      trans.__(
        "%1's server is stopped, so nothing can be run there. Nothing is started by itself when it is back; ask again then.",
        owner
      )
  ],
  [
    'owner-away-ask',
    (trans, owner) =>
      trans.__(
        "%1's server is stopped, so nothing can be run there. Ask %1 to start it, or to allow in the Share dialog that it is started for your runs.",
        owner
      )
  ],
  ['owner-starts', (trans, owner) => trans.__("Starting %1's server…", owner)],
  [
    'owner-crowded',
    (trans, owner) =>
      trans.__(
        "Very many wait for %1's server to start already, so this was not run. Run it again when the server is there.",
        owner
      )
  ],
  [
    'owner-late',
    (trans, owner) =>
      trans.__(
        "%1's server was not there in time, so nothing was run. It may still be starting; try again in a while.",
        owner
      )
  ],
  [
    'owner-not-started',
    (trans, owner) =>
      trans.__(
        "%1's server could not be started, so nothing was run. Tell %1, or try again.",
        owner
      )
  ],
  [
    'owner-start-refused',
    (trans, owner) =>
      trans.__(
        "The Hub did not let %1's server be started, so nothing was run. Tell %1, or whoever looks after the Hub.",
        owner
      )
  ],
  [
    'owner-too-often',
    (trans, owner) =>
      trans.__(
        "%1's server was started for runs too often of late, so nothing was run. Ask %1 to start it, or try again in ten minutes.",
        owner
      )
  ],
  [
    'owner-given-up',
    (trans, owner) => trans.__("You stopped waiting for %1's server; nothing was run.", owner)
  ],
  [
    'owner-went-away',
    (trans, owner) =>
      trans.__(
        "%1's server went away before it answered. When it is back, the queue says whether this is run.",
        owner
      )
  ],
  ['kernel-not-started', (trans, error) => trans.__('The kernel could not be started: %1', error)],
  [
    'kernel-not-restarted',
    (trans, error) => trans.__('The kernel could not be restarted: %1', error)
  ],
  [
    'kernel-not-interrupted',
    (trans, error) => trans.__('The kernel could not be interrupted: %1', error)
  ],
  ['kernel-unusable', (trans, error) => trans.__('The kernel cannot be used: %1', error)],
  ['kernel-unreachable', (trans, error) => trans.__('The kernel does not answer: %1', error)]
]);

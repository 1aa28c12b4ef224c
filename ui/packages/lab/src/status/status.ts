import type { FileState, IFileStatus } from '@jupyter-tandem/protocol';
import { mayWrite, type Ending, type ISessionState } from '@jupyter-tandem/sync';
import type { TranslationBundle } from '@jupyterlab/translation';
import { endingSentence } from '../document/sentence';
import type { IDocumentView } from '../document/tokens';

/** What the person can do about a state. */
export type StatusAction = 'save' | 'reconnect' | 'return' | 'download' | 'reload';

/** How a state looks: all is well, wait a moment, know about it, nothing is saved. */
export type Tone = 'well' | 'busy' | 'mind' | 'stop';

/** How one document stands, in words. */
export interface IStatusText {
  readonly tone: Tone;
  /** A few words for the toolbar. */
  readonly label: string;
  /** One plain sentence or two. */
  readonly sentence: string;
  readonly action: StatusAction | null;
  /** What else they can do. */
  readonly otherAction?: StatusAction;
}

/** From when on edits on their way are called pending, in milliseconds; promise P11 allows two seconds. */
export const PENDING_AFTER_MS = 1_500;

/** What the words depend on beside the document. */
export interface IStatusContext {
  readonly trans: TranslationBundle;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** The time of day in the reader's way of writing it. */
  readonly time: (unixSeconds: number) => string;
}

/**
 * Says how a document stands (CLIENT-18).
 *
 * *Saved* is said only where every edit made here is durable on the server, *In file* only where the file holds it.
 */
export function status(view: IDocumentView, context: IStatusContext): IStatusText {
  const { session } = view;
  if (session.ending !== null) {
    return ended(view, session.ending, context.trans);
  }
  if (session.phase === 'merging') {
    return merging(context.trans);
  }
  if (!session.loaded) {
    return loading(view, context.trans);
  }
  if (session.phase !== 'live') {
    return apart(view, context.trans);
  }
  return view.fork ? elsewhere(context.trans) : live(view, context);
}

function live(view: IDocumentView, context: IStatusContext): IStatusText {
  const { session } = view;
  if (!mayWrite(session)) {
    return readOnly(session, context.trans);
  }
  if (session.status?.journal.state === 'failed') {
    return journalFailed(session.status.journal.reason, context.trans);
  }
  if (session.pending > 0) {
    return pending(view, context);
  }
  return inStep(session.status?.file ?? null, context);
}

function goneForReaders(trans: TranslationBundle): IStatusText {
  return {
    tone: 'mind',
    label: trans.__('Read-only, file deleted'),
    sentence: trans.__(
      'The file was deleted. You can read what was in it as long as others keep the document open.'
    ),
    action: null
  };
}

function readOnly(
  { pending: edits, status: state }: ISessionState,
  trans: TranslationBundle
): IStatusText {
  if (edits > 0) {
    return {
      tone: 'stop',
      label: trans.__('Cannot save: read-only'),
      sentence: trans._n(
        'You may only read this document now. %1 edit you made before is not saved.',
        'You may only read this document now. %1 edits you made before are not saved.',
        edits
      ),
      action: 'download'
    };
  }
  if (state?.file?.state === 'missing') {
    return goneForReaders(trans);
  }
  return {
    tone: 'mind',
    label: trans.__('Read-only'),
    sentence: trans.__('You can read this document and see others work in it, but not change it.'),
    action: null
  };
}

function journalFailed(reason: string, trans: TranslationBundle): IStatusText {
  return {
    tone: 'stop',
    label: reason === '' ? trans.__('Cannot save') : trans.__('Cannot save: %1', reason),
    sentence:
      trans.__('The server cannot save at the moment and goes on trying. Do not close this page.') +
      (reason === '' ? '' : ` ${reason}`),
    action: 'download'
  };
}

function pending(view: IDocumentView, { nowMs, trans }: IStatusContext): IStatusText {
  if (nowMs - (view.pendingSince ?? nowMs) < PENDING_AFTER_MS) {
    return {
      tone: 'busy',
      label: trans.__('Saving…'),
      sentence: trans.__('Your last edits are on their way to the server.'),
      action: null
    };
  }
  const edits = view.session.pending;
  return {
    tone: 'mind',
    label: trans._n('%1 edit pending', '%1 edits pending', edits),
    sentence: `${trans._n(
      'The server has not yet said that your last edit is saved.',
      'The server has not yet said that your last %1 edits are saved.',
      edits
    )} ${keptSentence(view, trans)}`,
    action: 'reconnect'
  };
}

function inStep(file: IFileStatus | null, { trans, time }: IStatusContext): IStatusText {
  const saved = trans.__('Every edit is saved on the server.');
  const state: FileState = file?.state ?? 'pending';
  const reason = file?.reason ?? '';
  const why = reason === '' ? '' : ` ${reason}`;
  const texts: Readonly<Record<FileState, IStatusText>> = {
    in_file: {
      tone: 'well',
      label:
        file?.saved_at == null ? trans.__('In file') : trans.__('In file %1', time(file.saved_at)),
      sentence: `${saved} ${trans.__('The file holds them all.')}`,
      action: 'save'
    },
    pending: reason === '' ? soonInFile(saved, trans) : fileWaits(saved + why, trans),
    read_only: {
      tone: 'mind',
      label: trans.__('Saved, file read-only'),
      sentence: `${saved} ${trans.__('The file itself cannot be written.')}${why}`,
      action: 'download'
    },
    missing: {
      tone: 'mind',
      label: trans.__('File deleted'),
      sentence: `${saved} ${trans.__('The file is gone; saving makes it anew.')}${why}`,
      action: 'save'
    },
    unreadable: {
      tone: 'mind',
      label: trans.__('File unreadable'),
      sentence: `${saved} ${trans.__('The file was replaced by something that cannot be read as this kind of document.')}${why}`,
      action: 'download'
    },
    failed: {
      tone: 'stop',
      label:
        reason === '' ? trans.__('File not written') : trans.__('File not written: %1', reason),
      sentence: `${saved} ${trans.__('The file could not be written; the server goes on trying.')}${why}`,
      action: 'save'
    }
  };
  return texts[state];
}

function soonInFile(saved: string, trans: TranslationBundle): IStatusText {
  return {
    tone: 'well',
    label: trans.__('Saved'),
    sentence: `${saved} ${trans.__('The file is brought up to date in a moment.')}`,
    action: 'save'
  };
}

/** The file is kept elsewhere, and whoever keeps it is away (HUB-10). */
function fileWaits(sentence: string, trans: TranslationBundle): IStatusText {
  return { tone: 'mind', label: trans.__('Saved, file waits'), sentence, action: null };
}

function apart(view: IDocumentView, trans: TranslationBundle): IStatusText {
  const { pending: edits, attempts, phase } = view.session;
  if (phase !== 'apart' && attempts === 0) {
    return {
      tone: 'busy',
      label: trans.__('Connecting…'),
      sentence: trans.__('The connection to the server is being made.'),
      action: null
    };
  }
  const offline = trans.__('There is no connection to the server. You can go on working.');
  if (edits === 0) {
    return {
      tone: 'mind',
      label: trans.__('Offline'),
      sentence: `${offline} ${trans.__('Everything you did before is saved.')}`,
      action: 'reconnect'
    };
  }
  return {
    tone: 'mind',
    label: trans._n('Offline, %1 edit here', 'Offline, %1 edits here', edits),
    sentence: `${offline} ${keptSentence(view, trans)}`,
    action: 'reconnect'
  };
}

function keptSentence(view: IDocumentView, trans: TranslationBundle): string {
  return view.kept
    ? trans.__('Your edits are kept in this browser, even if you close the page.')
    : trans.__('Your edits are kept as long as this page is open.');
}

function loading(view: IDocumentView, trans: TranslationBundle): IStatusText {
  if (view.session.attempts > 0) {
    return {
      tone: 'mind',
      label: trans.__('Offline'),
      sentence: trans.__('The server cannot be reached. The document opens as soon as it can.'),
      action: 'reconnect'
    };
  }
  return {
    tone: 'busy',
    label: trans.__('Opening…'),
    sentence: trans.__('The document is being fetched.'),
    action: null
  };
}

function merging(trans: TranslationBundle): IStatusText {
  return {
    tone: 'busy',
    label: trans.__('Merging…'),
    sentence: trans.__(
      'The document was replaced on the server. Your edits are being merged into it; please wait.'
    ),
    action: null
  };
}

function elsewhere(trans: TranslationBundle): IStatusText {
  return {
    tone: 'mind',
    label: trans.__('Another version'),
    sentence: trans.__(
      'You are looking at another version of this document. It can be read here, not changed.'
    ),
    action: 'return'
  };
}

function ended(view: IDocumentView, ending: Ending, trans: TranslationBundle): IStatusText {
  const { pending: edits } = view.session;
  const sentence = endingSentence(view.session, trans);
  const unsaved =
    edits === 0
      ? ''
      : ` ${trans._n('%1 edit of yours is not saved.', '%1 edits of yours are not saved.', edits)}`;
  return {
    tone: ending === 'replaced' ? 'busy' : 'stop',
    label: endedLabel(ending, trans),
    sentence: sentence + unsaved,
    ...endedActions(ending, edits)
  };
}

/** Endings after which the edits may get through, once the person has changed something or some time has passed. */
const PASSING: readonly Ending[] = ['limit', 'broken', 'refused'];

function endedActions(ending: Ending, edits: number): Pick<IStatusText, 'action' | 'otherAction'> {
  const action = endedAction(ending);
  if (edits === 0) {
    return { action };
  }
  return PASSING.includes(ending) ? { action, otherAction: 'download' } : { action: 'download' };
}

function endedAction(ending: Ending): StatusAction | null {
  const actions: Readonly<Record<Ending, StatusAction | null>> = {
    replaced: null,
    'not-allowed': 'reconnect',
    'not-found': 'reconnect',
    refused: 'reconnect',
    limit: 'reconnect',
    broken: 'reconnect',
    outdated: 'reload',
    'merge-refused': 'reload'
  };
  return actions[ending];
}

function endedLabel(ending: Ending, trans: TranslationBundle): string {
  const labels: Readonly<Record<Ending, string>> = {
    replaced: trans.__('Opening…'),
    'not-allowed': trans.__('No access'),
    'not-found': trans.__('Not found'),
    refused: trans.__('Not opened'),
    limit: trans.__('Cannot save: too large'),
    broken: trans.__('Not connected'),
    outdated: trans.__('Reload needed'),
    'merge-refused': trans.__('Not merged')
  };
  return labels[ending];
}

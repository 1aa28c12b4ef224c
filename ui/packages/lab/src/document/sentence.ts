import type { Ending, ISessionState } from '@jupyter-tandem/sync';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { SaveFailure } from './saves';

/** Why a file was not written, for the person. */
export function saveSentence(failure: SaveFailure, trans: TranslationBundle): string {
  switch (failure) {
    case 'lost':
      return trans.__(
        'There is no connection to the server. Your edits are kept in this browser and go to the file when it is back.'
      );
    case 'refused':
      return trans.__('You can only read this document.');
    case 'late':
      return trans.__('The server did not answer in time. It goes on trying to write the file.');
    case 'failed':
      return trans.__('The server could not write the file. The status in the toolbar says why.');
  }
}

/** Why a document is not connected any more and will not be by itself, for the person. */
export function endingSentence(
  { ending, reason }: Pick<ISessionState, 'ending' | 'reason'>,
  trans: TranslationBundle
): string {
  if (ending === null) {
    return '';
  }
  const sentence = sentences(trans)[ending];
  return reason === '' ? sentence : `${sentence} ${reason}`;
}

function sentences(trans: TranslationBundle): Readonly<Record<Ending, string>> {
  return {
    replaced: trans.__('The document was replaced on the server and is loaded anew.'),
    'not-allowed': trans.__('You are not allowed to open this document, or not any more.'),
    'not-found': trans.__('There is no such document, or it is not shared with you.'),
    refused: trans.__('The server does not open this document.'),
    limit: trans.__('The server does not take something so large.'),
    broken: trans.__('Browser and server do not understand each other.'),
    outdated: trans.__('The server speaks a newer language than this page. Reload the page.'),
    'merge-refused': trans.__(
      'The document was replaced on the server, and your edits could not be merged.'
    )
  };
}

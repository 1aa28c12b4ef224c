import type { IRunAnswer } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { whySentence } from './reason';

/** What a person is told when the server does not do what they asked for (RUNUI-5). */
export function refusalSentence(answer: IRunAnswer, trans: TranslationBundle): string {
  if (answer.code === 'changed') {
    return trans._n(
      'Nothing was run: somebody changed the cell at that moment. Look at it and run it again.',
      'Nothing was run: somebody changed %1 of the cells at that moment. Look at them and run again.',
      answer.cells.length
    );
  }
  const told = answer.message === '' ? trans.__('The server did not run it.') : answer.message;
  return whySentence(answer.why, trans) ?? sentences(trans)[answer.code] ?? told;
}

function sentences(trans: TranslationBundle): Readonly<Partial<Record<string, string>>> {
  return {
    denied: trans.__('You may not run code in this document.'),
    'no-cell': trans.__('Nothing was run: a cell is not in the document any more.'),
    full: trans.__('Nothing was run: too many cells wait already.'),
    offline: trans.__('Nothing was run: there is no connection to the server.'),
    lost: trans.__(
      'The connection was lost before the server answered. Nobody knows whether it did what you asked for; the cells show what was run.'
    ),
    'not-waiting': trans.__('That cell does not wait any more.'),
    'not-yours': trans.__('The question is for somebody else who is here.'),
    'no-input': trans.__('The kernel does not ask that any more.')
  };
}

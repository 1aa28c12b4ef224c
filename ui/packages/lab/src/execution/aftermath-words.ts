import type { TranslationBundle } from '@jupyterlab/translation';
import type { IAftermath } from './aftermath';

/** What a person is told whose runs did not go on while the server was away. */
export function aftermathSentence(
  { held, interrupted }: IAftermath,
  trans: TranslationBundle
): string {
  const sentences: string[] = [];
  const [run] = interrupted;
  if (run !== undefined) {
    sentences.push(
      trans.__('A cell you ran was interrupted; what it had shown by then is there.'),
      run.reason
    );
  }
  if (held.length > 0) {
    sentences.push(
      trans._n(
        'A cell of yours that waited was not run, and is not run by itself.',
        '%1 cells of yours that waited were not run, and are not run by themselves.',
        held.length
      )
    );
  }
  return sentences.filter(sentence => sentence !== '').join(' ');
}

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IAftermath } from './aftermath';
import { reasonSentence } from './reason';

/** What a person is told whose runs did not go on while the server was away. */
export function aftermathSentence(
  { held, interrupted }: IAftermath,
  trans: TranslationBundle
): string {
  const sentences: string[] = [];
  const [run] = interrupted;
  if (run !== undefined) {
    sentences.push(trans.__('A cell was interrupted.'), reasonSentence(run, trans));
  }
  if (held.length > 0) {
    sentences.push(
      trans._n('A cell that waited was not run.', '%1 cells that waited were not run.', held.length)
    );
  }
  return sentences.filter(sentence => sentence !== '').join(' ');
}

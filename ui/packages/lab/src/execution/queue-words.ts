import type { IKernelStatus, IRun } from '@jupyter-tandem/protocol';
import type { RunBoard } from '@jupyter-tandem/sync';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IStatusText, Tone } from '../status/status';
import { nameOf } from './badge';
import { reasonSentence } from './reason';

/**
 * Says how a document's kernel and queue stand, for its toolbar (RUNUI-8).
 *
 * @param username This person's.
 */
export function queueText(
  board: RunBoard,
  username: string,
  trans: TranslationBundle
): IStatusText {
  const { held, input, queue, running } = board;
  if (input !== null) {
    return asked(input.username === username, board.get(input.run), trans);
  }
  const trouble = changing(board.kernel, trans);
  if (trouble !== null) {
    return trouble;
  }
  if (queue.length > 0) {
    return busy(running, queue.length - (running === undefined ? 0 : 1), trans);
  }
  return held.length > 0 ? notRun(held.length, trans) : idle(board, trans);
}

/** Whether the owner's server is being started, before there can be a kernel (RUNUI-15). */
export function waitsForOwner(kernel: IKernelStatus | null): boolean {
  return kernel?.why[0] === 'owner-starts';
}

/** A kernel that is not there, or not yet; `null` where it is. */
function changing(kernel: IKernelStatus | null, trans: TranslationBundle): IStatusText | null {
  if (kernel?.state === 'dead') {
    const reason = reasonSentence(kernel, trans);
    const sentence = reason === '' ? trans.__('The kernel is gone.') : reason;
    return text('stop', trans.__('Kernel gone'), sentence);
  }
  if (kernel !== null && waitsForOwner(kernel)) {
    return text('busy', trans.__('Starting…'), reasonSentence(kernel, trans));
  }
  return kernel?.state === 'starting' || kernel?.state === 'restarting'
    ? text('busy', trans.__('Kernel starts'), trans.__('The kernel is being started.'))
    : null;
}

function asked(mine: boolean, run: IRun | undefined, trans: TranslationBundle): IStatusText {
  return mine
    ? text('mind', trans.__('Asks you'), trans.__('The kernel asks you something, below the cell.'))
    : text(
        'mind',
        trans.__('Asks'),
        trans.__('The kernel asks %1 something.', run === undefined ? '' : nameOf(run))
      );
}

function busy(running: IRun | undefined, waiting: number, trans: TranslationBundle): IStatusText {
  const label = waiting === 0 ? trans.__('Running') : trans._n('1 waits', '%1 wait', waiting);
  const who = running === undefined ? '' : trans.__('%1 runs a cell.', nameOf(running));
  const rest = waiting === 0 ? '' : trans._n('1 cell waits.', '%1 cells wait.', waiting);
  return text('busy', label, `${who} ${rest}`.trim());
}

function notRun(count: number, trans: TranslationBundle): IStatusText {
  return text(
    'mind',
    trans._n('1 not run', '%1 not run', count),
    trans._n(
      'A cell waited when the server stopped. It is not run by itself.',
      '%1 cells waited when the server stopped. They are not run by themselves.',
      count
    )
  );
}

function idle({ kernel }: RunBoard, trans: TranslationBundle): IStatusText {
  const sentence =
    kernel === null
      ? trans.__('No cell has been run since the document was opened.')
      : trans.__('No cell is running.');
  return text(
    'well',
    kernel === null ? trans.__('Nothing runs') : trans.__('Kernel idle'),
    sentence
  );
}

function text(tone: Tone, label: string, sentence: string): IStatusText {
  return { tone, label, sentence, action: null };
}

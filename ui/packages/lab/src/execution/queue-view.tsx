import type { IRun } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { ReactElement } from 'react';
import { nameOf } from './badge';
import { queueText, waitsForOwner } from './queue-words';
import type { IRuns } from './tokens';

/** At most so many rows are drawn; how many more there are is said. */
const ROWS_MAX = 50;

/** What a view of the queue needs. */
export interface IQueueViewOptions {
  readonly runs: IRuns;
  readonly trans: TranslationBundle;
  /** The beginning of a cell's source; `""` where the cell is gone. */
  readonly title: (cell: string) => string;
  readonly goTo: (cell: string) => void;
  readonly cancel: (runs: readonly number[]) => void;
  readonly interrupt: () => void;
  /** Runs cells that were held. */
  readonly runAgain: (cells: readonly string[]) => void;
}

/** What is under way and what waits, one row each. */
export class QueueView extends ReactWidget {
  constructor(private readonly options: IQueueViewOptions) {
    super();
    this.addClass('tandem-QueueView');
    options.runs.changed.connect(this.onChanged);
  }

  override dispose(): void {
    this.options.runs.changed.disconnect(this.onChanged);
    super.dispose();
  }

  protected override render(): ReactElement {
    const { options } = this;
    const { runs, trans } = options;
    const { board, mayRun, username } = runs;
    const { label, sentence } = queueText(board, username, trans);
    const own = board.queue.filter(
      ({ state, user }) => state === 'queued' && user.username === username
    );
    return (
      <>
        <strong>{label}</strong>
        <p>{sentence}</p>
        {!mayRun && <p>{trans.__('You may not run code in this document.')}</p>}
        {waitsForOwner(board.kernel) && runs.asking.size > 0 && (
          <button
            className="jp-mod-styled"
            type="button"
            onClick={() => {
              options.interrupt();
            }}
          >
            {trans.__('Do not wait')}
          </button>
        )}
        <Rows runs={board.queue} options={options} />
        {mayRun && own.length > 1 && (
          <button
            className="jp-mod-styled"
            type="button"
            onClick={() => {
              options.cancel(own.map(({ id }) => id));
            }}
          >
            {trans.__('Cancel all of mine')}
          </button>
        )}
        {board.held.length > 0 && <Held options={options} />}
      </>
    );
  }

  private readonly onChanged = (): void => {
    this.update();
  };
}

function Rows(props: { runs: readonly IRun[]; options: IQueueViewOptions }): ReactElement {
  const { options, runs } = props;
  const more = runs.length - ROWS_MAX;
  return (
    <>
      <ol aria-label={options.trans.__('Queue')}>
        {runs.slice(0, ROWS_MAX).map(run => (
          <Row key={run.id} run={run} options={options} />
        ))}
      </ol>
      {more > 0 && <p>{options.trans._n('and 1 more', 'and %1 more', more)}</p>}
    </>
  );
}

function Row({ run, options }: { run: IRun; options: IQueueViewOptions }): ReactElement {
  const { runs, trans } = options;
  const title = options.title(run.cell);
  const running = run.state === 'running';
  return (
    <li data-state={run.state}>
      <button
        type="button"
        className="tandem-QueueView-cell"
        title={trans.__('Go to the cell')}
        onClick={() => {
          options.goTo(run.cell);
        }}
      >
        <code>{title === '' ? trans.__('a deleted cell') : title}</code>
        <span>
          {running
            ? trans.__('%1 runs it', nameOf(run))
            : trans.__('%1 wants to run it', nameOf(run))}
        </span>
      </button>
      {runs.mayRun && (
        <button
          type="button"
          className="tandem-QueueView-stop"
          aria-label={running ? trans.__('Interrupt %1', title) : trans.__('Cancel %1', title)}
          onClick={() => {
            if (running) {
              options.interrupt();
            } else {
              options.cancel([run.id]);
            }
          }}
        >
          {running ? trans.__('Interrupt') : trans.__('Cancel')}
        </button>
      )}
    </li>
  );
}

function Held({ options }: { options: IQueueViewOptions }): ReactElement {
  const { runs, trans } = options;
  const { held } = runs.board;
  return (
    <>
      <strong>{trans.__('Not run when the server stopped')}</strong>
      <Rows runs={held} options={options} />
      {runs.mayRun && (
        <div className="tandem-QueueView-buttons">
          <button
            type="button"
            className="jp-mod-styled jp-mod-accept"
            onClick={() => {
              options.runAgain(held.map(({ cell }) => cell));
            }}
          >
            {trans.__('Run them')}
          </button>
          <button
            type="button"
            className="jp-mod-styled"
            onClick={() => {
              options.cancel(held.map(({ id }) => id));
            }}
          >
            {trans.__('Do not run them')}
          </button>
        </div>
      )}
    </>
  );
}

import type { IRunAnswer } from '@jupyter-tandem/protocol';
import type { YNotebook } from '@jupyter/ydoc';
import { Notification } from '@jupyterlab/apputils';
import type { Notebook } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { goToCell } from '../presence/jump';
import { Roster } from '../presence/roster';
import { Aftermath, type IAftermath } from './aftermath';
import { aftermathSentence } from './aftermath-words';
import { BadgeWords } from './badge';
import { CellMarks } from './cell-marks';
import { Question } from './question';
import type { IQueueViewOptions } from './queue-view';
import { refusalSentence } from './refusal';
import { SourceWatch } from './source-watch';
import { Clockwork } from './clockwork';
import type { IRuns } from './tokens';

const TOLD_MS = 10_000;
const TITLE_CHARACTERS = 60;

/** What a stage needs. */
export interface IRunStageOptions {
  readonly notebook: Notebook;
  readonly model: YNotebook;
  readonly runs: IRuns;
  readonly trans: TranslationBundle;
  /** Language for times; the browser's unless said otherwise. */
  readonly locale?: string;
}

/** Everything a notebook shows of its runs; ends with the notebook. */
export class RunStage {
  private readonly aftermath: Aftermath;
  private readonly roster: Roster;
  private readonly watch: SourceWatch;
  private notice = '';

  constructor(private readonly options: IRunStageOptions) {
    const { locale, model, notebook, runs, trans } = options;
    this.aftermath = new Aftermath(runs);
    this.roster = new Roster(model.awareness);
    this.watch = new SourceWatch(model, () => runs.username);
    const words = new BadgeWords(trans, new Clockwork(trans, locale));
    const { refused } = this;
    new CellMarks({ notebook, runs, watch: this.watch, words, trans, refused });
    new Question({ notebook, runs, roster: this.roster, trans, refused });
    this.aftermath.happened.connect((_, aftermath) => {
      this.tell(aftermath);
    });
    this.aftermath.over.connect(() => {
      Notification.dismiss(this.notice);
    });
    notebook.disposed.connect(() => {
      this.aftermath.dispose();
      this.roster.dispose();
      this.watch.dispose();
    });
  }

  /** What the view of the queue needs. */
  get view(): IQueueViewOptions {
    const { notebook, runs, trans } = this.options;
    return {
      runs,
      trans,
      title: cell => this.title(cell),
      goTo: cell => {
        goToCell(notebook, cell);
      },
      cancel: ids => {
        this.report(runs.cancel(ids));
      },
      interrupt: () => {
        this.report(runs.interrupt());
      },
      runAgain: cells => {
        this.runAgain(cells);
      }
    };
  }

  /** Tells the person that nothing happened, and why. */
  readonly refused = (answer: IRunAnswer): void => {
    Notification.warning(refusalSentence(answer, this.options.trans), { autoClose: TOLD_MS });
  };

  /** Tells the person if the answer is no. */
  report(answer: Promise<IRunAnswer>): void {
    void answer.then(found => {
      if (found.status === 'refused') {
        this.refused(found);
      }
    });
  }

  private runAgain(wanted: readonly string[]): void {
    const { notebook, runs } = this.options;
    const cells = notebook.widgets
      .filter(({ model }) => model.type === 'code' && wanted.includes(model.id))
      .map(({ model }) => ({ id: model.id, source: model.sharedModel.getSource() }));
    if (cells.length > 0) {
      this.report(runs.run(cells, { timing: notebook.notebookConfig.recordTiming }));
    }
  }

  private title(wanted: string): string {
    const cell = this.options.notebook.widgets.find(({ model }) => model.id === wanted);
    const source = cell?.model.sharedModel.getSource().trim() ?? '';
    return (source.split('\n')[0] ?? '').slice(0, TITLE_CHARACTERS);
  }

  private tell(aftermath: IAftermath): void {
    const { runs, trans } = this.options;
    const { held } = aftermath;
    Notification.dismiss(this.notice);
    this.notice = Notification.warning(aftermathSentence(aftermath, trans), {
      autoClose: false,
      actions:
        held.length === 0 || !runs.mayRun
          ? []
          : [
              {
                label: trans.__('Run them'),
                callback: () => {
                  this.runAgain(held.map(({ cell }) => cell));
                }
              },
              {
                label: trans.__('Do not run them'),
                callback: () => {
                  this.report(runs.cancel(held.map(({ id }) => id)));
                }
              }
            ]
    });
  }
}

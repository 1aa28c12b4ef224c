import type { IInputRequest, IRunAnswer } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import type { ISignal } from '@lumino/signaling';
import type { Roster } from '../presence/roster';
import { nameOf } from './badge';
import { InputForm } from './input-form';
import type { IRuns } from './tokens';

/** A notebook, as far as a question stands at one of its cells. */
export interface IAskedNotebook {
  readonly node: HTMLElement;
  readonly widgets: readonly {
    readonly node: HTMLElement;
    readonly model: { readonly id: string };
  }[];
  readonly model: { readonly cells: { readonly changed: ISignal<unknown, unknown> } } | null;
  readonly disposed: ISignal<unknown, unknown>;
}

/** What a question needs. */
export interface IQuestionOptions {
  readonly notebook: IAskedNotebook;
  readonly runs: IRuns;
  readonly roster: Pick<Roster, 'people' | 'changed'>;
  readonly trans: TranslationBundle;
  /** Tells the person why nothing happened. */
  readonly refused: (answer: IRunAnswer) => void;
}

/** Shows what the kernel asks at the cell that asks. */
export class Question implements IDisposable {
  private form: InputForm | null = null;
  private shown: number | null = null;
  private frame: number | null = null;
  private disposed = false;

  constructor(private readonly options: IQuestionOptions) {
    const { notebook, roster, runs } = options;
    runs.changed.connect(this.renderLater);
    roster.changed.connect(this.renderLater);
    notebook.model?.cells.changed.connect(this.renderLater);
    notebook.disposed.connect(() => {
      this.dispose();
    });
    this.renderLater();
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    const { notebook, roster, runs } = this.options;
    runs.changed.disconnect(this.renderLater);
    roster.changed.disconnect(this.renderLater);
    notebook.model?.cells.changed.disconnect(this.renderLater);
    if (this.frame !== null) {
      cancelAnimationFrame(this.frame);
    }
    this.form?.node.remove();
  }

  private readonly renderLater = (): void => {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.render();
    });
  };

  private render(): void {
    const { input } = this.options.runs.board;
    if (input === null) {
      this.drop();
      return;
    }
    if (input.id !== this.shown) {
      this.drop();
    }
    this.shown = input.id;
    const fresh = this.form === null;
    this.form ??= this.ask(input);
    this.form.mine = this.isMine(input);
    this.hang(this.form, input.cell);
    if (fresh && input.username === this.options.runs.username && this.isFree()) {
      this.form.focus();
    }
  }

  private drop(): void {
    this.form?.node.remove();
    this.form = null;
  }

  private hang({ node }: InputForm, cellId: string): void {
    const cell = this.options.notebook.widgets.find(({ model }) => model.id === cellId);
    if (cell !== undefined && node.parentElement !== cell.node) {
      cell.node.append(node);
    }
  }

  private ask(request: IInputRequest): InputForm {
    const { refused, runs, trans } = this.options;
    const run = runs.board.get(request.run);
    return new InputForm({
      request,
      trans,
      name: run === undefined ? request.username : nameOf(run),
      answer: async value => {
        const answer = await runs.answer(request.id, value);
        if (answer.status === 'refused') {
          refused(answer);
        }
        return answer.status === 'accepted';
      }
    });
  }

  /** Whoever ran the cell answers, or anybody who may run code when they are not here (RUN-28). */
  private isMine({ username }: IInputRequest): boolean {
    const { roster, runs } = this.options;
    const here = roster.people.some(person => person.username === username);
    return runs.mayRun && (username === runs.username || !here);
  }

  /** Whether somebody at this notebook would not be torn out of what they write. */
  private isFree(): boolean {
    const { activeElement } = document;
    if (activeElement === null || !this.options.notebook.node.contains(activeElement)) {
      return false;
    }
    return (activeElement.closest('.cm-content')?.textContent ?? '') === '';
  }
}

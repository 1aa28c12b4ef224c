import type { IInputRequest } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';

/** What a form needs. */
export interface IInputFormOptions {
  readonly request: IInputRequest;
  /** What the person who ran the cell is called. */
  readonly name: string;
  readonly trans: TranslationBundle;
  /** Resolves to whether the answer was accepted; where it was not, the person has been told. */
  readonly answer: (value: string) => Promise<boolean>;
}

/** What the kernel asks, below the cell that asks: with a field for whoever may answer (RUNUI-9). */
export class InputForm {
  readonly node = document.createElement('form');
  private readonly field = document.createElement('input');
  private readonly prompt = document.createElement('label');
  private readonly send = document.createElement('button');
  private readonly wait = document.createElement('p');

  constructor(private readonly options: IInputFormOptions) {
    const { request, trans, name } = options;
    this.node.className = 'tandem-InputForm';
    this.node.setAttribute('aria-label', trans.__('The kernel asks'));
    this.prompt.textContent = request.prompt || trans.__('The kernel waits for an input:');
    this.prompt.htmlFor = this.field.id = `tandem-input-${request.id}`;
    this.field.className = 'jp-mod-styled';
    this.field.type = request.password ? 'password' : 'text';
    this.field.autocomplete = 'off';
    this.send.className = 'jp-mod-styled jp-mod-accept';
    this.send.textContent = trans.__('Answer');
    this.wait.textContent = trans.__('%1 ran the cell and is asked.', name);
    this.node.append(this.prompt, this.field, this.send, this.wait);
    this.node.onsubmit = event => {
      event.preventDefault();
      // Not again while it is on its way: the second one would be refused, and the person told so.
      if (!this.field.readOnly) {
        void this.submit();
      }
    };
    // JupyterLab's shortcuts are not meant while somebody answers.
    this.node.onkeydown = event => {
      event.stopPropagation();
    };
  }

  /** Lets this person answer, or wait for somebody else to do it. */
  set mine(mine: boolean) {
    this.field.hidden = this.send.hidden = !mine;
    this.wait.hidden = mine;
  }

  focus(): void {
    this.field.focus();
  }

  /** What was typed stays until it is accepted: it may have been long, and there may be no connection. */
  private async submit(): Promise<void> {
    this.field.readOnly = true;
    this.node.setAttribute('aria-busy', 'true');
    try {
      if (await this.options.answer(this.field.value)) {
        this.field.value = '';
      }
    } finally {
      this.field.readOnly = false;
      this.node.setAttribute('aria-busy', 'false');
    }
  }
}

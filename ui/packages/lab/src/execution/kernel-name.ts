import type { IKernelStatus } from '@jupyter-tandem/protocol';
import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelLayout, Widget } from '@lumino/widgets';
import type { IRuns } from './tokens';

/** What a name of a kernel needs. */
export interface IKernelNameOptions {
  readonly runs: IRuns;
  readonly trans: TranslationBundle;
  /** What people call a kernel of this name; the name itself where nobody knows. */
  readonly display: (name: string) => string;
}

/** Which kernel runs the cells: JupyterLab's own name of it, unless the cells are run elsewhere (RUNUI-16). */
export class KernelName extends Widget {
  private readonly far = new Widget({ node: document.createElement('span') });

  /**
   * @param own What JupyterLab shows of the kernel of one's own server.
   */
  constructor(
    private readonly own: Widget,
    private readonly options: IKernelNameOptions
  ) {
    super();
    this.addClass('tandem-KernelName');
    this.far.addClass('tandem-KernelName-far');
    const layout = new PanelLayout();
    layout.addWidget(own);
    layout.addWidget(this.far);
    this.layout = layout;
    options.runs.changed.connect(this.refresh);
    this.refresh();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.options.runs.changed.disconnect(this.refresh);
      super.dispose();
    }
  }

  private readonly refresh = (): void => {
    const { board } = this.options.runs;
    const far = board.at !== '';
    this.own.setHidden(far);
    this.far.setHidden(!far);
    this.far.node.textContent = far ? this.label(board.kernel, board.at) : '';
    this.far.node.title = far ? this.sentence(board.kernel, board.at) : '';
  };

  private label(kernel: IKernelStatus | null, owner: string): string {
    const { display, trans } = this.options;
    const name = kernel?.name ?? '';
    return name === ''
      ? trans.__('Kernel of %1', owner)
      : trans.__('%1 of %2', display(name), owner);
  }

  private sentence(kernel: IKernelStatus | null, owner: string): string {
    const { trans } = this.options;
    const where = trans.__("Cells are run at %1's server.", owner);
    return kernel === null ? where : `${where} ${kernelSentence(kernel, trans)}`;
  }
}

/** How a kernel stands. */
function kernelSentence({ state }: IKernelStatus, trans: TranslationBundle): string {
  const sentences: Readonly<Record<IKernelStatus['state'], string>> = {
    starting: trans.__('The kernel is being started.'),
    idle: trans.__('The kernel is idle.'),
    busy: trans.__('The kernel is busy.'),
    restarting: trans.__('The kernel is being restarted.'),
    dead: trans.__('There is no kernel now.')
  };
  return sentences[state];
}

import type { IOutput } from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { PanelLayout, Widget } from '@lumino/widgets';
import type { OutputShelf } from './shelf';
import { readStandIn, sizeText, STAND_IN, type IStandIn } from './stand-in';

/** How far outside of the view an output is fetched already. */
const AHEAD = '400px 0px';

/** What big outputs need of the page. */
export interface IBigOutputNeeds {
  readonly shelf: OutputShelf;
  readonly translator: ITranslator;
  /** Renders what the notebook behind this resolver shows. */
  readonly rendermime: (resolver: IRenderMime.IResolver | null) => IRenderMimeRegistry;
}

/**
 * Shows a big output: its size at first, and itself once it has come into view.
 *
 * The output goes through the notebook's own renderers, as trusted as its stand-in is: what would have been sanitised
 * is sanitised.
 */
export class BigOutput extends Widget implements IRenderMime.IRenderer {
  private readonly trans: TranslationBundle;
  private observer: IntersectionObserver | null = null;
  private standIn: IStandIn | null = null;
  private trusted = false;
  private shown: OutputAreaModel | null = null;
  /** Counts what was to be shown; answers to earlier ones come too late. */
  private turn = 0;

  constructor(
    private readonly resolver: IRenderMime.IResolver | null,
    private readonly needs: IBigOutputNeeds
  ) {
    super();
    this.addClass('tandem-BigOutput');
    this.layout = new PanelLayout();
    this.trans = needs.translator.load('jupyter_tandem');
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const standIn = readStandIn(model.data[STAND_IN]);
    const same = standIn?.sha256 === this.standIn?.sha256 && model.trusted === this.trusted;
    if (same && standIn?.document === this.standIn?.document) {
      return Promise.resolve();
    }
    this.standIn = standIn;
    this.trusted = model.trusted;
    this.begin();
    return Promise.resolve();
  }

  override dispose(): void {
    this.turn++;
    this.stopWatching();
    super.dispose();
    this.shown?.dispose();
    this.shown = null;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.watch();
  }

  protected override onBeforeDetach(msg: Message): void {
    this.stopWatching();
    super.onBeforeDetach(msg);
  }

  private get panel(): PanelLayout {
    return this.layout as PanelLayout;
  }

  private begin(): void {
    this.turn++;
    const { standIn } = this;
    const here = standIn === null ? null : this.needs.shelf.at(standIn);
    if (here !== null) {
      this.render(here);
      return;
    }
    this.say(standIn === null ? this.trans.__('This output cannot be read.') : this.sizeSentence());
    this.watch();
  }

  private sizeSentence(): string {
    const bytes = this.standIn?.bytes ?? 0;
    return this.trans.__('Output of %1', sizeText(bytes, this.locale));
  }

  private get locale(): string {
    return this.needs.translator.languageCode.replace('_', '-');
  }

  private watch(): void {
    if (!this.isAttached || this.observer !== null || !this.waits) {
      return;
    }
    this.observer = new IntersectionObserver(
      entries => {
        if (entries.some(entry => entry.isIntersecting)) {
          this.stopWatching();
          void this.fetch();
        }
      },
      { rootMargin: AHEAD }
    );
    this.observer.observe(this.node);
  }

  private stopWatching(): void {
    this.observer?.disconnect();
    this.observer = null;
  }

  /** Whether the output is neither shown nor under way. */
  private get waits(): boolean {
    return this.standIn !== null && this.node.dataset['state'] === 'waiting';
  }

  private async fetch(): Promise<void> {
    const { standIn } = this;
    if (standIn === null) {
      return;
    }
    const turn = this.turn;
    const bar = this.sayUnderWay();
    try {
      const output = await this.needs.shelf.get(standIn, bytes => {
        bar.value = bytes;
      });
      if (turn === this.turn) {
        this.render(output);
      }
    } catch (error) {
      if (turn === this.turn) {
        this.sayFailed(error instanceof Error ? error.message : '');
      }
    }
  }

  // -- what is seen ----------------------------------------------------------------------------------------

  private render(output: IOutput): void {
    this.clear('shown');
    const { rendermime, translator } = this.needs;
    const { trusted } = this;
    const model = new OutputAreaModel({ values: [output], trusted });
    this.shown = model;
    this.panel.addWidget(
      new SimplifiedOutputArea({
        model,
        rendermime: rendermime(this.resolver),
        translator
      })
    );
  }

  private clear(state: 'waiting' | 'fetching' | 'failed' | 'shown'): void {
    this.stopWatching();
    if (this.node.contains(document.activeElement)) {
      // It would be lost with what is shown.
      this.node.tabIndex = -1;
      this.node.focus();
    }
    for (const widget of [...this.panel.widgets]) {
      widget.dispose();
    }
    this.shown?.dispose();
    this.shown = null;
    this.node.dataset['state'] = state;
    this.node.setAttribute('aria-busy', String(state === 'fetching'));
  }

  private say(text: string): HTMLElement {
    this.clear('waiting');
    return this.note(text);
  }

  private note(text: string): HTMLElement {
    const note = new Widget();
    note.addClass('tandem-BigOutput-note');
    const words = document.createElement('span');
    words.textContent = text;
    note.node.append(words);
    this.panel.addWidget(note);
    return note.node;
  }

  private sayUnderWay(): HTMLProgressElement {
    this.clear('fetching');
    const bar = document.createElement('progress');
    bar.max = this.standIn?.bytes ?? 1;
    bar.setAttribute('aria-label', this.trans.__('Loading the output'));
    this.note(this.sizeSentence()).append(bar);
    return bar;
  }

  private sayFailed(reason: string): void {
    this.clear('failed');
    const sentence =
      reason === '' ? this.trans.__('The server cannot be reached at the moment.') : reason;
    const note = this.note(
      this.trans.__('%1 could not be loaded. %2', this.sizeSentence(), sentence)
    );
    const again = document.createElement('button');
    again.type = 'button';
    again.className = 'jp-mod-styled jp-mod-minimal';
    // Enter and Space press it; to the notebook they mean something else.
    again.setAttribute('data-lm-suppress-shortcuts', 'true');
    again.textContent = this.trans.__('Try again');
    again.addEventListener('click', () => {
      void this.fetch();
    });
    note.append(again);
    if (document.activeElement === this.node) {
      again.focus();
    }
  }
}

/** Makes renderers of stand-ins. */
export function bigOutputFactory(needs: IBigOutputNeeds): IRenderMime.IRendererFactory {
  return {
    // What it shows is sanitised where it is not trusted, whatever made it.
    safe: true,
    mimeTypes: [STAND_IN],
    defaultRank: 10,
    createRenderer: ({ resolver }) => new BigOutput(resolver, needs)
  };
}

import type { IRenderMime } from '@jupyterlab/rendermime';
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import type { Renderers } from '../execution/widget-views';
import { shorten, type IShortened } from './shorten';
import { sizeText } from './stand-in';

/** What prints and results are rendered by; errors are never long. */
const TEXTS = [
  'application/vnd.jupyter.stdout',
  'application/vnd.jupyter.stderr',
  'text/plain'
] as const;

/**
 * Shows long text by its beginning and its end, with a button for all of it (RUNUI-14).
 *
 * @param rendermime That of a notebook.
 */
export function shortenTexts(rendermime: Renderers, translator: ITranslator): void {
  for (const type of TEXTS) {
    const factory = rendermime.getFactory(type);
    if (factory !== undefined) {
      rendermime.addFactory(shortening(factory, type, translator), rendermime.getRank(type));
    }
  }
}

function shortening(
  factory: IRenderMime.IRendererFactory,
  type: string,
  translator: ITranslator
): IRenderMime.IRendererFactory {
  return {
    mimeTypes: [type],
    safe: factory.safe,
    createRenderer: options => {
      const renderer = factory.createRenderer(options);
      const make = (): IRenderMime.IRenderer => factory.createRenderer(options);
      const text = new LongText(renderer, make, options.mimeType, translator);
      renderer.renderModel = model => text.render(model);
      renderer.disposed.connect(() => {
        text.dispose();
      });
      return renderer;
    }
  };
}

/** What one output shows of its text. What it shows of the beginning is drawn once, however fast the end moves on. */
class LongText {
  private readonly whole: (model: IRenderMime.IMimeModel) => Promise<void>;
  private readonly button = document.createElement('button');
  private readonly trans: TranslationBundle;
  private end: IRenderMime.IRenderer | null = null;
  private model: IRenderMime.IMimeModel | null = null;
  private expanded = false;
  /** The beginning that is drawn. */
  private drawn: string | null = null;
  /** Counts what was to be drawn; what comes of an earlier turn comes too late. */
  private turn = 0;

  constructor(
    private readonly renderer: IRenderMime.IRenderer,
    private readonly make: () => IRenderMime.IRenderer,
    private readonly type: string,
    private readonly translator: ITranslator
  ) {
    this.whole = renderer.renderModel.bind(renderer);
    this.trans = translator.load('jupyter_tandem');
    this.button.type = 'button';
    this.button.className = 'tandem-LongText-more jp-mod-styled jp-mod-minimal';
    // Enter and Space press it; to the notebook they mean something else.
    this.button.setAttribute('data-lm-suppress-shortcuts', 'true');
    this.button.onclick = () => {
      void this.toggle();
    };
  }

  async render(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    const turn = ++this.turn;
    const text = model.data[this.type];
    const found = typeof text === 'string' ? shorten(text) : null;
    if (found === null) {
      this.expanded = false;
      this.drawn = null;
      await this.whole(model);
    } else if (this.expanded) {
      this.drawn = null;
      await this.keepingFocus(() => this.showAll(model, turn));
    } else {
      await this.keepingFocus(() => this.showShort(model, found, turn));
    }
  }

  dispose(): void {
    this.end?.dispose();
    this.end = null;
  }

  private async toggle(): Promise<void> {
    if (this.model !== null) {
      this.expanded = !this.expanded;
      await this.render(this.model);
      if (!this.expanded) {
        // What was below it is gone.
        this.button.scrollIntoView({ block: 'nearest' });
      }
    }
  }

  private async showAll(model: IRenderMime.IMimeModel, turn: number): Promise<void> {
    await this.whole(model);
    if (turn !== this.turn) {
      return;
    }
    this.say(this.trans.__('Show less'));
    this.renderer.node.append(this.button);
  }

  private async showShort(
    model: IRenderMime.IMimeModel,
    { beginning, ending, hidden }: IShortened,
    turn: number
  ): Promise<void> {
    if (this.drawn !== beginning) {
      this.drawn = beginning;
      await this.whole(this.like(model, beginning));
    }
    if (this.end === null) {
      this.end = this.make();
      this.end.addClass('tandem-LongText-end');
    }
    await this.end.renderModel(this.like(model, ending));
    if (turn !== this.turn) {
      return;
    }
    const locale = this.translator.languageCode.replace('_', '-');
    this.say(this.trans.__('Show more (%1)', sizeText(hidden, locale)));
    this.renderer.node.append(this.button, this.end.node);
  }

  private say(text: string): void {
    if (this.button.textContent !== text) {
      this.button.textContent = text;
    }
    this.button.setAttribute('aria-expanded', String(this.expanded));
  }

  private like(model: IRenderMime.IMimeModel, text: string): IRenderMime.IMimeModel {
    const { metadata, trusted } = model;
    return { trusted, metadata, data: { [this.type]: text }, setData: () => undefined };
  }

  /** The button stays the same, but is put in anew. */
  private async keepingFocus(draw: () => Promise<void>): Promise<void> {
    const { button } = this;
    const focused = document.activeElement === button;
    await draw();
    if (focused && document.activeElement !== button) {
      button.focus({ preventScroll: true });
    }
  }
}

// @vitest-environment happy-dom
import type { IRenderMime } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Renderers } from '../src/execution/widget-views';
import { shortenTexts } from '../src/outputs/long-text';
import {
  BEGINNING_CHARACTERS,
  ENDING_CHARACTERS,
  LONG_CHARACTERS,
  shorten
} from '../src/outputs/shorten';

const STDOUT = 'application/vnd.jupyter.stdout';

function lines(count: number, from = 0): string {
  return Array.from({ length: count }, (_, n) => `line ${String(from + n)}\n`).join('');
}

describe('a long text', () => {
  it('[RUNUI-14] is shortened between whole lines, and nothing of it is lost or doubled', () => {
    const text = lines(20_000);
    const found = shorten(text);
    expect(found?.beginning.length).toBeGreaterThan(BEGINNING_CHARACTERS - 20);
    expect(found?.beginning).toMatch(/^line 0\n[^]*\n$/);
    expect(found?.ending).toMatch(/^line \d+\n[^]*line 19999\n$/);
    const { beginning = '', ending = '', hidden = 0 } = found ?? {};
    expect(beginning.length + hidden + ending.length).toBe(text.length);
    expect(text.startsWith(beginning) && text.endsWith(ending)).toBe(true);
  });

  it('[RUNUI-14] is one of more than 100,000 characters', () => {
    expect(shorten('x'.repeat(LONG_CHARACTERS))).toBeNull();
    expect(shorten('x'.repeat(LONG_CHARACTERS + 1))).toEqual({
      beginning: 'x'.repeat(BEGINNING_CHARACTERS),
      ending: 'x'.repeat(ENDING_CHARACTERS),
      hidden: LONG_CHARACTERS + 1 - BEGINNING_CHARACTERS - ENDING_CHARACTERS
    });
  });

  it('[RUNUI-14] is not cut within a character or a colour', () => {
    const emoji = shorten('x' + '🎉'.repeat(LONG_CHARACTERS));
    expect(emoji?.beginning).toMatch(/^x🎉+$/u);
    expect(emoji?.ending).toMatch(/^🎉+$/u);
    const red = `${'x'.repeat(BEGINNING_CHARACTERS - 3)}\u001b[31m${'y'.repeat(LONG_CHARACTERS)}`;
    expect(shorten(red)?.beginning).toMatch(/x$/);
  });
});

/** Draws text as JupyterLab does: what was there is taken out before. */
class Text extends Widget implements IRenderMime.IRenderer {
  static drawn = 0;

  constructor(private readonly type: string) {
    super();
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    Text.drawn += 1;
    const pre = document.createElement('pre');
    pre.textContent = model.data[this.type] as string;
    this.node.replaceChildren(pre);
    return Promise.resolve();
  }
}

class Registry implements Renderers {
  private readonly known = new Map<string, [IRenderMime.IRendererFactory, number]>();

  addFactory(factory: IRenderMime.IRendererFactory, rank = 100): void {
    factory.mimeTypes.forEach(type => this.known.set(type, [factory, rank]));
  }

  getFactory(type: string): IRenderMime.IRendererFactory | undefined {
    return this.known.get(type)?.[0];
  }

  getRank(type: string): number | undefined {
    return this.known.get(type)?.[1];
  }
}

describe('an output of text', () => {
  let output: IRenderMime.IRenderer;

  beforeEach(() => {
    Text.drawn = 0;
    const registry = new Registry();
    const mimeTypes = ['text/plain', STDOUT];
    registry.addFactory(
      { safe: true, mimeTypes, createRenderer: ({ mimeType }) => new Text(mimeType) },
      120
    );
    shortenTexts(registry, nullTranslator);
    expect(registry.getRank(STDOUT)).toBe(120);
    const options = { mimeType: STDOUT } as IRenderMime.IRendererOptions;
    const made = registry.getFactory(STDOUT)?.createRenderer(options);
    if (made === undefined) {
      throw new Error('Nothing renders what is printed.');
    }
    output = made;
    Widget.attach(output, document.body);
  });

  afterEach(() => {
    output.dispose();
  });

  const render = (text: string): Promise<void> =>
    output.renderModel({ data: { [STDOUT]: text }, metadata: {}, trusted: false, setData: no });
  const shown = (): string =>
    [...output.node.querySelectorAll('pre')].map(pre => pre.textContent).join('…');
  const button = (): HTMLButtonElement | null => output.node.querySelector('button');
  const settle = (): Promise<void> => new Promise(done => setTimeout(done));

  function no(): void {
    // Nothing is set in tests.
  }

  it('[RUNUI-14] that is short is drawn as always', async () => {
    await render('one\n');
    await render('one\ntwo\n');
    expect([shown(), button(), Text.drawn]).toEqual(['one\ntwo\n', null, 2]);
  });

  it('[RUNUI-14] that is long has a button for all of it, and back, which keeps the focus', async () => {
    const text = lines(20_000);
    await render(text);
    expect(shown()).toMatch(/^line 0\n[^]*…line \d+\n[^]*line 19999\n$/);
    expect(shown().length).toBeLessThan(BEGINNING_CHARACTERS + ENDING_CHARACTERS + 1);
    const more = button();
    expect(more?.textContent).toBe('Show more (184 kB)');
    expect(more?.getAttribute('aria-expanded')).toBe('false');
    more?.focus();
    more?.click();
    await settle();
    expect(shown()).toBe(text);
    expect(button()).toBe(more);
    expect([more?.textContent, more?.getAttribute('aria-expanded')]).toEqual(['Show less', 'true']);
    expect(document.activeElement).toBe(more);
    more?.click();
    await settle();
    expect(more?.textContent).toBe('Show more (184 kB)');
    expect(document.activeElement).toBe(more);
  });

  it('[RUNUI-14] that grows draws its beginning once, keeps the focus, and stays as it was wanted', async () => {
    await render(lines(20_000));
    expect(Text.drawn).toBe(2);
    button()?.focus();
    await render(lines(20_001));
    expect([Text.drawn, document.activeElement === button()]).toEqual([3, true]);
    expect(shown()).toMatch(/line 20000\n$/);
    button()?.click();
    await settle();
    const all = lines(20_002);
    await render(all);
    expect(shown()).toBe(all);
    await render('cleared\n');
    expect([shown(), button()]).toEqual(['cleared\n', null]);
    await render(all);
    expect(button()?.getAttribute('aria-expanded')).toBe('false');
  });
});

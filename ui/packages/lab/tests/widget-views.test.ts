// @vitest-environment happy-dom
import type { IRenderMime } from '@jupyterlab/rendermime';
import type { KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { describe, expect, it } from 'vitest';
import { showWidgets, WIDGET_VIEW, type Renderers } from '../src/execution/widget-views';

const BUNDLE = { [WIDGET_VIEW]: { model_id: 'tree' }, 'text/plain': 'IntSlider()' };

/** Shows a widget once it has arrived, as the extension for ipywidgets does. */
class View extends Widget implements IRenderMime.IRenderer {
  static arrived = false;
  static rendered = 0;

  renderModel(): Promise<void> {
    View.rendered += 1;
    this.toggleClass('jupyter-widgets', !View.arrived);
    return Promise.resolve();
  }
}

const ofWidgets: IRenderMime.IRendererFactory = {
  safe: false,
  mimeTypes: [WIDGET_VIEW],
  createRenderer: () => new View()
};

const ofText: IRenderMime.IRendererFactory = {
  safe: true,
  mimeTypes: ['text/plain'],
  createRenderer: () => new View()
};

/** JupyterLab's own registry needs more of a browser than tests have. */
class Registry implements Renderers {
  private readonly known = new Map<string, [IRenderMime.IRendererFactory, number]>();

  addFactory(factory: IRenderMime.IRendererFactory, rank = 100): void {
    factory.mimeTypes.forEach(type => this.known.set(type, [factory, rank]));
  }

  removeMimeType(type: string): void {
    this.known.delete(type);
  }

  getFactory(type: string): IRenderMime.IRendererFactory | undefined {
    return this.known.get(type)?.[0];
  }

  getRank(type: string): number | undefined {
    return this.known.get(type)?.[1];
  }

  /** The type an output is shown by: the first by rank that is safe, or any in a trusted cell. */
  chosen(bundle: object, trusted = false): string | undefined {
    return [...this.known]
      .sort(([, [, one]], [, [, other]]) => one - other)
      .find(([type, [factory]]) => type in bundle && (trusted || factory.safe))?.[0];
  }

  view(): IRenderMime.IRenderer {
    const factory = this.getFactory(WIDGET_VIEW);
    if (factory === undefined) {
      throw new Error('Nothing renders widgets.');
    }
    return factory.createRenderer({} as IRenderMime.IRendererOptions);
  }
}

const MODEL = { data: BUNDLE } as unknown as IRenderMime.IMimeModel;

function publish(kind: string, content: object): KernelMessage.IMessage {
  return { header: { msg_type: kind }, content } as unknown as KernelMessage.IMessage;
}

function bench(mayRun: () => boolean): {
  rendermime: Registry;
  published: Signal<object, KernelMessage.IMessage>;
} {
  View.arrived = false;
  View.rendered = 0;
  const rendermime = new Registry();
  rendermime.addFactory(ofText);
  const published = new Signal<object, KernelMessage.IMessage>({});
  rendermime.addFactory(ofWidgets, -10);
  showWidgets(rendermime, mayRun, published);
  return { rendermime, published };
}

describe('views of widgets', () => {
  it('are shown in untrusted cells to whoever may run code, as of now [RUNUI-12]', () => {
    let mayRun = true;
    const { rendermime } = bench(() => mayRun);
    expect(rendermime.chosen(BUNDLE)).toBe(WIDGET_VIEW);
    mayRun = false;
    expect(rendermime.chosen(BUNDLE)).toBe('text/plain');
    expect(rendermime.chosen(BUNDLE, true)).toBe(WIDGET_VIEW);
  });

  it('are shown by whatever is added later, and nothing else is trusted for it [RUNUI-12]', () => {
    const { rendermime } = bench(() => true);
    rendermime.removeMimeType(WIDGET_VIEW);
    rendermime.addFactory(ofWidgets, -10);
    rendermime.addFactory({ ...ofWidgets, mimeTypes: ['text/html'] }, -20);
    const bundle = { ...BUNDLE, 'text/html': '<b>tree</b>' };
    expect(rendermime.chosen(bundle)).toBe(WIDGET_VIEW);
  });

  it('are tried again when their widget arrives [RUNUI-12]', async () => {
    const { rendermime, published } = bench(() => true);
    const view = rendermime.view();
    await view.renderModel(MODEL);
    published.emit(publish('comm_open', { comm_id: 'another' }));
    published.emit(publish('stream', {}));
    expect(View.rendered).toBe(1);
    View.arrived = true;
    published.emit(publish('comm_open', { comm_id: 'tree' }));
    expect(View.rendered).toBe(2);
    published.emit(publish('comm_open', { comm_id: 'tree' }));
    expect(View.rendered).toBe(2);
  });

  it('are not tried for ever, and not when they are gone [RUNUI-12]', async () => {
    const { rendermime, published } = bench(() => true);
    const view = rendermime.view();
    await view.renderModel(MODEL);
    for (let turn = 0; turn < 20; turn++) {
      published.emit(publish('status', { execution_state: 'busy' }));
      published.emit(publish('status', { execution_state: 'idle' }));
    }
    expect(View.rendered).toBe(6);
    view.dispose();
    published.emit(publish('comm_open', { comm_id: 'tree' }));
    expect(View.rendered).toBe(6);
  });
});

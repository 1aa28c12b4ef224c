import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { KernelMessage } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';

/** What an output holds that is a view of a widget: an id by which the kernel knows the widget. */
export const WIDGET_VIEW = 'application/vnd.jupyter.widget-view+json';

/** How often a view is tried again without knowing that its widget has arrived. */
const MOST_TRIES = 5;

/** On the node of a view that could not be shown; a view that is shown has it on what is within. */
const FAILED = 'jupyter-widgets';

/** Where what renders outputs is registered, by the types it renders. */
export type Renderers = Pick<IRenderMimeRegistry, 'addFactory' | 'getFactory' | 'getRank'>;

/** What the kernel of a notebook publishes. */
export type Published = ISignal<unknown, KernelMessage.IMessage>;

/**
 * Shows views of widgets to everybody who may run code, whoever ran the cell (RUNUI-12).
 *
 * JupyterLab shows them in trusted cells only, that is to the one who ran the cell. An output of another person is not
 * to be trusted, since whoever may write may put one there; but a view names a widget, and only the kernel says what that
 * is. Whoever may use the kernel is in its hands already. Others see what the output holds beside the view.
 *
 * @param rendermime That of a notebook; what shows widgets is added to it now or later.
 */
export function showWidgets(
  rendermime: Renderers,
  mayRun: () => boolean,
  published: Published
): void {
  const addFactory = rendermime.addFactory.bind(rendermime);
  const add = (factory: IRenderMime.IRendererFactory, rank?: number): void => {
    const isView = factory.mimeTypes.includes(WIDGET_VIEW);
    const ours = isView ? asAllowed(factory, mayRun, published) : factory;
    addFactory(ours, rank);
  };
  // The extension for widgets adds its own once it knows the notebook's kernel.
  rendermime.addFactory = add;
  const present = rendermime.getFactory(WIDGET_VIEW);
  if (present !== undefined) {
    add(present, rendermime.getRank(WIDGET_VIEW));
  }
}

function asAllowed(
  factory: IRenderMime.IRendererFactory,
  mayRun: () => boolean,
  published: Published
): IRenderMime.IRendererFactory {
  return {
    mimeTypes: factory.mimeTypes,
    createRenderer: options => {
      const renderer = factory.createRenderer(options);
      bePatient(renderer, published);
      return renderer;
    },
    get safe() {
      return factory.safe || mayRun();
    }
  };
}

/**
 * Has a view tried again when its widget arrives. Outputs come by the document and widgets by the kernel's connection:
 * either may be first.
 */
function bePatient(renderer: IRenderMime.IRenderer, published: Published): void {
  const render = renderer.renderModel.bind(renderer);
  let shown: IRenderMime.IMimeModel | null = null;
  let tries = 0;
  const heard = (_: unknown, message: KernelMessage.IMessage): void => {
    if (shown === null || !renderer.hasClass(FAILED) || !maySayMore(message, shown)) {
      return;
    }
    tries += 1;
    if (tries <= MOST_TRIES || message.header.msg_type === 'comm_open') {
      renderer.removeClass(FAILED);
      void render(shown);
    }
  };
  renderer.renderModel = async model => {
    shown = model;
    await render(model);
  };
  published.connect(heard);
  renderer.disposed.connect(() => {
    published.disconnect(heard);
  });
}

function maySayMore(
  { header, content }: KernelMessage.IMessage,
  model: IRenderMime.IMimeModel
): boolean {
  if (header.msg_type === 'status') {
    return (content as { execution_state?: string }).execution_state === 'idle';
  }
  const view = model.data[WIDGET_VIEW] as { model_id?: string } | undefined;
  return (
    header.msg_type === 'comm_open' && (content as { comm_id?: string }).comm_id === view?.model_id
  );
}

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { DocumentRegistry, IDocumentWidget } from '@jupyterlab/docregistry';
import type { IDisposable } from '@lumino/disposable';

/** Has something made for every document widget, of whatever factory, now and later. */
export function forEveryDocument(
  { docRegistry }: JupyterFrontEnd,
  createNew: (widget: IDocumentWidget, context: DocumentRegistry.Context) => IDisposable | undefined
): void {
  const extension: DocumentRegistry.WidgetExtension = { createNew };
  for (const { name } of docRegistry.widgetFactories()) {
    docRegistry.addWidgetExtension(name, extension);
  }
  docRegistry.changed.connect((_, { type, name, change }) => {
    if (type === 'widgetFactory' && change === 'added' && name !== undefined) {
      docRegistry.addWidgetExtension(name, extension);
    }
  });
}

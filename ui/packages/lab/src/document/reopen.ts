import type { JupyterFrontEnd, LabShell } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { Notebook } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

/** Where a person was in a document. */
interface IPlace {
  readonly cellId: string;
  readonly mode: Notebook['mode'];
}

function placeIn({ content }: IDocumentWidget): IPlace | null {
  return content instanceof Notebook && content.activeCell !== null
    ? { cellId: content.activeCell.model.id, mode: content.mode }
    : null;
}

/** Goes to a cell by its id, if it is (still) there. */
function goTo({ content }: IDocumentWidget, { cellId, mode }: IPlace): void {
  if (content instanceof Notebook) {
    const index = content.widgets.findIndex(cell => cell.model.id === cellId);
    if (index >= 0) {
      content.activeCellIndex = index;
      content.mode = mode;
      void content.scrollToItem(index);
    }
  }
}

/**
 * Opens a document again with a model of its own, in the tab where it was.
 *
 * Nothing is saved and nobody is asked: what was to be kept has been handed over before. All views of the document
 * are closed; the one given is opened again, with the same active cell.
 */
export async function reopen(
  widget: IDocumentWidget,
  documents: IDocumentManager,
  shell: JupyterFrontEnd.IShell
): Promise<void> {
  const { context } = widget;
  const { path } = context;
  const factory = (context as Partial<{ factoryName: string }>).factoryName;
  const place = placeIn(widget);
  const activate = shell.currentWidget === widget;
  // Keeps the tab's place, and the split it is in, while there is no document.
  const placeholder = new Widget();
  placeholder.id = `tandem-reopening-${widget.id}`;
  placeholder.title.label = widget.title.label;
  shell.add(placeholder, 'main', { ref: widget.id, mode: 'tab-after', activate: false });
  for (const view of [...shell.widgets('main')]) {
    if (documents.contextForWidget(view) === context) {
      view.dispose();
    }
  }
  const options = { ref: placeholder.id, mode: 'tab-after', activate } as const;
  const opened = documents.open(path, factory, undefined, options);
  placeholder.dispose();
  if (opened !== undefined && place !== null) {
    await opened.context.ready;
    goTo(opened, place);
  }
}

/** Whether a shell can hold several documents, and place one beside another. */
export function isLabShell(shell: JupyterFrontEnd.IShell): shell is LabShell {
  return 'restoreLayout' in shell;
}

import type { Replacement } from '@jupyter-tandem/sync';
import { Notification } from '@jupyterlab/apputils';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { download } from './download';
import { isLocked } from './locked';
import { lockFor, type ILock } from './read-only';
import type { IHandover } from './sync-signals';
import type { ITandemDocument } from './tokens';

/** Something the person is told in passing. */
export interface INews {
  readonly type: 'success' | 'info' | 'warning';
  readonly message: string;
}

/** What continuity needs of the application. */
export interface IContinuityOptions {
  readonly document: ITandemDocument;
  readonly widget: IDocumentWidget;
  readonly trans: TranslationBundle;
  /** Opens the document again, with a model of its own, and tells the person why. */
  readonly reopen: (widget: IDocumentWidget, news: INews | null) => Promise<void>;
}

/**
 * Sees to it that what a person looks at is the document, whatever happened to it, and says what happened.
 *
 * Locks the widget of somebody who may not write, loads the document anew when its history is another one, and
 * offers what could not be kept as a copy.
 */
export class Continuity implements IDisposable {
  private readonly lock: ILock;
  private leaving = false;
  private disposed = false;

  constructor(private readonly options: IContinuityOptions) {
    const { document, widget } = options;
    this.lock = lockFor(widget);
    document.changed.connect(this.onChanged);
    document.replaced.connect(this.onReplaced);
    document.strayed.connect(this.onStrayed);
    document.handedOver.connect(this.onHandedOver);
    document.notified.connect(this.onNotified);
    widget.disposed.connect(() => {
      this.dispose();
    });
    void widget.context.ready.then(this.onChanged, () => undefined);
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  dispose(): void {
    if (this.disposed) {
      return;
    }
    this.disposed = true;
    const { document } = this.options;
    document.changed.disconnect(this.onChanged);
    document.replaced.disconnect(this.onReplaced);
    document.strayed.disconnect(this.onStrayed);
    document.handedOver.disconnect(this.onHandedOver);
    document.notified.disconnect(this.onNotified);
    this.lock.dispose();
  }

  private readonly onChanged = (): void => {
    this.lock.locked = this.leaving || isLocked(this.options.document.view);
  };

  private readonly onReplaced = (_: ITandemDocument, replacement: Replacement): void => {
    this.leave(replacementNews(replacement, this.options.trans));
  };

  private readonly onStrayed = (): void => {
    this.leave(replacementNews({ cause: 'stray' }, this.options.trans));
  };

  private readonly onHandedOver = (_: ITandemDocument, { id, answer }: IHandover): void => {
    const { document, trans } = this.options;
    if (answer.status === 'merged') {
      Notification.success(mergedSentence(answer.conflicts, trans), { autoClose: 10_000 });
      return;
    }
    const { content, name } = document.content(id);
    const sentence = trans.__(
      'Edits to %1 that you made before were not saved, and cannot be merged now.',
      name
    );
    Notification.error([sentence, answer.message].join(' ').trim(), {
      autoClose: false,
      actions: [
        {
          label: trans.__('Download a copy'),
          callback: () => {
            download(name, content);
            document.forget(id);
          }
        },
        {
          label: trans.__('Throw them away'),
          displayType: 'warn',
          callback: () => {
            document.forget(id);
          }
        }
      ]
    });
  };

  private readonly onNotified = (_: ITandemDocument, { message }: { message: string }): void => {
    if (message !== '') {
      Notification.info(message, { autoClose: 10_000 });
    }
  };

  /** Leaves the model that is given up; nothing typed from now on could be kept. */
  private leave(news: INews | null): void {
    if (this.leaving) {
      return;
    }
    this.leaving = true;
    this.lock.locked = true;
    const { reopen, trans, widget } = this.options;
    // Not within the transaction or frame that led here: the model must not vanish under its own observers.
    setTimeout(() => {
      reopen(widget, news).catch((error: unknown) => {
        Notification.error(
          `${trans.__('The document could not be opened again.')} ${String(error)}`
        );
      });
    }, 0);
  }
}

/** What the person is told about a replacement; nothing where they asked for it. */
function replacementNews(replacement: Replacement, trans: TranslationBundle): INews | null {
  switch (replacement.cause) {
    case 'merged':
      return { type: 'success', message: mergedSentence(replacement.conflicts, trans) };
    case 'lineage':
      return {
        type: 'info',
        message: trans.__('The document was replaced on the server and is loaded anew.')
      };
    case 'version':
      return null;
    case 'stray':
      return {
        type: 'warning',
        message: trans.__('You can only read this document; your change was undone.')
      };
    case 'entitled':
      return {
        type: 'info',
        message: trans.__('You may write in this document from now on; it is loaded anew for that.')
      };
  }
}

function mergedSentence(conflicts: number, trans: TranslationBundle): string {
  const merged = trans.__(
    'The document was replaced on the server; your edits were merged into it.'
  );
  if (conflicts === 0) {
    return merged;
  }
  const places = trans._n(
    '%1 place had been changed on both sides: both versions are there.',
    '%1 places had been changed on both sides: both versions are there.',
    conflicts
  );
  return `${merged} ${places}`;
}

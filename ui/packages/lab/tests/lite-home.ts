import './lab-browser';
import { YNotebook, type ISharedCell } from '@jupyter/ydoc';
import type { IDocumentProviderFactory } from '@jupyter/docprovider';
import { nullTranslator } from '@jupyterlab/translation';
import type { Contents } from '@jupyterlab/services';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import * as Y from 'yjs';
import { LiteDocument } from '../src/lite/document';
import type { Choice } from '../src/lite/beginning';
import type { ILiteConfig } from '../src/lite/config';
import type { IHistoryStore } from '../src/lite/store';
import type { ILiteSurroundings } from '../src/lite/tokens';
import { Ways } from '../src/lite/ways';
import { Shelf } from './lite-shelf';

export const PATH = 'a.ipynb';

/** A notebook of code cells with these sources. */
export function notebook(...sources: readonly string[]): JSONObject {
  const cells = sources.map((source, at) => ({
    cell_type: 'code',
    id: `c${at}`,
    source,
    metadata: {},
    outputs: [],
    execution_count: null
  }));
  return { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
}

/** What somebody may put among the cells of a notebook. */
export function stray(fields: Readonly<Record<string, unknown>>): Y.Map<unknown> {
  return new Y.Map(Object.entries({ id: 'stray', ...fields }));
}

/** A notebook that is open in one page. */
export interface IOpen {
  readonly model: YNotebook;
  readonly document: LiteDocument;
  readonly cells: readonly ISharedCell[];
  readonly sources: readonly string[];
  readonly notices: string[];
  /** How often it was to be opened anew. */
  readonly replaced: () => number;
  /** What the status says. */
  readonly label: () => string;
}

/** Somebody's browser: a drive with one notebook, and what is kept beside it. No server is reached. */
export class Home {
  readonly files = new Map<string, JSONValue>();
  readonly asked: string[] = [];
  choice: Choice = 'merge';
  /** Why copies cannot be written beside the file, or `null`. */
  full: string | null = null;
  private readonly fileChanged = new Signal<this, Contents.IChangedArgs>(this);
  private readonly identityChanged = new Signal<this, void>(this);
  private readonly documents: LiteDocument[] = [];

  constructor(
    private readonly room: string,
    content: JSONValue,
    readonly store: IHistoryStore = new Shelf()
  ) {
    this.files.set(PATH, content);
  }

  open(): IOpen {
    const model = new YNotebook();
    const notices: string[] = [];
    let replaced = 0;
    const document = new LiteDocument(this.options(model), this.surroundings());
    document.notified.connect((_, { message }) => {
      notices.push(message);
    });
    document.replaced.connect(() => {
      replaced += 1;
    });
    this.documents.push(document);
    const trans = nullTranslator.load('jupyter_tandem');
    return {
      model,
      document,
      notices,
      replaced: () => replaced,
      label: () => document.status({ trans, nowMs: 0, time: String }).label,
      get cells() {
        return model.cells;
      },
      get sources() {
        return model.cells.map(cell => cell.getSource());
      }
    };
  }

  /** Opens the notebook, and waits until it is there. */
  async enter(): Promise<IOpen> {
    const found = this.open();
    await found.document.ready;
    return found;
  }

  dispose(): void {
    this.documents.forEach(document => {
      document.dispose();
    });
  }

  private options(model: YNotebook): IDocumentProviderFactory.IOptions {
    const drive = {
      fileChanged: this.fileChanged,
      get: (path: string) => Promise.resolve({ content: structuredClone(this.files.get(path)) }),
      save: (path: string, { content }: { content: JSONValue }) => {
        this.files.set(path, structuredClone(content));
        return Promise.resolve({});
      }
    };
    const options = { model, drive, path: PATH, format: 'json', contentType: 'notebook' };
    return {
      ...options,
      translator: nullTranslator.load('jupyter_tandem')
    } as unknown as IDocumentProviderFactory.IOptions;
  }

  private surroundings(): ILiteSurroundings {
    const config: ILiteConfig = {
      obstacle: null,
      flaws: [],
      room: this.room,
      prefix: 'test',
      password: '',
      signaling: [],
      iceServers: [],
      relayOnly: false,
      username: '',
      usercolor: ''
    };
    const user = { username: 'u', name: 'n', display_name: 'n', initials: 'n', color: '' };
    return {
      ways: new Ways(config),
      room: this.room,
      store: this.store,
      identity: { user, changed: this.identityChanged },
      ask: path => {
        this.asked.push(path);
        return Promise.resolve(this.choice);
      },
      keepCopies: () =>
        this.full === null ? Promise.resolve() : Promise.reject(new Error(this.full)),
      original: () => Promise.resolve(null)
    };
  }
}

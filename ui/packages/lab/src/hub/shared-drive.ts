import { URLExt } from '@jupyterlab/coreutils';
import { Drive, ServerConnection, type Contents } from '@jupyterlab/services';
import { Signal, type ISignal } from '@lumino/signaling';

/** What others share on this Hub is in a drive of this name: `Shared:alice/notes.ipynb`. */
export const SHARED_DRIVE = 'Shared';

/** Where the server answers for the drive, below the base URL. */
const API = 'tandem/hub';

type Change = Contents.IChangedArgs;

/** What the server adds to its model of a folder. */
interface IFolderFacts {
  /** Whether everything in it is listed. */
  readonly whole: boolean;
  /** Why it is not, for people, or empty. */
  readonly away: string;
}

/** The drive of what others share, in servers of a JupyterHub. */
export class SharedDrive extends Drive {
  private readonly moves = new Signal<this, Change>(this);
  private readonly awayTold = new Signal<this, string>(this);
  private lastAway = '';

  constructor(settings: ServerConnection.ISettings) {
    super({ name: SHARED_DRIVE, apiEndpoint: `${API}/contents`, serverSettings: settings });
    // What this window does itself, and what others and other windows do, is one thing to who listens.
    this.fileChanged.connect((_, change) => {
      this.moves.emit(change);
    });
  }

  /** Changes made here, and documents that were found under another path. */
  get changes(): ISignal<this, Change> {
    return this.moves;
  }

  /** A folder is looked into whose owner's server is stopped: a sentence for people, once for each folder. */
  get away(): ISignal<this, string> {
    return this.awayTold;
  }

  /** A document is under another path now: its owner renamed it, or another window of this person did. */
  moved(from: string, to: string): void {
    this.moves.emit({ type: 'rename', oldValue: { path: from }, newValue: { path: to } });
  }

  override async get(path: string, options?: Contents.IFetchOptions): Promise<Contents.IModel> {
    const model = await super.get(path, options);
    const facts = (model as { tandem?: Partial<IFolderFacts> }).tandem;
    const away = model.type === 'directory' ? (facts?.away ?? '') : '';
    if (away !== '' && this.lastAway !== path) {
      this.awayTold.emit(away);
    }
    if (model.type === 'directory') {
      this.lastAway = away === '' ? '' : path;
    }
    return model;
  }

  override getDownloadUrl(path: string): Promise<string> {
    const { baseUrl } = this.serverSettings;
    return Promise.resolve(URLExt.join(baseUrl, API, 'files', URLExt.encodeParts(path)));
  }

  /**
   * Makes a copy in one of this person's own folders.
   *
   * @returns The path of the copy.
   */
  async copyOut(path: string, folder: string): Promise<Contents.IModel> {
    const settings = this.serverSettings;
    const url = URLExt.join(settings.baseUrl, API, 'copies');
    const init = { method: 'POST', body: JSON.stringify({ from: path, to: folder }) };
    const response = await ServerConnection.makeRequest(url, init, settings);
    if (response.status !== 201) {
      throw await ServerConnection.ResponseError.create(response);
    }
    return (await response.json()) as Contents.IModel;
  }
}

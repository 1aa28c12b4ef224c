import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type {
  ICaller,
  IGrant,
  IGrantChange,
  ILink,
  ILinkWish,
  INewLink,
  IOffer,
  ISharedLists,
  IShareView,
  ISubject,
  IUse
} from './nouns';

/** Where the API is, below the base URL. */
const API = 'tandem/api';

/** The server did not do what was asked; the message is a sentence for the person, or empty. */
export class Refusal extends Error {
  /**
   * @param status The HTTP status; 0 where the server could not be reached.
   * @param sentence What the server says about it.
   */
  constructor(
    readonly status: number,
    sentence: string
  ) {
    super(sentence);
  }
}

/** The sharing API of the server. Every method rejects with a `Refusal` where it is refused. */
export class SharingApi {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  /** The address of something on this server as other people's browsers need it. */
  publicUrl(address: string): string {
    return new URL(address, new URL(this.settings.baseUrl, window.location.href)).href;
  }

  /** The path below which this server's pages are, with a slash at both ends. */
  get basePath(): string {
    return new URL(this.settings.baseUrl, window.location.href).pathname;
  }

  me(): Promise<ICaller> {
    return this.ask('GET', 'me');
  }

  /** All about a file or folder; for its managers. */
  view(path: string): Promise<IShareView> {
    return this.ask('GET', `shares${URLExt.objectToQueryString({ path })}`);
  }

  shared(): Promise<ISharedLists> {
    return this.ask('GET', 'shared');
  }

  give(path: string, subject: ISubject, offer: IOffer): Promise<IGrant> {
    return this.ask('POST', 'grants', { path, subject, ...offer });
  }

  changeGrant(id: string, change: IGrantChange): Promise<IGrant> {
    return this.ask('PATCH', `grants/${encodeURIComponent(id)}`, change);
  }

  endGrant(id: string): Promise<void> {
    return this.ask('DELETE', `grants/${encodeURIComponent(id)}`);
  }

  makeLink(path: string, wish: ILinkWish): Promise<INewLink> {
    return this.ask('POST', 'links', { path, ...wish });
  }

  changeLink(id: string, change: Partial<ILinkWish>): Promise<ILink> {
    return this.ask('PATCH', `links/${encodeURIComponent(id)}`, change);
  }

  /** Withdraws a link, with or without what people came by through it. */
  endLink(id: string, withGrants: boolean): Promise<void> {
    const grants = withGrants ? 'revoke' : 'keep';
    return this.ask('DELETE', `links/${encodeURIComponent(id)}?grants=${grants}`);
  }

  async uses(id: string): Promise<readonly IUse[]> {
    const { uses } = await this.ask<{ uses: IUse[] }>(
      'GET',
      `links/${encodeURIComponent(id)}/uses`
    );
    return uses;
  }

  /** Ends all that lets one person in; with `endLinks` also the links they came by. */
  remove(path: string, subject: ISubject, endLinks: boolean): Promise<void> {
    return this.ask('POST', 'removals', { path, subject, end_links: endLinks });
  }

  /** A guest gives up all they have. */
  leave(): Promise<void> {
    return this.ask('POST', 'leave', {});
  }

  private async ask<T>(method: string, where: string, body?: unknown): Promise<T> {
    const url = URLExt.join(this.settings.baseUrl, API) + `/${where}`;
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch {
      throw new Refusal(0, '');
    }
    if (!response.ok) {
      throw new Refusal(response.status, await sentenceOf(response));
    }
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

/** The sentence in a server's refusal; empty where there is none, as in a proxy's page. */
async function sentenceOf(response: Response): Promise<string> {
  try {
    const { message } = (await response.json()) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}

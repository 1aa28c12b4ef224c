import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { Refusal } from './api';
import type { Role } from './nouns';

/** Somebody asks for access to a document of this person's. Times are Unix seconds. */
export interface IAccessRequest {
  /** The document's id on the Hub. */
  readonly document: string;
  readonly name: string;
  readonly username: string;
  readonly display_name: string;
  readonly at: number;
}

/** Where requests for access are seen and answered. Both reject with a `Refusal` where they are refused. */
export interface IRequests {
  pending(): Promise<readonly IAccessRequest[]>;
  /** Shares the document in a role; `null` declines. */
  answer(request: IAccessRequest, role: Role | null): Promise<void>;
}

/** Asks a JupyterHub's service, through one's own server. */
export class HubRequests implements IRequests {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  async pending(): Promise<readonly IAccessRequest[]> {
    const response = await this.ask({ method: 'GET' });
    const { requests } = (await response.json()) as { requests: IAccessRequest[] };
    return requests;
  }

  async answer({ document, username }: IAccessRequest, role: Role | null): Promise<void> {
    const body = JSON.stringify({ document, username, role });
    await this.ask({ method: 'POST', body, headers: { 'Content-Type': 'application/json' } });
  }

  private async ask(init: RequestInit): Promise<Response> {
    const url = URLExt.join(this.settings.baseUrl, 'tandem/hub/requests');
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this.settings);
    } catch {
      throw new Refusal(0, '');
    }
    if (!response.ok) {
      const { message } = (await response.json().catch(() => ({}))) as { message?: string };
      throw new Refusal(response.status, message ?? '');
    }
    return response;
  }
}

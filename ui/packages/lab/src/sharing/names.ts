import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

/** Names that fit what somebody has typed. */
export interface IKnownNames {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Whether there are no others that fit. */
  readonly whole: boolean;
}

/** Knows names of people and groups. Never rejects: who cannot be asked knows nobody. */
export interface INames {
  find(query: string): Promise<IKnownNames>;
}

const NOBODY: IKnownNames = { users: [], groups: [], whole: false };

/** Asks a JupyterHub, through one's own server. */
export class HubNames implements INames {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  async find(query: string): Promise<IKnownNames> {
    const where = URLExt.objectToQueryString({ q: query });
    const url = URLExt.join(this.settings.baseUrl, 'tandem/hub/names') + where;
    try {
      const response = await ServerConnection.makeRequest(url, {}, this.settings);
      return response.ok ? ((await response.json()) as IKnownNames) : NOBODY;
    } catch {
      return NOBODY;
    }
  }
}

/** Where nobody can be asked: the groups that somebody is in themselves. */
export class OwnGroups implements INames {
  constructor(private readonly groups: readonly string[]) {}

  find(query: string): Promise<IKnownNames> {
    const groups = this.groups.filter(group => group.includes(query));
    return Promise.resolve({ ...NOBODY, groups });
  }
}

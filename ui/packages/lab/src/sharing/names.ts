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

/** Between one question without an answer and the next: a service that starts again is there within seconds. */
const PAUSES_MS = [500, 1500, 4000];

const NOBODY: IKnownNames = { users: [], groups: [], whole: false };

/** Asks a JupyterHub, through one's own server. */
export class HubNames implements INames {
  constructor(private readonly settings: ServerConnection.ISettings) {}

  async find(query: string): Promise<IKnownNames> {
    for (const pause of PAUSES_MS) {
      const found = await this.ask(query);
      if (found !== null) {
        return found;
      }
      await new Promise(resolve => setTimeout(resolve, pause));
    }
    return (await this.ask(query)) ?? NOBODY;
  }

  /** One question; `null` when there was no answer. */
  private async ask(query: string): Promise<IKnownNames | null> {
    const where = URLExt.objectToQueryString({ q: query });
    const url = URLExt.join(this.settings.baseUrl, 'tandem/hub/names') + where;
    try {
      const response = await ServerConnection.makeRequest(url, {}, this.settings);
      return response.ok ? ((await response.json()) as IKnownNames) : null;
    } catch {
      return null;
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

import { VDomModel } from '@jupyterlab/ui-components';
import type { SharingApi } from './api';
import type { IShared, ISharedLists, Role } from './nouns';
import type { IAccessRequest, IRequests } from './requests';
import type { Words } from './words';

/** What a shelf needs. */
export interface ISharedShelfOptions {
  readonly api: SharingApi;
  readonly words: Words;
  /** Whether the person is a guest: then nothing is theirs to share. */
  readonly guest: boolean;
  /** Where people ask for access; nowhere unless said otherwise. */
  readonly requests?: IRequests | undefined;
}

/** What is shared by this person and with them. */
export class SharedShelf extends VDomModel {
  readonly words: Words;
  readonly guest: boolean;
  lists: ISharedLists | null = null;
  /** Who asks for access, oldest first. */
  asked: readonly IAccessRequest[] = [];
  /** Why the lists are not known, or something was not done. */
  problem = '';
  busy = false;
  private readonly api: SharingApi;
  private readonly requests: IRequests | undefined;

  constructor(options: ISharedShelfOptions) {
    super();
    this.api = options.api;
    this.words = options.words;
    this.guest = options.guest;
    this.requests = options.requests;
  }

  /** Fetches both lists. */
  async refresh(): Promise<void> {
    await this.attempt(() => Promise.resolve());
  }

  /** Ends every link and every share of something; who is in it is out at once. */
  async stop({ links, grants }: IShared): Promise<void> {
    await this.attempt(async () => {
      for (const { id } of links) {
        await this.api.endLink(id, true);
      }
      const byName = grants.filter(({ link }) => links.every(({ id }) => id !== link));
      for (const { id } of byName) {
        await this.api.endGrant(id);
      }
    });
  }

  /** Gives up what others shared with this person by name. */
  async giveUp({ grants }: IShared): Promise<void> {
    await this.attempt(async () => {
      for (const { id } of grants) {
        await this.api.endGrant(id);
      }
    });
  }

  /** Shares what somebody asks for, or declines with `null`. */
  async answer(request: IAccessRequest, role: Role | null): Promise<void> {
    await this.attempt(async () => {
      await this.requests?.answer(request, role);
    });
  }

  /** A guest gives up everything. */
  async leave(): Promise<void> {
    await this.attempt(() => this.api.leave());
  }

  /** Has something done, and shows how things are then. */
  private async attempt(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.stateChanged.emit();
    let problem = '';
    try {
      await act();
    } catch (error) {
      problem = this.words.refusal(error);
    }
    try {
      this.lists = await this.api.shared();
      this.asked = (await this.requests?.pending()) ?? [];
    } catch (error) {
      problem ||= this.words.refusal(error);
    }
    if (!this.isDisposed) {
      this.problem = problem;
      this.busy = false;
      this.stateChanged.emit();
    }
  }
}

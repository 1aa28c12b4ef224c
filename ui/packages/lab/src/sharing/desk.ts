import { VDomModel } from '@jupyterlab/ui-components';
import type { SharingApi } from './api';
import { copyText } from './copy';
import { OwnGroups, type INames } from './names';
import {
  sameSubject,
  type ICaller,
  type IGrantChange,
  type ILink,
  type ILinkWish,
  type IOffer,
  type IShareView,
  type ISubject,
  type IUse
} from './nouns';
import type { Words } from './words';

/** A link that was made while the dialog is open; its address is told this once. */
export interface IFreshLink {
  readonly id: string;
  readonly url: string;
  readonly copied: boolean;
}

/** Work that lasts longer than this is shown to be under way, in milliseconds. */
const SHOW_WORK_AFTER_MS = 500;

/** What a desk needs. */
export interface IShareDeskOptions {
  readonly api: SharingApi;
  readonly words: Words;
  /** Relative to the contents root. */
  readonly path: string;
  /** Who knows people and groups; nobody unless said otherwise. */
  readonly names?: INames | undefined;
  /** Puts a text into the clipboard; the system's unless said otherwise. */
  readonly copy?: (text: string) => Promise<boolean>;
  /** Called when what is shared has changed. */
  readonly shared?: () => void;
}

/**
 * What the sharing dialog shows of one file or folder, and what can be done there.
 *
 * Nothing is shown before the server has it. A refusal stands at its *place*: the part of the dialog where it was asked.
 */
export class ShareDesk extends VDomModel {
  readonly words: Words;
  readonly path: string;
  /** All about the shares; `null` before they are known. */
  view: IShareView | null = null;
  caller: ICaller | null = null;
  fresh: IFreshLink | null = null;
  /** Who knows people and groups to share with. */
  names: INames;
  /** What a screen reader is to say. */
  said = '';
  private readonly api: SharingApi;
  private readonly directory: INames | undefined;
  private readonly copy: (text: string) => Promise<boolean>;
  private readonly shared: () => void;
  private readonly problems = new Map<string, string>();
  private readonly usesOf = new Map<string, readonly IUse[]>();
  private work = 0;
  private slow = false;

  constructor(options: IShareDeskOptions) {
    super();
    this.api = options.api;
    this.words = options.words;
    this.path = options.path;
    this.directory = options.names;
    this.names = options.names ?? new OwnGroups([]);
    this.copy = options.copy ?? copyText;
    this.shared = options.shared ?? (() => undefined);
  }

  /** Whether something is under way that can be felt. */
  get busy(): boolean {
    return this.slow;
  }

  /** Whether the server was asked something and has not answered yet. */
  get working(): boolean {
    return this.work > 0;
  }

  /** The links that let somebody in, newest first. */
  get openLinks(): readonly ILink[] {
    return this.links.filter(({ state }) => state === 'open');
  }

  /** The links that let nobody in any more, newest first. */
  get endedLinks(): readonly ILink[] {
    return this.links.filter(({ state }) => state !== 'open');
  }

  /** What stands in the way at a place, as a sentence; `''` for nothing. */
  problem(place: string): string {
    return this.problems.get(place) ?? '';
  }

  /** Says at a place what stands in the way, where it can be told without asking the server. */
  object(place: string, sentence: string): void {
    this.problems.set(place, sentence);
    this.stateChanged.emit();
  }

  /** Who used a link, as far as somebody asked. */
  uses(id: string): readonly IUse[] | undefined {
    return this.usesOf.get(id);
  }

  /** Who came by a link and still has what it gave. */
  cameBy(linkId: string): number {
    return this.view?.grants.filter(({ link }) => link === linkId).length ?? 0;
  }

  /** Whether somebody could come again by a link that is open. */
  holdsOpenLink(subject: ISubject): boolean {
    const open = new Set(this.openLinks.map(({ id }) => id));
    return (this.view?.grants ?? []).some(
      ({ link, subject: holder }) => link !== null && open.has(link) && sameSubject(holder, subject)
    );
  }

  /** Fetches everything; to be called before anything is shown. */
  async load(): Promise<void> {
    await this.attempt('all', async () => {
      this.caller = await this.api.me();
      this.names = this.directory ?? new OwnGroups(this.caller.groups);
      this.view = await this.api.view(this.path);
    });
  }

  /** Fetches anew what others may have changed; nothing is said when that fails, the next time comes soon. */
  async refresh(): Promise<void> {
    if (this.view === null || this.work > 0) {
      return;
    }
    try {
      const view = await this.api.view(this.path);
      if (this.work === 0 && !this.isDisposed) {
        this.view = view;
        this.stateChanged.emit();
      }
    } catch (error) {
      this.words.refusal(error);
    }
  }

  /** Makes a link and copies its address. */
  makeLink(wish: ILinkWish): Promise<boolean> {
    return this.change('new-link', async () => {
      const link = await this.api.makeLink(this.path, wish);
      const url = this.api.publicUrl(link.address);
      const copied = await this.copy(url);
      this.fresh = { id: link.id, url, copied };
      return copied ? this.copiedSentence : this.toCopySentence;
    });
  }

  /** Copies the address of the link that was just made once more. */
  async copyAgain(): Promise<void> {
    if (this.fresh !== null) {
      const copied = await this.copy(this.fresh.url);
      this.fresh = { ...this.fresh, copied };
      this.said = copied ? this.copiedSentence : this.toCopySentence;
      this.stateChanged.emit();
    }
  }

  changeLink(link: ILink, change: Partial<ILinkWish>): Promise<boolean> {
    const { trans } = this.words;
    return this.change(link.id, async () => {
      await this.api.changeLink(link.id, change);
      return trans.__('The link was changed. Who came before keeps what they have.');
    });
  }

  endLink(link: ILink, withGrants: boolean): Promise<boolean> {
    const { trans } = this.words;
    return this.change(link.id, async () => {
      await this.api.endLink(link.id, withGrants);
      if (this.fresh?.id === link.id) {
        this.fresh = null;
      }
      return withGrants
        ? trans.__('The link has ended, and who came by it is out.')
        : trans.__('The link has ended. Who came by it stays.');
    });
  }

  /** Fetches who used a link. */
  async showUses(link: ILink): Promise<void> {
    await this.attempt(link.id, async () => {
      this.usesOf.set(link.id, await this.api.uses(link.id));
    });
  }

  give(subject: ISubject, offer: IOffer): Promise<boolean> {
    const { trans } = this.words;
    return this.change('new-person', async () => {
      const grant = await this.api.give(this.path, subject, offer);
      const name = this.words.subject(grant.subject, grant.display_name);
      return trans.__('%1: %2', name, this.words.role(grant.role));
    });
  }

  changeGrant(id: string, name: string, change: IGrantChange): Promise<boolean> {
    const { trans } = this.words;
    return this.change(id, async () => {
      const grant = await this.api.changeGrant(id, change);
      return trans.__('%1: %2', name, this.words.role(grant.role));
    });
  }

  endGrant(id: string, name: string): Promise<boolean> {
    const { trans } = this.words;
    return this.change(id, async () => {
      await this.api.endGrant(id);
      return trans.__('Not shared with %1 any more.', name);
    });
  }

  /** Takes from somebody all that lets them in, and shows them out. */
  remove(subject: ISubject, name: string, endLinks: boolean, place: string): Promise<boolean> {
    const { trans } = this.words;
    return this.change(place, async () => {
      await this.api.remove(this.path, subject, endLinks);
      return trans.__('%1 was removed.', name);
    });
  }

  private get links(): readonly ILink[] {
    return [...(this.view?.links ?? [])].sort((a, b) => b.created_at - a.created_at);
  }

  private get copiedSentence(): string {
    return this.words.trans.__('The link was copied. Send it to whom you want to let in.');
  }

  private get toCopySentence(): string {
    return this.words.trans.__('The link was made. Copy it from the field.');
  }

  /** Has something changed, and shows how everything is afterwards; whether it was. */
  private async change(place: string, ask: () => Promise<string>): Promise<boolean> {
    let said = '';
    const done = await this.attempt(place, async () => {
      said = await ask();
      this.view = await this.api.view(this.path);
    });
    if (said !== '') {
      this.said = said;
      this.shared();
      this.stateChanged.emit();
    }
    return done;
  }

  private async attempt(place: string, ask: () => Promise<void>): Promise<boolean> {
    this.begin(place);
    try {
      await ask();
      return true;
    } catch (error) {
      this.problems.set(place, this.words.refusal(error));
      return false;
    } finally {
      this.end();
    }
  }

  private begin(place: string): void {
    this.problems.delete(place);
    this.said = '';
    this.work += 1;
    setTimeout(() => {
      this.show(this.work > 0);
    }, SHOW_WORK_AFTER_MS);
    this.stateChanged.emit();
  }

  private end(): void {
    this.work -= 1;
    this.slow &&= this.work > 0;
    if (!this.isDisposed) {
      this.stateChanged.emit();
    }
  }

  private show(slow: boolean): void {
    if (slow !== this.slow && !this.isDisposed) {
      this.slow = slow;
      this.stateChanged.emit();
    }
  }
}

import type { TranslationBundle } from '@jupyterlab/translation';
import { Refusal } from './api';
import type { IGrant, ILink, ISubject, ITarget, Role } from './nouns';

/** The words for roles, people, links and refusals. */
export class Words {
  private readonly moment: Intl.DateTimeFormat;
  private readonly second: Intl.DateTimeFormat;

  /**
   * @param trans For all words.
   * @param locale Languages for dates and times; the browser's unless said otherwise.
   */
  constructor(
    readonly trans: TranslationBundle,
    locale?: string
  ) {
    this.moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
    this.second = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  }

  /** A moment in the reader's way of writing it. */
  time(unixSeconds: number): string {
    return this.moment.format(unixSeconds * 1000);
  }

  /** What a role is called in a menu. */
  role(role: Role): string {
    const { trans } = this;
    const labels: Readonly<Record<Role, string>> = {
      viewer: trans.__('Can view'),
      commenter: trans.__('Can comment'),
      suggester: trans.__('Can suggest'),
      editor: trans.__('Can edit'),
      manager: trans.__('Can manage')
    };
    return labels[role];
  }

  /** What a role allows, in a plain sentence. */
  roleSentence(role: Role): string {
    const { trans } = this;
    const sentences: Readonly<Record<Role, string>> = {
      viewer: trans.__('See everything as it changes, outputs and cursors too. Change nothing.'),
      commenter: trans.__('See everything and comment. Change nothing in the document itself.'),
      suggester: trans.__('See everything, comment and suggest changes, which others accept.'),
      editor: trans.__('See everything and change everything in the document.'),
      manager: trans.__('Change everything, share it with others, and take shares back.')
    };
    return sentences[role];
  }

  /** What running code means. Never part of a role. */
  runSentence(): string {
    return this.trans.__('Can run code as you, on your computer, with your files');
  }

  /** What letting somebody start a server means. */
  startSentence(): string {
    return this.trans.__('Start my server for their runs when it is stopped');
  }

  /** Who a subject is. */
  subject({ kind, name }: ISubject, displayName = ''): string {
    const { trans } = this;
    switch (kind) {
      case 'signed-in':
        return trans.__('Everybody who is signed in');
      case 'group':
        return trans.__('Group %1', name);
      case 'guest':
        return displayName === '' ? trans.__('A guest') : displayName;
      case 'user':
        return displayName === '' ? name : displayName;
    }
  }

  /** How somebody came by a grant, and until when they have it. */
  grantNote(grant: IGrant): string {
    const { trans } = this;
    const notes: string[] = [];
    if (grant.subject.kind === 'guest') {
      notes.push(trans.__('guest'));
    }
    if (grant.link !== null) {
      notes.push(trans.__('came by a link'));
    }
    if (grant.expires_at !== null) {
      notes.push(trans.__('until %1', this.time(grant.expires_at)));
    }
    return notes.join(' · ');
  }

  /** Where an inherited grant comes from. */
  origin({ kind, path }: ITarget): string {
    const { trans } = this;
    if (kind === 'server') {
      return trans.__('all files of this server');
    }
    return path === null ? trans.__('a folder above') : trans.__('folder %1', path);
  }

  /** What somebody has to know about a link. */
  linkNote(link: ILink): string {
    const { trans } = this;
    const notes = [
      this.uses(link),
      link.expires_at === null
        ? trans.__('no end')
        : trans.__('until %1', this.time(link.expires_at))
    ];
    if (!link.guests) {
      notes.push(trans.__('sign-in required'));
    }
    if (link.password) {
      notes.push(trans.__('password'));
    }
    return notes.join(' · ');
  }

  private uses({ uses, max_uses }: ILink): string {
    const { trans } = this;
    if (max_uses !== null) {
      return trans.__('used by %1 of %2', uses, max_uses);
    }
    return uses === 0
      ? trans.__('not used yet')
      : trans._n('used by %1 person', 'used by %1 people', uses);
  }

  /** What a link is called in sentences and labels: by its second, so that two made in a minute differ. */
  linkName(link: ILink): string {
    return this.trans.__('Link of %1', this.second.format(link.created_at * 1000));
  }

  /** Why a link lets nobody in any more. */
  linkState(state: ILink['state']): string {
    const { trans } = this;
    const labels: Readonly<Record<ILink['state'], string>> = {
      open: trans.__('open'),
      revoked: trans.__('ended'),
      expired: trans.__('expired'),
      'used-up': trans.__('used up')
    };
    return labels[state];
  }

  /** What is shared, in a word. */
  kind(kind: ITarget['kind']): string {
    const { trans } = this;
    const labels: Readonly<Record<ITarget['kind'], string>> = {
      document: trans.__('document'),
      folder: trans.__('folder'),
      server: trans.__('all files of this server')
    };
    return labels[kind];
  }

  /** Why something was not done, as a sentence; what is no refusal is a fault and thrown on. */
  refusal(error: unknown): string {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    const { trans } = this;
    if (error.status === 0) {
      return trans.__('The server cannot be reached. Nothing was changed; try again in a moment.');
    }
    return error.message === ''
      ? trans.__('The server did not do that (%1). Try again in a moment.', error.status)
      : error.message;
  }
}

import { ServerConnection } from '@jupyterlab/services';
import type { IGrant, IGuestOffer, ILink, IPresence, IStanding, IUse } from '../src/sharing/nouns';

const MANAGER: IStanding = {
  role: 'manager',
  may_run: true,
  actions: ['read', 'comment', 'suggest', 'write', 'manage', 'run'],
  until: null
};

/** Answers the sharing API for one document, out of memory. */
export class SharingServer {
  grants: IGrant[] = [];
  links: ILink[] = [];
  people: IPresence[] = [];
  uses: IUse[] = [];
  mine = MANAGER;
  accounts = false;
  /** Whether this person's server can be started for others. */
  starts = false;
  guests: IGuestOffer | null = { role: 'manager', may_run: true, folders: true };
  /** Every request as `METHOD where`, and its body. */
  readonly asked: (readonly [string, unknown])[] = [];
  /** What to refuse the next request with. */
  refusal: { status: number; message: string } | null = null;
  reachable = true;
  /** Awaited before every answer. */
  delay: Promise<void> = Promise.resolve();

  readonly settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost:8888/base/',
    fetch: (request: RequestInfo | URL) => this.answer(request as Request)
  });

  /** The bodies of requests of this kind. */
  bodies(asked: string): unknown[] {
    return this.asked.filter(([what]) => what === asked).map(([, body]) => body);
  }

  link(part: Partial<ILink> = {}): ILink {
    const link: ILink = {
      id: `link${this.links.length}`,
      target: { kind: 'document', file_id: 'f', path: 'a.ipynb' },
      role: 'viewer',
      may_run: false,
      guests: true,
      password: false,
      expires_at: 2_000_000_000,
      max_uses: null,
      uses: 0,
      created_at: 1_700_000_000 + this.links.length,
      giver_name: 'Ada',
      state: 'open',
      ...part
    };
    this.links.push(link);
    return link;
  }

  grant(part: Partial<IGrant> = {}): IGrant {
    const grant: IGrant = {
      id: `grant${this.grants.length}`,
      subject: { kind: 'guest', name: `g${this.grants.length}` },
      display_name: 'Zoë',
      target: { kind: 'document', file_id: 'f', path: 'a.ipynb' },
      role: 'viewer',
      may_run: false,
      expires_at: null,
      giver_name: 'Ada',
      link: null,
      ...part
    };
    this.grants.push(grant);
    return grant;
  }

  private async answer(request: Request): Promise<Response> {
    // JupyterLab adds the time, so that nothing is answered out of a cache.
    const where = request.url.replace(/^.*\/base\/tandem\/api\//, '').replace(/[?&]\d+$/, '');
    const text = await request.text();
    const body: unknown = text === '' ? null : JSON.parse(text);
    this.asked.push([`${request.method} ${where}`, body]);
    await this.delay;
    if (!this.reachable) {
      throw new TypeError('Failed to fetch');
    }
    const { refusal } = this;
    if (refusal !== null) {
      this.refusal = null;
      return Response.json({ message: refusal.message }, { status: refusal.status });
    }
    return this.carryOut(request.method, where, body as Record<string, unknown>);
  }

  private carryOut(method: string, where: string, body: Record<string, unknown>): Response {
    const noun = where.split(/[/?]/)[0] ?? '';
    switch (method) {
      case 'GET':
        return Response.json(this.told(noun));
      case 'POST':
        return Response.json(this.made(noun, body), { status: 201 });
      case 'PATCH':
        return Response.json(
          noun === 'links'
            ? this.change(this.links, where, body)
            : this.change(this.grants, where, body)
        );
      default:
        return new Response(null, { status: 204 });
    }
  }

  private told(noun: string): object {
    const answers: Record<string, object> = {
      me: this.me,
      shares: this.view,
      shared: this.shared,
      links: { uses: this.uses }
    };
    return answers[noun] ?? {};
  }

  private made(noun: string, body: Record<string, unknown>): object {
    if (noun === 'links') {
      const link = this.link({ ...body, password: body['password'] !== '' });
      return { ...link, address: `/base/tandem/l#secret-of-${link.id}` };
    }
    return noun === 'grants' ? this.grant(body) : { ended: [] };
  }

  private change<T extends { id: string }>(all: T[], where: string, change: object): T {
    const index = all.findIndex(({ id }) => where.endsWith(id));
    const changed = { ...all[index], ...change } as T;
    all[index] = changed;
    return changed;
  }

  private get me(): object {
    return {
      subject: { kind: 'user', name: 'ada' },
      display_name: 'Ada',
      groups: ['physics'],
      server: this.mine,
      accounts: this.accounts,
      guests: this.guests
    };
  }

  private get view(): object {
    const { grants, links, people, mine, starts } = this;
    const inherited: IGrant[] = [];
    return {
      path: 'a.ipynb',
      name: 'a.ipynb',
      kind: 'document',
      mine,
      grants,
      inherited,
      links,
      people,
      starts
    };
  }

  private get shared(): object {
    const { grants, links, mine } = this;
    const one = { path: 'a.ipynb', name: 'a.ipynb', kind: 'document', file_id: 'f', mine };
    return { by_me: [{ ...one, grants, links }], with_me: [{ ...one, grants, links: [] }] };
  }
}

import { ServerConnection, type Contents } from '@jupyterlab/services';
import { beforeEach, describe, expect, it } from 'vitest';
import { copyAcrossDrives } from '../src/hub/across-drives';
import { SharedDrive } from '../src/hub/shared-drive';

const MODEL = { name: 'n.ipynb', path: 'n.ipynb', type: 'notebook', format: null, content: null };
const DATES = { created: '2026-01-01T00:00:00Z', last_modified: '2026-01-01T00:00:00Z' };

function folder(path: string, away: string): object {
  const facts = {
    name: path,
    path,
    type: 'directory',
    format: 'json',
    content: [],
    mimetype: null
  };
  return { ...facts, ...DATES, writable: false, tandem: { whole: away === '', away } };
}

describe('the drive of what others share', () => {
  let asked: { method: string; url: string; body: unknown }[];
  let answers: { status: number; body: object }[];
  let drive: SharedDrive;

  beforeEach(() => {
    asked = [];
    answers = [];
    const fetch = async (input: RequestInfo | URL): Promise<Response> => {
      const request = input as Request;
      const text = await request.text();
      const body: unknown = text === '' ? null : JSON.parse(text);
      asked.push({ method: request.method, url: request.url.replace(/\?.*/, ''), body });
      const { status, body: answer } = answers.shift() ?? { status: 500, body: {} };
      return new Response(JSON.stringify(answer), { status });
    };
    const settings = ServerConnection.makeSettings({ baseUrl: 'http://hub/user/bob/', fetch });
    drive = new SharedDrive(settings);
  });

  it('[HUBDRV-3] tells of a document that is found elsewhere as of one that was renamed here', () => {
    const told: unknown[] = [];
    drive.changes.connect((_, change) => told.push(change));
    drive.moved('alice/a.ipynb', 'alice/b.ipynb');
    expect(told).toEqual([
      { type: 'rename', oldValue: { path: 'alice/a.ipynb' }, newValue: { path: 'alice/b.ipynb' } }
    ]);
  });

  it('[HUBDIR-8] says once for each folder why not everything is listed', async () => {
    const told: string[] = [];
    drive.away.connect((_, sentence) => told.push(sentence));
    for (const [path, away] of [
      ['alice/work', 'away'],
      ['alice/work', 'away'],
      ['carol/work', ''],
      ['alice/work', 'away']
    ] as const) {
      answers.push({ status: 200, body: folder(path, away) });
      await drive.get(path);
    }
    expect(told).toEqual(['away', 'away']);
  });

  it('[HUBDIR-5] has files saved from where they are sandboxed', async () => {
    expect(await drive.getDownloadUrl('alice/ä b.html')).toBe(
      'http://hub/user/bob/tandem/hub/files/alice/%C3%A4%20b.html'
    );
  });

  it('[HUBDRV-2] asks the server for a copy, and tells why there is none', async () => {
    answers.push({ status: 201, body: MODEL });
    expect((await drive.copyOut('alice/n.ipynb', 'mine')).path).toBe('n.ipynb');
    const body = { from: 'alice/n.ipynb', to: 'mine' };
    expect(asked).toEqual([{ method: 'POST', url: 'http://hub/user/bob/tandem/hub/copies', body }]);
    answers.push({ status: 503, body: { message: 'alice’s server is stopped' } });
    await expect(drive.copyOut('alice/n.ipynb', '')).rejects.toThrow('alice’s server is stopped');
  });
});

describe('between the drives', () => {
  const manager = () => {
    const done: string[] = [];
    const name = (path: string): string => (path.startsWith('Shared:') ? 'Shared' : '');
    const carry =
      (word: string) =>
      (from: string, to: string): Promise<Contents.IModel> => {
        done.push(`${word} ${from} ${to}`);
        return Promise.resolve(MODEL as unknown as Contents.IModel);
      };
    const contents = {
      copy: carry('copy'),
      rename: carry('rename'),
      driveName: name,
      localPath: (path: string) => path.replace(/^Shared:/, '')
    };
    copyAcrossDrives(contents, { copyOut: carry('out') }, { notThere: 'not there' }, () => {
      done.push('copied');
    });
    return { contents, done };
  };

  it('[HUBDRV-2] makes a copy of what is pasted or dragged into one’s own files', async () => {
    const { contents, done } = manager();
    await contents.copy('Shared:alice/n.ipynb', 'mine');
    await contents.rename('Shared:alice/n.ipynb', 'mine/n.ipynb');
    await contents.rename('Shared:alice/n.ipynb', 'n.ipynb');
    expect(done).toEqual([
      'out alice/n.ipynb mine',
      'copied',
      'out alice/n.ipynb mine',
      'copied',
      'out alice/n.ipynb ',
      'copied'
    ]);
  });

  it('[HUBDRV-2] leaves what stays in one drive alone, and puts nothing among what others share', async () => {
    const { contents, done } = manager();
    await contents.copy('a', 'b');
    await contents.rename('Shared:alice/a', 'Shared:alice/b');
    await expect(contents.copy('a', 'Shared:alice')).rejects.toThrow('not there');
    await expect(contents.rename('a', 'Shared:alice/a')).rejects.toThrow('not there');
    expect(done).toEqual(['copy a b', 'rename Shared:alice/a Shared:alice/b']);
  });
});

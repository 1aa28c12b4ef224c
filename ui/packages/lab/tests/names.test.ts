import { ServerConnection } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HubNames } from '../src/sharing/names';

const FOUND = { users: ['bob'], groups: [], whole: true };
const NOBODY = { users: [], groups: [], whole: false };

/** Names at a server that answers so, one after the other. */
function names(...answers: (() => Response)[]): { names: HubNames; asked: () => number } {
  let asked = 0;
  const fetch = (): Promise<Response> => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return answer === undefined
      ? Promise.reject(new TypeError('offline'))
      : Promise.resolve(answer());
  };
  const settings = ServerConnection.makeSettings({ baseUrl: 'http://hub/user/ana/', fetch });
  return { names: new HubNames(settings), asked: () => asked };
}

const away = (): Response => new Response('{}', { status: 503 });
const there = (): Response => new Response(JSON.stringify(FOUND));

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('names of a Hub', () => {
  it('[SHAREUI-15] are asked for once more where there was no answer', async () => {
    const hub = names(away, away, there);
    const found = hub.names.find('bo');
    await vi.runAllTimersAsync();
    await expect(found).resolves.toEqual(FOUND);
    expect(hub.asked()).toBe(3);
  });

  it('[SHAREUI-15] are given up after some seconds, without an error', async () => {
    const hub = names(away);
    const found = hub.names.find('bo');
    await vi.runAllTimersAsync();
    await expect(found).resolves.toEqual(NOBODY);
    expect(hub.asked()).toBe(4);
  });
});

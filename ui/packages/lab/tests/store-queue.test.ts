import { PromiseDelegate } from '@lumino/coreutils';
import { beforeEach, describe, expect, it } from 'vitest';
import { StoreQueue } from '../src/store-queue';

let queue: StoreQueue;
let asked: string[];
let failures: number;
let answers: PromiseDelegate<void>[];

beforeEach(() => {
  asked = [];
  failures = 0;
  answers = [];
  queue = new StoreQueue(() => {
    failures += 1;
  });
});

/** Asks a store that takes its time. */
function ask(what: string): () => Promise<void> {
  return () => {
    asked.push(what);
    const answer = new PromiseDelegate<void>();
    answers.push(answer);
    return answer.promise;
  };
}

async function turn(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 0));
}

describe('what is asked of a store of the browser', () => {
  it('[CLIENT-17] [LITE-15] a write does not wait for the one before: the page may end meanwhile', async () => {
    queue.write(ask('first'));
    queue.write(ask('second'));
    expect(asked).toEqual(['first', 'second']);
    let settled = false;
    void queue.settled().then(() => {
      settled = true;
    });
    answers[1]?.resolve();
    await turn();
    expect(settled).toBe(false);
    answers[0]?.resolve();
    await turn();
    expect(settled).toBe(true);
  });

  it('everything else keeps its place', async () => {
    queue.write(ask('write'));
    queue.after(ask('remove'));
    queue.write(ask('write again'));
    expect(asked).toEqual(['write']);
    answers[0]?.resolve();
    await turn();
    expect(asked).toEqual(['write', 'remove']);
    answers[1]?.resolve();
    await turn();
    expect(asked).toEqual(['write', 'remove', 'write again']);
    answers[2]?.resolve();
    await turn();
    queue.write(ask('at once'));
    expect(asked).toHaveLength(4);
  });

  it('what is refused holds nothing up', async () => {
    queue.write(ask('write'));
    queue.after(ask('remove'));
    answers[0]?.reject(new Error('full'));
    await turn();
    answers[1]?.reject(new Error('gone'));
    await queue.settled();
    expect([asked, failures]).toEqual([['write', 'remove'], 2]);
  });
});

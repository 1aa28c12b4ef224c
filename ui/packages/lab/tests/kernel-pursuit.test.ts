import { PromiseDelegate } from '@lumino/coreutils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KernelPursuit } from '../src/execution/kernel-pursuit';
import { RunServer } from './run-server';

let server: RunServer;
let asked: string[];
let answer: PromiseDelegate<void>;
let pursuit: KernelPursuit;

beforeEach(() => {
  vi.useFakeTimers();
  server = new RunServer();
  asked = [];
  pursuit = new KernelPursuit(server.desk, id => {
    asked.push(id);
    answer = new PromiseDelegate();
    return answer.promise;
  });
});

afterEach(() => {
  pursuit.dispose();
  vi.useRealTimers();
});

function kernel(id: string, state: 'busy' | 'idle' | 'starting' = 'idle'): void {
  server.tell({ kernel: { id, name: 'python3', state, reason: '', why: [] } });
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

describe("the document's kernel", () => {
  it('[RUNUI-17] is followed once, when it has started', async () => {
    kernel('k1', 'starting');
    expect(asked).toEqual([]);
    kernel('k1');
    kernel('k1', 'busy');
    answer.resolve();
    await settle();
    kernel('k1');
    expect(asked).toEqual(['k1']);
    kernel('k2');
    expect(asked).toEqual(['k1', 'k2']);
  });

  it('[RUNUI-17] is tried again when a request has failed, and not all the time', async () => {
    kernel('k1');
    answer.reject(new Error('503'));
    await settle();
    kernel('k1', 'busy');
    await vi.advanceTimersByTimeAsync(9_000);
    expect(asked).toEqual(['k1']);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked).toEqual(['k1', 'k1']);
    answer.resolve();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(['k1', 'k1']);
  });

  it('[RUNUI-17] is another one by the time that the request is answered', async () => {
    kernel('k1');
    kernel('k2');
    expect(asked).toEqual(['k1']);
    answer.resolve();
    await settle();
    expect(asked).toEqual(['k1', 'k2']);
  });

  it('[RUNUI-17] is given up with the notebook', async () => {
    kernel('k1');
    answer.reject(new Error('503'));
    await settle();
    pursuit.dispose();
    await vi.advanceTimersByTimeAsync(60_000);
    kernel('k2');
    expect(asked).toEqual(['k1']);
  });
});

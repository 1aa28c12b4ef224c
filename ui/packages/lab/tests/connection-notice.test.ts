import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { nullTranslator } from '@jupyterlab/translation';
import { ConnectionNotice } from '../src/connection-notice';

let shown: string[];
let notice: ConnectionNotice;

beforeEach(() => {
  vi.useFakeTimers();
  shown = [];
  const board = {
    show: (message: string) => {
      shown.push(message);
      return message;
    },
    takeAway: (id: string) => {
      shown.splice(shown.indexOf(id), 1);
    }
  };
  notice = new ConnectionNotice(board, nullTranslator.load('jupyter_tandem'));
});

afterEach(() => {
  vi.useRealTimers();
});

test('[CLIENT-21] one notice says that the server is away, and goes when it is heard of', () => {
  notice.reached();
  notice.failed();
  notice.failed();
  expect(shown).toHaveLength(1);
  notice.reached();
  expect(shown).toHaveLength(0);
  notice.failed();
  expect(shown).toHaveLength(1);
});

test('[CLIENT-21] it goes by itself when nothing has failed for a while', () => {
  notice.failed();
  vi.advanceTimersByTime(15_000);
  notice.failed();
  vi.advanceTimersByTime(15_000);
  expect(shown).toHaveLength(1);
  vi.advanceTimersByTime(5_000);
  expect(shown).toHaveLength(0);
});

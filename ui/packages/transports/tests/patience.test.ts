import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Patience } from '@jupyter-tandem/transports';

/** A page as far as waiting is concerned. */
class Page {
  readonly window = new EventTarget();
  readonly document: EventTarget & { visibilityState: DocumentVisibilityState } = Object.assign(
    new EventTarget(),
    { visibilityState: 'hidden' as const }
  );

  show(): void {
    this.document.visibilityState = 'visible';
    this.document.dispatchEvent(new Event('visibilitychange'));
  }
}

let page: Page;
let attempts: number;
let doubts: number;
let patience: Patience;

beforeEach(() => {
  vi.useFakeTimers();
  page = new Page();
  attempts = 0;
  doubts = 0;
  patience = new Patience(
    page,
    () => {
      attempts += 1;
    },
    () => {
      doubts += 1;
    }
  );
});

afterEach(() => {
  patience.dispose();
  vi.useRealTimers();
});

describe('waiting for the next attempt', () => {
  it('[CLIENT-9] ends after the time', () => {
    patience.wait(5_000, true);
    vi.advanceTimersByTime(4_999);
    expect(attempts).toBe(0);
    vi.advanceTimersByTime(1);
    expect(attempts).toBe(1);
  });

  it('[CLIENT-9] ends when the network or the person comes back, once', () => {
    patience.wait(5_000, true);
    page.window.dispatchEvent(new Event('online'));
    page.show();
    vi.advanceTimersByTime(10_000);
    expect(attempts).toBe(1);
    patience.wait(5_000, true);
    page.show();
    expect(attempts).toBe(2);
  });

  it('[CLIENT-8] is not cut short while the server blocks this client', () => {
    patience.wait(300_000, false);
    page.window.dispatchEvent(new Event('online'));
    page.show();
    expect(attempts).toBe(0);
    vi.advanceTimersByTime(300_000);
    expect(attempts).toBe(1);
  });

  it('[CLIENT-16] while nothing is waited for, says when a connection may be gone', () => {
    page.window.dispatchEvent(new Event('offline'));
    expect(doubts).toBe(1);
    page.window.dispatchEvent(new Event('online'));
    page.show();
    expect(doubts).toBe(3);
    patience.wait(5_000, true);
    page.window.dispatchEvent(new Event('offline'));
    expect([attempts, doubts]).toEqual([0, 3]);
  });

  it('does nothing once it is disposed', () => {
    patience.wait(5_000, true);
    patience.dispose();
    page.window.dispatchEvent(new Event('online'));
    page.window.dispatchEvent(new Event('offline'));
    vi.advanceTimersByTime(10_000);
    expect([attempts, doubts]).toEqual([0, 0]);
  });
});

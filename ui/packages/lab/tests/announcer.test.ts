import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer } from '../src/status/announcer';
import type { IStatusText, Tone } from '../src/status/status';

let said: string[];
let announcer: Announcer;

function text(label: string, tone: Tone): IStatusText {
  return { label, tone, sentence: 'Because.', action: null };
}

beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  announcer = new Announcer(
    () => Date.now(),
    words => said.push(words)
  );
});

afterEach(() => {
  announcer.dispose();
  vi.useRealTimers();
});

describe('what a screen reader is told', () => {
  it('[CLIENT-19] nothing about typing and saving', () => {
    for (let letter = 0; letter < 50; letter += 1) {
      announcer.update(text('Saving…', 'busy'));
      announcer.update(text('Saved', 'well'));
      vi.advanceTimersByTime(200);
    }
    expect(said).toEqual([]);
  });

  it('[CLIENT-19] trouble at once, and that it is over', () => {
    announcer.update(text('Offline', 'mind'));
    vi.advanceTimersByTime(0);
    expect(said).toEqual(['Offline. Because.']);
    announcer.update(text('Saved', 'well'));
    vi.advanceTimersByTime(5_000);
    expect(said).toEqual(['Offline. Because.', 'Saved']);
  });

  it('[CLIENT-19] at most one thing in five seconds, the latest', () => {
    announcer.update(text('Offline', 'mind'));
    vi.advanceTimersByTime(0);
    for (let edits = 1; edits < 20; edits += 1) {
      announcer.update(text(`Offline, ${edits} edits`, 'mind'));
      vi.advanceTimersByTime(100);
    }
    expect(said).toEqual(['Offline. Because.']);
    vi.advanceTimersByTime(5_000);
    expect(said).toEqual(['Offline. Because.', 'Offline, 19 edits. Because.']);
  });

  it('[CLIENT-19] nothing twice', () => {
    announcer.update(text('Read-only', 'mind'));
    vi.advanceTimersByTime(6_000);
    announcer.update(text('Read-only', 'mind'));
    vi.advanceTimersByTime(6_000);
    expect(said).toEqual(['Read-only. Because.']);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Liveness } from '@jupyter-tandem/transports';

let told: string[];
let liveness: Liveness;

beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  liveness = new Liveness({ ping: () => told.push('ping'), dead: () => told.push('dead') });
  liveness.start();
});

afterEach(() => {
  liveness.stop();
  vi.useRealTimers();
});

describe('a watch on a connection', () => {
  it('[CLIENT-16] asks every 20 s and finds a peer dead that does not answer in 6', () => {
    vi.advanceTimersByTime(19_999);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(6_000);
    expect(told).toEqual(['ping', 'dead']);
    vi.advanceTimersByTime(100_000);
    expect(told).toEqual(['ping', 'dead']);
  });

  it('[CLIENT-16] takes anything for an answer', () => {
    vi.advanceTimersByTime(20_000);
    liveness.heard();
    vi.advanceTimersByTime(19_999);
    expect(told).toEqual(['ping']);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['ping', 'ping']);
  });

  it('[CLIENT-16] asks earlier when told to, and keeps the first deadline', () => {
    vi.advanceTimersByTime(1_000);
    liveness.ask();
    vi.advanceTimersByTime(5_000);
    liveness.ask();
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(['ping', 'dead']);
  });

  it('[CLIENT-16] does not hold a machine that slept for a dead peer', () => {
    // The timers stood still for hours: only then is the question asked, and its time begins.
    vi.setSystemTime(Date.now() + 8 * 3_600_000);
    vi.advanceTimersByTime(20_000);
    expect(told).toEqual(['ping']);
  });
});

import type { ICircumstances } from './input';

/** First wait, in milliseconds: short enough that a server's restart is hardly seen. */
export const WAIT_MIN_MS = 500;
/** Longest wait while nobody looks: costs a server two requests a minute and client. */
export const WAIT_MAX_MS = 30_000;
/** Longest wait while somebody may be looking: promise P6 wants work to go on 3 s after the way is free. */
export const WAIT_MAX_ATTENTIVE_MS = 3_000;
/** Wait after three strikes: the server's block lasts as long (close code 4429). */
export const WAIT_BLOCKED_MS = 300_000;

/**
 * How long to wait before the next attempt.
 *
 * Doubles from `WAIT_MIN_MS`; the half of it is chance, so that the clients of a server that comes back do not
 * arrive together.
 *
 * @param attempts Failed attempts so far, 0 for the first wait.
 * @returns Milliseconds.
 */
export function waitMs(attempts: number, { chance, attentive }: ICircumstances): number {
  const cap = attentive ? WAIT_MAX_ATTENTIVE_MS : WAIT_MAX_MS;
  const whole = Math.min(cap, WAIT_MIN_MS * 2 ** Math.min(attempts, 10));
  return Math.round(whole / 2 + (whole / 2) * chance);
}

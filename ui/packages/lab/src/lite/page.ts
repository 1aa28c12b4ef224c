import { digest } from '@jupyter-tandem/peer';
import type { JSONValue } from '@lumino/coreutils';
import { canonical } from './canonical';
import { readPassword, withoutPassword, type ILiteConfig } from './config';

/** Where a password waits for the page to be loaded again: for as long as the tab is open, and nowhere else. */
const PASSWORD = 'jupyter-tandem:room-password';

/** A page, as far as its address and the tab's own storage go. */
interface IPage {
  readonly location: Pick<Location, 'pathname' | 'search'>;
  readonly history: Pick<History, 'replaceState' | 'state'>;
  readonly sessionStorage: Pick<Storage, 'getItem' | 'setItem'>;
}

/**
 * Takes the password out of the address, where others may read it over a shoulder or in a picture (LITE-3).
 *
 * @returns The fragment with the password that holds now, be it an earlier one of this tab.
 */
export function takePassword(page: IPage, fragment: string): string {
  const password = readPassword(fragment);
  if (password !== '') {
    page.sessionStorage.setItem(PASSWORD, password);
    const { pathname, search } = page.location;
    page.history.replaceState(
      page.history.state,
      '',
      pathname + search + withoutPassword(fragment)
    );
  }
  const known = password || (page.sessionStorage.getItem(PASSWORD) ?? '');
  return known === '' ? '' : `#${new URLSearchParams({ password: known }).toString()}`;
}

/** Names a room in this browser's own database; the password is no part of it. */
export function roomKey({ prefix, room }: Pick<ILiteConfig, 'prefix' | 'room'>): Promise<string> {
  return digest(['jupyter-tandem:room:1', prefix, room]);
}

/** Longest wait for a file of the site; without it copies are merged all the same. */
const ANSWER_WITHIN_MS = 5_000;

/**
 * The content a site itself has of a file: what copies in different browsers have in common.
 *
 * @returns In canonical form, or `null` where there is none.
 */
export async function originalContent(url: string, format: string): Promise<JSONValue> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    if (!response.ok) {
      return null;
    }
    const text = await response.text();
    return canonical(format === 'json' ? (JSON.parse(text) as JSONValue) : text);
  } catch {
    return null;
  }
}

// @vitest-environment happy-dom
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import { describe, expect, it } from 'vitest';
import { canonical } from '../src/lite/canonical';
import { Footing } from '../src/lite/footing';

function notebook(source: string, metadata: JSONObject = {}): JSONValue {
  const cell = { cell_type: 'code', id: 'a', metadata: {}, outputs: [], source };
  return { cells: [cell], metadata, nbformat: 4, nbformat_minor: 5 };
}

const HISTORY = { lineage: 2 ** 32, state: new Uint8Array() };
const SITE = canonical(notebook('as the site has it'));

/** A document that was opened with a content. */
function opened(content: JSONValue, original = SITE, shared = false): Footing {
  const footing = new Footing();
  footing.original = original;
  footing.take(HISTORY, content);
  footing.begin(HISTORY, shared, content);
  return footing;
}

describe('how firmly a document stands', () => {
  it('[LITE-9] rises from nothing to what is shared', () => {
    const standings = [
      opened(notebook(' ')),
      opened(notebook('as the site has it')),
      opened(notebook('mine')),
      opened(notebook('as the site has it'), SITE, true)
    ].map(({ stance }) => stance.standing);
    expect(standings).toEqual([0, 2, 3, 4]);
    const closed = new Footing();
    closed.take(HISTORY, notebook('mine'));
    expect(closed.stance.standing).toBe(1);
  });

  it('[LITE-9] does not rise because a kernel was started', () => {
    const named = notebook('as the site has it', { kernelspec: { name: 'python' } });
    const footing = opened(named);
    expect(footing.stance.standing).toBe(2);
    expect(footing.fill(() => named)).toBe(false);
    expect(footing.fill(() => notebook('as I have it'))).toBe(true);
    expect(footing.stance.standing).toBe(3);
  });

  it('[LITE-9] never falls again', () => {
    const footing = opened(notebook('mine'));
    expect(footing.fill(() => notebook('as the site has it'))).toBe(false);
    expect(footing.share(notebook('mine'))).toBe(true);
    expect(footing.share(notebook(' '))).toBe(false);
    expect(footing.stance.standing).toBe(4);
  });

  it('[LITE-9] is that of what is worked in where the site says nothing', () => {
    expect(opened(notebook('mine'), null).stance.standing).toBe(3);
  });
});

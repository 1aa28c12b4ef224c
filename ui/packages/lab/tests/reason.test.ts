import { nullTranslator } from '@jupyterlab/translation';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reasonSentence } from '../src/execution/reason';
import { refusalSentence } from '../src/execution/refusal';

const vectors = JSON.parse(
  readFileSync(new URL('../../../../tests/vectors/reasons.json', import.meta.url), 'utf8')
) as { why: string[]; sentence: string }[];

const english = nullTranslator.load('jupyter_tandem');
/** A language in which every sentence is marked. */
const foreign = {
  ...english,
  __: (message: string, ...args: unknown[]) => `¡${english.__(message, ...args)}!`
};

describe('why something ended', () => {
  it.each(vectors)(
    '[RUN-37] [RUNUI-13] $why is known, and goes through the translator',
    ({ why, sentence }) => {
      expect(reasonSentence({ reason: '', why }, english)).toBe(sentence);
      expect(reasonSentence({ reason: sentence, why }, foreign)).toBe(`¡${sentence}!`);
    }
  );

  it.each([
    ['has no code', []],
    ['has one of tomorrow', ['of-tomorrow', 'Ana']],
    ['lacks what its code needs', ['cancelled-by']]
  ])('[RUNUI-13] is told in the words of the server where it %s', (_, why) => {
    expect(reasonSentence({ reason: 'Ana cancelled it.', why }, foreign)).toBe('Ana cancelled it.');
  });

  it('[RUNUI-5] [RUNUI-13] is said of a command that was refused, too', () => {
    const answer = {
      number: 1,
      status: 'refused',
      runs: [],
      code: 'unavailable',
      message: "Ana's server is stopped.",
      why: ['owner-silent'],
      cells: []
    } as const;
    expect(refusalSentence(answer, foreign)).toMatch(/^¡The owner's server does not answer/);
    expect(refusalSentence({ ...answer, why: [] }, foreign)).toBe("Ana's server is stopped.");
  });
});

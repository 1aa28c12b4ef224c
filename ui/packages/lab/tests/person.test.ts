import { describe, expect, it } from 'vitest';
import { byCell, color, initials, once, people, textColor } from '../src/presence/person';

function state(username: string, cellId?: string, mode?: string): unknown {
  return {
    user: { username, name: username, display_name: username.toUpperCase() },
    activeCell: cellId === undefined ? null : { cellId, mode }
  };
}

describe('the people in awareness states', () => {
  it('[PRESENCE-3] leaves out this client and who has no name, and sorts by name', () => {
    const states = new Map<number, unknown>([
      [1, state('me')],
      [2, state('zoe', 'c1', 'edit')],
      [3, state('ada')],
      [4, {}],
      [5, null],
      [6, { user: 'nobody' }]
    ]);
    expect(people(states, 1).map(person => person.name)).toEqual(['ADA', 'ZOE']);
    expect(people(states, 1)[1]?.whereabouts).toEqual({ cellId: 'c1', mode: 'edit' });
  });

  it.each([
    [undefined, null],
    [{ cellId: 7 }, null],
    [{ cellId: '' }, null],
    ['c1', null],
    [
      { cellId: 'c1', mode: 'dance' },
      { cellId: 'c1', mode: 'command' }
    ]
  ])('[PRESENCE-3] takes %j for a place only where it is one', (activeCell, whereabouts) => {
    const states = new Map([[2, { user: { username: 'ada' }, activeCell }]]);
    expect(people(states, 1)[0]?.whereabouts).toEqual(whereabouts);
  });

  it('[PRESENCE-3] cuts a name that would fill the page', () => {
    const states = new Map([[2, { user: { username: 'x'.repeat(5_000) } }]]);
    expect(people(states, 1)[0]?.name).toHaveLength(80);
  });
});

describe('initials', () => {
  it.each([
    ['', 'Ada Lovelace', 'AL'],
    ['', 'Gabriela Mistral de Chile', 'GC'],
    ['', 'ada', 'A'],
    ['xyz', 'Ada', 'XY'],
    ['', '', '?'],
    ['', '👩‍🚀 astronaut', '👩‍🚀A'],
    ['', 'عمر الخيام', 'عا']
  ])('[PRESENCE-3] %j of %j are %s', (chosen, name, expected) => {
    expect(initials(chosen, name)).toBe(expected);
  });
});

describe('colours', () => {
  it.each(['#a1B2c3', 'var(--jp-collaborator-color7)'])('[PRESENCE-3] takes %s', chosen => {
    expect(color(chosen, 'ada')).toBe(chosen);
  });

  it.each([
    'red',
    '#fff',
    '#12345g',
    'var(--jp-collaborator-color1);background:url(//x)',
    'url(javascript:alert(1))',
    'var(--other)',
    null,
    7
  ])('[PRESENCE-3] does not put %j into a style', chosen => {
    expect(color(chosen, 'ada')).toMatch(/^var\(--jp-collaborator-color[1-7]\)$/);
    expect(color(chosen, 'ada')).toBe(color(undefined, 'ada'));
  });

  it('[PRESENCE-3] puts readable text on every colour', () => {
    const luminance = (hex: string): number => {
      const [r = 0, g = 0, b = 0] = [1, 3, 5]
        .map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
        .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    for (let value = 0; value < 0x1000000; value += 4_099) {
      const background = `#${value.toString(16).padStart(6, '0')}`;
      const [low = 0, high = 0] = [luminance(background), luminance(textColor(background))].sort(
        (a, b) => a - b
      );
      expect((high + 0.05) / (low + 0.05), background).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('who is shown', () => {
  const everybody = people(
    new Map([
      [2, state('ada', 'c1', 'command')],
      [3, state('ada', 'c1', 'edit')],
      [4, state('bob', 'c1', 'command')],
      [5, state('bob')],
      [6, state('cy')]
    ]),
    1
  );

  it('[PRESENCE-2] in a cell: each person once, as editing when one of the windows edits', () => {
    const here = byCell(everybody).get('c1') ?? [];
    expect(here.map(({ username, whereabouts }) => [username, whereabouts?.mode])).toEqual([
      ['ada', 'edit'],
      ['bob', 'command']
    ]);
  });

  it('[PRESENCE-4] in the list: each person once, with a place if one is known', () => {
    expect(
      once(everybody).map(({ username, whereabouts }) => [username, whereabouts?.cellId])
    ).toEqual([
      ['ada', 'c1'],
      ['bob', 'c1'],
      ['cy', undefined]
    ]);
  });
});

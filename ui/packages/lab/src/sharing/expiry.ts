import type { TranslationBundle } from '@jupyterlab/translation';

/** How long a share is to last, as the choices of a menu. */
export const LIVES = ['hour', 'day', 'week', 'month', 'never', 'date'] as const;
export type Life = (typeof LIVES)[number];

const DAY_S = 86_400;

const LIFE_S: Readonly<Record<Exclude<Life, 'never' | 'date'>, number>> = {
  hour: 3_600,
  day: DAY_S,
  week: 7 * DAY_S,
  month: 30 * DAY_S
};

/** The names of the choices. */
export function lifeLabels(trans: TranslationBundle): Readonly<Record<Life, string>> {
  return {
    hour: trans.__('1 hour'),
    day: trans.__('1 day'),
    week: trans.__('7 days'),
    month: trans.__('30 days'),
    never: trans.__('No end'),
    date: trans.__('Until a date…')
  };
}

/**
 * When a share ends.
 *
 * @param date Date and time as an input element gives them, in this person's time zone.
 * @param nowS Unix seconds.
 * @returns Unix seconds, `null` for never, or `NaN` where the date is none.
 */
export function expiryOf(life: Life, date: string, nowS: number): number | null {
  if (life === 'never') {
    return null;
  }
  return life === 'date' ? new Date(date).getTime() / 1000 : nowS + LIFE_S[life];
}

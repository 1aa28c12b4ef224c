import type { TranslationBundle } from '@jupyterlab/translation';

const DAY_S = 86_400;

/** Says when something was, how long it took and how much it was, in the person's language. */
export class Clockwork {
  private readonly time: Intl.DateTimeFormat;
  private readonly date: Intl.DateTimeFormat;
  private readonly tenths: Intl.NumberFormat;

  constructor(
    private readonly trans: TranslationBundle,
    locale?: string
  ) {
    this.time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
    this.date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
    this.tenths = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  }

  /** A time of day, with the date where that is another one; both in Unix seconds. */
  when(at: number, now: number): string {
    const [then, today] = [at, now].map(seconds => new Date(seconds * 1000).toDateString());
    return (then === today ? this.time : this.date).format(at * 1000);
  }

  /** An amount of text. */
  bytes(count: number): string {
    const kilobytes = count / 1000;
    return kilobytes < 1000
      ? this.trans.__('%1 kB', Math.ceil(kilobytes))
      : this.trans.__('%1 MB', this.tenths.format(kilobytes / 1000));
  }

  /** How long something took, in seconds. */
  long(seconds: number): string {
    const { trans } = this;
    if (seconds < 9.95) {
      return trans.__('%1 s', this.tenths.format(Math.max(0, seconds)));
    }
    const whole = Math.round(seconds);
    if (whole < 60) {
      return trans.__('%1 s', whole);
    }
    if (whole < 3600) {
      return trans.__('%1 min %2 s', Math.floor(whole / 60), whole % 60);
    }
    const minutes = Math.floor((whole % DAY_S) / 60) % 60;
    return trans.__('%1 h %2 min', Math.floor(whole / 3600), minutes);
  }
}

/** MIME type of what stands in a notebook for a big output that the server keeps beside it. */
export const STAND_IN = 'application/vnd.tandem.output+json';

/** What a stand-in says. */
export interface IStandIn {
  /** Name of the output: SHA-256 of its canonical text, in hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
  /** Room of the document beside which it is kept. */
  readonly document: string;
}

const NAME = /^[0-9a-f]{64}$/;

/** Reads a stand-in's data; `null` where it is none. */
export function readStandIn(data: unknown): IStandIn | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const { sha256, bytes, document } = data as Record<string, unknown>;
  const named = typeof sha256 === 'string' && NAME.test(sha256);
  return named && typeof bytes === 'number' && typeof document === 'string'
    ? { sha256, bytes, document }
    : null;
}

/** What an output of a notebook stands for; `null` where it stands for itself. */
export function standInOf(output: unknown): IStandIn | null {
  const data = (output as { data?: unknown } | null)?.data;
  return typeof data === 'object' && data !== null
    ? readStandIn((data as Record<string, unknown>)[STAND_IN])
    : null;
}

/** A size as people read it: `3.4 MB`. */
export function sizeText(bytes: number, locale: string): string {
  const mega = bytes >= 1_000_000;
  return new Intl.NumberFormat(locale === '' ? undefined : locale, {
    style: 'unit',
    unit: mega ? 'megabyte' : 'kilobyte',
    maximumFractionDigits: mega ? 1 : 0
  }).format(bytes / (mega ? 1_000_000 : 1_000));
}

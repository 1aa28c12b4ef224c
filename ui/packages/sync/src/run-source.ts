import { digest } from 'lib0/hash/sha256';

const ENCODER = new TextEncoder();

/** sha256 of a cell's source in UTF-8, hexadecimal: how a command names what it means (RUN-2). */
export function sourceHash(source: string): string {
  // Not WebCrypto: a page that came over plain HTTP has none, and it could not answer at once.
  return [...digest(ENCODER.encode(source))]
    .map(byte => byte.toString(16).padStart(2, '0'))
    .join('');
}

import { createDecoder, readAny, readVarString, readVarUint8Array } from 'lib0/decoding';
import {
  createEncoder,
  toUint8Array,
  writeAny,
  writeVarString,
  writeVarUint8Array
} from 'lib0/encoding';
import { fromBase64, toBase64 } from 'lib0/buffer';

/** Name that y-webrtc writes before what it has encrypted. */
const ALGORITHM = 'AES-GCM';
/** Rounds of y-webrtc's key derivation (its `src/crypto.js`, version 10). */
const ITERATIONS = 100_000;
const IV_BYTES = 12;

/**
 * Encrypts what goes through the signaling server, as y-webrtc does when it is given a password.
 *
 * Who has not the key can neither read what peers say there nor say anything that they take for a peer's.
 */
export class Cipher {
  private constructor(private readonly key: CryptoKey) {}

  /**
   * Derives the key with PBKDF2, slow on purpose.
   *
   * @param secret What only people of the room know; y-webrtc's `password`.
   * @param topic What the signaling server knows the room by; y-webrtc's room name.
   */
  static async derive(secret: string, topic: string): Promise<Cipher> {
    const { subtle } = crypto;
    const bytes = new TextEncoder();
    const material = await subtle.importKey('raw', bytes.encode(secret), 'PBKDF2', false, [
      'deriveKey'
    ]);
    const key = await subtle.deriveKey(
      { name: 'PBKDF2', salt: bytes.encode(topic), iterations: ITERATIONS, hash: 'SHA-256' },
      material,
      { name: ALGORITHM, length: 256 },
      false,
      ['encrypt', 'decrypt']
    );
    return new Cipher(key);
  }

  /** A value as base64 text that only the key opens; no two results are alike. */
  async seal(value: unknown): Promise<string> {
    const plain = createEncoder();
    writeAny(plain, value as Parameters<typeof writeAny>[1]);
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const bytes = toUint8Array(plain);
    const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, this.key, bytes);
    const encoder = createEncoder();
    writeVarString(encoder, ALGORITHM);
    writeVarUint8Array(encoder, iv);
    writeVarUint8Array(encoder, new Uint8Array(sealed));
    return toBase64(toUint8Array(encoder));
  }

  /**
   * The value in a sealed text.
   *
   * @returns `undefined` where the text was not sealed with this key, or is none at all.
   */
  async open(text: string): Promise<unknown> {
    try {
      const decoder = createDecoder(fromBase64(text));
      if (readVarString(decoder) !== ALGORITHM) {
        return undefined;
      }
      const iv = readVarUint8Array<ArrayBuffer>(decoder);
      const sealed = readVarUint8Array<ArrayBuffer>(decoder);
      const plain = await crypto.subtle.decrypt({ name: ALGORITHM, iv }, this.key, sealed);
      return readAny(createDecoder(new Uint8Array(plain)));
    } catch {
      // Whatever is wrong with it, it is not for us.
      return undefined;
    }
  }
}

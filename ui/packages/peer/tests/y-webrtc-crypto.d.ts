/** y-webrtc's own code, which says nothing of its types. */
declare module 'y-webrtc/crypto' {
  export function deriveKey(secret: string, roomName: string): Promise<CryptoKey>;
  export function encryptJson(data: object, key: CryptoKey): Promise<Uint8Array>;
  export function decryptJson(data: Uint8Array, key: CryptoKey): Promise<unknown>;
}

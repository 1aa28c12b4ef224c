import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from 'lib0/buffer';
import { Cipher, meetingPoint } from '@jupyter-tandem/peer';
// The other side's own code: what it seals we open, and the other way round.
import { decryptJson, deriveKey, encryptJson } from 'y-webrtc/crypto';

const room = { prefix: 'example.org', name: 'class', password: '' };

describe('where peers meet', () => {
  it('[LITE-2] is another place for every room, document and prefix, and tells none of them', async () => {
    const places = await Promise.all([
      meetingPoint(room, 'a.ipynb'),
      meetingPoint({ ...room, name: 'other' }, 'a.ipynb'),
      meetingPoint({ ...room, prefix: 'example.com' }, 'a.ipynb'),
      meetingPoint(room, 'b.ipynb'),
      meetingPoint({ ...room, prefix: 'example.orgclass', name: '' }, 'a.ipynb')
    ]);
    expect(new Set(places.map(({ topic }) => topic)).size).toBe(places.length);
    expect(new Set(places.map(({ secret }) => secret)).size).toBe(places.length);
    for (const { topic, secret } of places) {
      expect(topic).toMatch(/^[0-9a-f]{64}$/);
      expect(secret).not.toBe(topic);
    }
  });

  it('[LITE-2] is the same with another password, but the secret is not', async () => {
    const open = await meetingPoint(room, 'a.ipynb');
    const closed = await meetingPoint({ ...room, password: 'x' }, 'a.ipynb');
    expect(closed.topic).toBe(open.topic);
    expect(closed.secret).not.toBe(open.secret);
  });

  it('[LITE-2] stays the same from version to version', async () => {
    expect(await meetingPoint(room, 'a.ipynb')).toEqual({
      topic: '1b06e8a9935bffa861d0dee016c021587bb24cb2bf3b6af9866556149686613d',
      secret: 'e8cbbf4fc2af25f2a20b3eadec3b212db07d02e8ef0ff69307ba36f5f73dc846'
    });
  });
});

describe('what goes through the signaling server', () => {
  const value = { type: 'announce', from: 'a', to: 'b', token: 1.5, signal: { sdp: 'ü' } };

  it('[LITE-4] is sealed as y-webrtc seals it, and the other way round', async () => {
    const cipher = await Cipher.derive('secret', 'topic');
    const key = await deriveKey('secret', 'topic');
    expect(await cipher.open(toBase64(await encryptJson(value, key)))).toEqual(value);
    expect(await decryptJson(fromBase64(await cipher.seal(value)), key)).toEqual(value);
  });

  it('[LITE-2] says nothing without the secret, and nothing twice in the same way', async () => {
    const cipher = await Cipher.derive('secret', 'topic');
    const sealed = await cipher.seal(value);
    expect(await cipher.seal(value)).not.toBe(sealed);
    for (const [secret, topic] of [
      ['guess', 'topic'],
      ['secret', 'other']
    ] as const) {
      expect(await (await Cipher.derive(secret, topic)).open(sealed)).toBeUndefined();
    }
    for (const text of ['', 'no base64 !', 'AAAA', `${sealed.slice(0, -4)}AAAA`]) {
      expect(await cipher.open(text)).toBeUndefined();
    }
  });
});

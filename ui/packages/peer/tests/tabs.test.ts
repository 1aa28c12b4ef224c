import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { FIRST_SEED, PeerRoom, type ILink } from '@jupyter-tandem/peer';
import { Tabs } from '../src/tabs';

/** A channel between pages, each of which can be frozen as browsers do: what is said meanwhile is heard later. */
class Channel {
  static all: Channel[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  frozen = false;
  private readonly waiting: unknown[] = [];

  constructor(readonly name: string) {
    Channel.all.push(this);
  }

  postMessage(data: unknown): void {
    for (const other of Channel.all.filter(({ name }) => name === this.name)) {
      if (other !== this) {
        other.waiting.push(structuredClone(data));
        setTimeout(() => {
          other.hear();
        });
      }
    }
  }

  hear(): void {
    while (!this.frozen && this.waiting.length > 0) {
      this.onmessage?.({ data: this.waiting.shift() });
    }
  }

  close(): void {
    Channel.all = Channel.all.filter(channel => channel !== this);
  }
}

/** A page of the browser, with one text. */
class Page {
  readonly text: Y.Text;
  readonly room: PeerRoom;
  readonly links: ILink[] = [];
  readonly tabs: Tabs;
  private readonly channel: Channel | undefined;

  constructor(me: string) {
    const doc = new Y.Doc();
    this.text = doc.getText('source');
    this.room = new PeerRoom({
      doc,
      awareness: new Awareness(doc),
      stance: () => ({ lineage: FIRST_SEED, standing: 4 }),
      live: () => true,
      whole: () => null,
      apply: (update, origin) => {
        Y.applyUpdate(doc, update, origin);
      },
      met: () => undefined,
      shared: () => undefined,
      changed: () => undefined
    });
    this.tabs = new Tabs(me, 'topic', link => {
      this.links.push(link);
      return this.room.meet(link);
    });
    this.channel = Channel.all.at(-1);
  }

  freeze(): void {
    if (this.channel !== undefined) {
      this.channel.frozen = true;
    }
  }

  thaw(): void {
    if (this.channel !== undefined) {
      this.channel.frozen = false;
      this.channel.hear();
    }
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('BroadcastChannel', Channel);
  Channel.all = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function wait(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

/** Two pages that work together. */
async function two(): Promise<[Page, Page]> {
  const pages: [Page, Page] = [new Page('a'), new Page('b')];
  await wait(50);
  pages[0].text.insert(0, 'together');
  await wait(50);
  expect(pages[1].text.toJSON()).toBe('together');
  return pages;
}

describe('two pages of one browser', () => {
  it('[LITE-5] find each other, and notice at once who leaves', async () => {
    const [a, b] = await two();
    expect([a.room.peers.length, b.room.peers.length]).toEqual([1, 1]);
    b.tabs.dispose();
    await wait(50);
    expect(a.room.peers).toEqual([]);
  });

  it('[LITE-5] meet again after one of them was frozen, whichever notices', async () => {
    const [a, b] = await two();
    for (const [frozen, awake] of [
      [b, a],
      [a, b]
    ] as const) {
      frozen.freeze();
      await wait(20_000);
      expect(awake.room.peers).toEqual([]);
      awake.text.insert(0, 'meanwhile ');
      frozen.thaw();
      await wait(50);
      frozen.text.insert(0, 'later ');
      await wait(50);
      expect(frozen.text.toJSON()).toContain('meanwhile');
      expect(awake.text.toJSON()).toBe(frozen.text.toJSON());
      expect([a.room.peers.length, b.room.peers.length]).toEqual([1, 1]);
    }
  });

  it('[LITE-5] meet again where only one of them has noticed', async () => {
    const [a, b] = await two();
    // As long as a page is frozen its own clock stands still as well.
    (b.links[0] as unknown as { liveness: { stop(): void } }).liveness.stop();
    b.freeze();
    await wait(20_000);
    a.text.insert(0, 'meanwhile ');
    b.thaw();
    await wait(50);
    expect(b.text.toJSON()).toBe('meanwhile together');
    expect([a.room.peers.length, b.room.peers.length]).toEqual([1, 1]);
  });

  it('[LITE-5] stay together where something still holds the link that is over', async () => {
    const [a, b] = await two();
    a.freeze();
    await wait(20_000);
    a.thaw();
    await wait(50);
    a.links[0]?.close();
    a.links[0]?.send(new Uint8Array([0]));
    await wait(50);
    a.text.insert(0, 'still ');
    await wait(50);
    expect(b.text.toJSON()).toBe('still together');
  });
});

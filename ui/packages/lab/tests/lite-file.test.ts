import type { JSONValue } from '@lumino/coreutils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DriveFile, type IDriveFileOptions } from '../src/lite/file';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a file in the drive of a browser', () => {
  it('[LITE-24] is tried again where its content cannot be made, and never said to be saved', async () => {
    const saved: JSONValue[] = [];
    let content: JSONValue | null = null;
    const drive = {
      save: (_: string, model: { content: JSONValue }) => {
        saved.push(model.content);
        return Promise.resolve({});
      }
    };
    const file = new DriveFile({
      drive: drive as unknown as IDriveFileOptions['drive'],
      path: 'a.txt',
      format: 'text',
      contentType: 'file',
      content: () => {
        if (content === null) {
          throw new TypeError('no source');
        }
        return content;
      },
      changed: () => undefined,
      writing: () => undefined,
      written: () => undefined
    });
    file.edited();
    const since = file.pendingSince;
    await expect(file.write()).rejects.toThrow('no source');
    expect(file.pendingSince).toBe(since);
    expect([file.unsaved, file.problem, file.savedAt]).toEqual([true, 'no source', null]);
    content = 'there again';
    await vi.advanceTimersByTimeAsync(6_000);
    vi.useRealTimers();
    await vi.waitFor(() => {
      expect(saved).toEqual(['there again']);
      expect([file.unsaved, file.problem]).toEqual([false, null]);
    });
    file.stop();
  });
});

import type { Contents } from '@jupyterlab/services';
import type { JSONValue } from '@lumino/coreutils';
import { digestOf } from './beginning';
import { canonical } from './canonical';

/** Writes after so long without an edit. */
const QUIET_MS = 1_000;
/** Writes at the latest so long after the first edit. */
const LATEST_MS = 5_000;
/** Time between attempts while the browser does not take it. */
const AGAIN_MS = 5_000;

/** What a file of this browser's drive needs. */
export interface IDriveFileOptions {
  readonly drive: Contents.IDrive;
  readonly path: string;
  readonly format: string;
  readonly contentType: string;
  /** What is to be written. */
  readonly content: () => JSONValue;
  /** Something about how it stands has changed. */
  readonly changed: () => void;
  /** A content with this digest is about to be written. */
  readonly writing: (digest: string) => void;
  /** It was written. */
  readonly written: (digest: string) => void;
}

/** Where a file is after something was renamed: itself, or a folder above it. */
export function movedPath(
  path: string,
  { newValue, oldValue }: Pick<Contents.IChangedArgs, 'newValue' | 'oldValue'>
): string {
  const [from, to] = [oldValue?.path, newValue?.path];
  if (from === undefined || to === undefined) {
    return path;
  }
  return path === from || path.startsWith(`${from}/`) ? to + path.slice(from.length) : path;
}

/** The file of a document in the browser's own drive. */
export class DriveFile {
  path: string;
  /** Line ends the file has; in the document they are always `\n`. */
  private lineEnd = '\n';
  private since: number | null = null;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private work: Promise<void> = Promise.resolve();
  private failure: string | null = null;
  private writtenAt: number | null = null;
  private busy = false;
  private stopped = false;

  constructor(private readonly options: IDriveFileOptions) {
    this.path = options.path;
  }

  /** What the Contents API calls its format. */
  get format(): string {
    return this.options.format;
  }

  /** Milliseconds since 1970 at which the oldest edit that is not in the file was made, or `null`. */
  get pendingSince(): number | null {
    return this.since;
  }

  /** Whether there are edits that are not in the file, or not known to be. */
  get unsaved(): boolean {
    return this.busy || this.since !== null;
  }

  /** Why the last attempt to write failed, or `null`. */
  get problem(): string | null {
    return this.failure;
  }

  /** Milliseconds since 1970 of the last time it was written here, or `null`. */
  get savedAt(): number | null {
    return this.writtenAt;
  }

  /** The content in canonical form. */
  async read(): Promise<JSONValue> {
    const { contentType, drive, format } = this.options;
    const model = await drive.get(this.path, {
      content: true,
      type: contentType,
      format: format as Contents.FileFormat
    });
    return canonical(this.plain(model.content as JSONValue));
  }

  /** Notes an edit: it is written soon. */
  edited(): void {
    this.since ??= Date.now();
    if (!this.stopped && this.failure === null) {
      this.wait(Math.max(0, Math.min(QUIET_MS, this.since + LATEST_MS - Date.now())));
    }
    this.options.changed();
  }

  /** Writes now; rejects where the browser does not take it. */
  async write(): Promise<void> {
    this.cancel();
    const { work } = this;
    const attempt = work.then(() => this.attempt());
    this.work = attempt.catch(() => undefined);
    await attempt;
  }

  /** Writes another file beside it. */
  async copy(path: string, content: JSONValue): Promise<void> {
    await this.put(path, content);
  }

  /** Writes nothing any more. */
  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private async attempt(): Promise<void> {
    if (this.stopped) {
      return;
    }
    const since = this.since;
    this.since = null;
    this.busy = true;
    let digest: string;
    try {
      const content = this.options.content();
      digest = await digestOf(content);
      this.options.writing(digest);
      await this.put(this.path, content);
      this.busy = false;
    } catch (error) {
      this.busy = false;
      this.since = since ?? Date.now();
      this.failure = error instanceof Error ? error.message : String(error);
      this.wait(AGAIN_MS);
      this.options.changed();
      throw error;
    }
    this.failure = null;
    this.writtenAt = Date.now();
    this.options.written(digest);
    this.options.changed();
  }

  private async put(path: string, content: JSONValue): Promise<void> {
    const { contentType, drive, format } = this.options;
    await drive.save(path, {
      type: contentType,
      format: format as Contents.FileFormat,
      content: typeof content === 'string' ? content.replaceAll('\n', this.lineEnd) : content
    });
  }

  private plain(content: JSONValue): JSONValue {
    if (typeof content !== 'string') {
      return content;
    }
    this.lineEnd = /\r\n?/.exec(content)?.[0] ?? '\n';
    return content.replace(/\r\n?/g, '\n');
  }

  private wait(ms: number): void {
    this.cancel();
    this.timer = setTimeout(() => {
      this.timer = null;
      this.write().catch(() => {
        // The status says why, and it is tried again.
      });
    }, ms);
  }

  private cancel(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
  }
}

import type { IOutput } from '@jupyterlab/nbformat';
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { IStandIn } from './stand-in';

/** Where big outputs are, below the base URL. */
const OUTPUT_URL = 'api/collaboration/output';

/** Bytes of outputs that are kept in the page, so that scrolling back shows them at once. */
export const KEPT_BYTES = 64 * 1024 * 1024;

/** The server did not give an output; the message is a sentence for the person, or empty. */
export class OutputRefused extends Error {}

/** Told how many bytes have arrived. */
export type Progress = (bytes: number) => void;

/** Fetches big outputs, and keeps those that were looked at last. */
export class OutputShelf {
  /** In the order in which they were looked at. */
  private readonly kept = new Map<string, { output: IOutput; bytes: number }>();
  private readonly underWay = new Map<string, { answer: Promise<IOutput>; hear: Set<Progress> }>();
  private size = 0;

  constructor(
    private readonly settings: ServerConnection.ISettings,
    private readonly limit = KEPT_BYTES
  ) {}

  /** The output, if it is here already. */
  at(standIn: IStandIn): IOutput | null {
    const key = keyOf(standIn);
    const found = this.kept.get(key);
    if (found === undefined) {
      return null;
    }
    this.kept.delete(key);
    this.kept.set(key, found);
    return found.output;
  }

  /**
   * The output; several callers share one request.
   *
   * @throws OutputRefused where the server does not give it or cannot be reached.
   */
  get(standIn: IStandIn, progress: Progress): Promise<IOutput> {
    const here = this.at(standIn);
    if (here !== null) {
      return Promise.resolve(here);
    }
    const key = keyOf(standIn);
    let asked = this.underWay.get(key);
    if (asked === undefined) {
      const hear = new Set<Progress>();
      const answer = this.fetch(standIn, bytes => {
        hear.forEach(told => {
          told(bytes);
        });
      }).finally(() => {
        this.underWay.delete(key);
      });
      asked = { answer, hear };
      this.underWay.set(key, asked);
    }
    asked.hear.add(progress);
    return asked.answer;
  }

  private async fetch(standIn: IStandIn, progress: Progress): Promise<IOutput> {
    const { document, sha256 } = standIn;
    const path = [OUTPUT_URL, encodeURIComponent(document), sha256];
    const url = URLExt.join(this.settings.baseUrl, ...path);
    let text: string;
    try {
      const response = await ServerConnection.makeRequest(url, { method: 'GET' }, this.settings);
      text = await read(response, progress);
      if (!response.ok) {
        throw new OutputRefused(sentenceIn(text));
      }
    } catch (error) {
      throw error instanceof OutputRefused ? error : new OutputRefused('');
    }
    const output = JSON.parse(text) as IOutput;
    this.keep(standIn, output);
    return output;
  }

  private keep(standIn: IStandIn, output: IOutput): void {
    const { bytes } = standIn;
    this.kept.set(keyOf(standIn), { output, bytes });
    this.size += bytes;
    for (const [key, entry] of this.kept) {
      if (this.size <= this.limit) {
        break;
      }
      this.kept.delete(key);
      this.size -= entry.bytes;
    }
  }
}

/** What somebody may see of one document they may not see of another. */
function keyOf({ document, sha256 }: IStandIn): string {
  return `${document} ${sha256}`;
}

async function read(response: Response, progress: Progress): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return response.text();
  }
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return parts.join('') + decoder.decode();
    }
    bytes += value.byteLength;
    parts.push(decoder.decode(value, { stream: true }));
    progress(bytes);
  }
}

function sentenceIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}

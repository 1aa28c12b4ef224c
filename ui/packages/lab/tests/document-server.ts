import {
  decodeClient,
  encode,
  type IHello,
  type IRights,
  type ServerMessage
} from '@jupyter-tandem/protocol';
import type { IDocumentProviderFactory } from '@jupyter/docprovider';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { vi } from 'vitest';
import type { SharedDocument } from '../src/document/content';
import type { IKeepsakeStore } from '../src/document/keepsake';
import { DocumentProvider } from '../src/document/provider';
import { hello, MemoryServer } from '../../sync/tests/memory-server';
import { EDITOR } from './document-view';

/** A server with one document, behind the browser's own `WebSocket` and JupyterLab's requests. */
export class DocumentServer extends MemoryServer {
  readonly settings = ServerConnection.makeSettings();
  readonly merges: { base: unknown; ours: unknown; lineage: string }[] = [];
  rights: IRights = EDITOR;
  /** Whether it takes in edits. */
  takesEdits = true;
  private connections = 0;
  private latest: Socket | null = null;

  constructor(
    lineage = 'L1',
    readonly kind = { format: 'text', type: 'file' }
  ) {
    super(lineage);
    const connect = (socket: Socket): void => {
      this.latest = socket;
      this.connections += 1;
      const connection = this.connections;
      socket.hear = frame => {
        this.read(socket, connection, frame);
      };
      this.greet(connection).forEach(message => {
        socket.tell(message);
      });
    };
    vi.stubGlobal(
      'WebSocket',
      class extends Socket {
        constructor() {
          super(connect);
        }
      }
    );
    vi.spyOn(ServerConnection, 'makeRequest').mockImplementation(() => {
      const session = { ...this.kind, fileId: 'F', sessionId: this.lineage };
      return Promise.resolve(Response.json(session));
    });
  }

  override greet(connection: number): ServerMessage[] {
    const body: IHello = hello({ lineage: this.lineage, session: connection, rights: this.rights });
    return [{ type: 'Hello', body }, ...super.greet(connection).slice(1)];
  }

  /** Tells the page that connected last. */
  tell(message: ServerMessage): void {
    this.latest?.tell(message);
  }

  /** Opens the document in a page, which knows who has it open when `ready`. */
  open(
    model: SharedDocument,
    store: IKeepsakeStore,
    ready: Promise<void> = Promise.resolve()
  ): DocumentProvider {
    const user = {
      ready,
      identity: { username: 'ada' },
      userChanged: new Signal<object, unknown>({})
    };
    const options: Partial<Record<keyof IDocumentProviderFactory.IOptions, unknown>> = {
      model,
      path: 'a',
      format: this.kind.format,
      contentType: this.kind.type,
      user,
      translator: nullTranslator.load('jupyter_tandem'),
      serverSettings: this.settings
    };
    return new DocumentProvider(options as unknown as IDocumentProviderFactory.IOptions, { store });
  }

  private read(socket: Socket, connection: number, frame: Uint8Array): void {
    const message = decodeClient(frame);
    const edits = message.type === 'Update' || message.type === 'SyncStep2';
    if (edits && !this.takesEdits) {
      return;
    }
    this.take(connection, message).forEach(answer => {
      socket.tell(answer);
    });
    if (message.type === 'MergeRequest') {
      this.merges.push(message.body);
      socket.tell({
        type: 'MergeAnswer',
        body: { status: 'merged', conflicts: 0, message: '' }
      });
    } else if (edits) {
      socket.tell(this.acknowledgement(connection));
    }
  }
}

/** A `WebSocket` as far as the transport needs it; it connects in a millisecond. */
class Socket {
  binaryType = '';
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: unknown) => void) | null = null;
  onerror: (() => void) | null = null;
  hear: ((frame: Uint8Array) => void) | null = null;

  constructor(connect: (socket: Socket) => void) {
    setTimeout(() => {
      this.readyState = 1;
      this.onopen?.();
      connect(this);
    }, 1);
  }

  send(frame: Uint8Array): void {
    this.hear?.(new Uint8Array(frame));
  }

  tell(message: ServerMessage): void {
    const frame = encode(message);
    this.onmessage?.({ data: frame.slice().buffer });
  }

  close(): void {
    this.readyState = 3;
    this.hear = null;
  }
}

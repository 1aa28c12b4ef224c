import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { Unreachable, type IAddress } from '@jupyter-tandem/transports';

/** Where sessions are asked for, below the base URL. */
const SESSION_URL = 'api/collaboration/session';
/** Where rooms are, below the WebSocket URL. */
export const ROOM_URL = 'api/collaboration/room';

/** What the server calls a file that is open. */
export interface IDocumentSession {
  readonly format: string;
  readonly type: string;
  /** Stable id of the document, whatever its path. */
  readonly fileId: string;
  /** The document's lineage. */
  readonly sessionId: string;
}

/** The name of a document's room. */
export function roomOf({ format, type, fileId }: IDocumentSession): string {
  return `${format}:${type}:${fileId}`;
}

function isSession(value: unknown): value is IDocumentSession {
  const session = value as Partial<Record<string, unknown>> | null;
  return ['format', 'type', 'fileId', 'sessionId'].every(key => typeof session?.[key] === 'string');
}

/** The sentence in a server's refusal, or the status text. */
async function refusal(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { message?: unknown };
    return typeof body.message === 'string' ? body.message : response.statusText;
  } catch {
    return response.statusText;
  }
}

/**
 * Asks the server for the session of a file.
 *
 * @throws Unreachable with the HTTP status, or 0 where nobody answered.
 */
export async function requestSession(
  file: { path: string; format: string; contentType: string },
  settings: ServerConnection.ISettings,
  signal: AbortSignal
): Promise<IDocumentSession> {
  const url = URLExt.join(settings.baseUrl, SESSION_URL, encodeURIComponent(file.path));
  const body = JSON.stringify({ format: file.format, type: file.contentType });
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(url, { method: 'PUT', body, signal }, settings);
  } catch {
    throw new Unreachable(0, '');
  }
  if (!response.ok) {
    throw new Unreachable(response.status, await refusal(response));
  }
  const session: unknown = await response.json();
  if (!isSession(session)) {
    throw new Unreachable(0, '');
  }
  return session;
}

/**
 * The session after the server said that the lineage in it is another one now.
 *
 * @param reason The reason of a close with code 1003: JSON with the present lineage as `sessionId`.
 * @returns The corrected session, or `null` where the reason does not say and the server has to be asked.
 */
export function renewed(session: IDocumentSession, reason: string): IDocumentSession | null {
  try {
    const { sessionId } = JSON.parse(reason) as { sessionId?: unknown };
    return typeof sessionId === 'string' && sessionId !== '' ? { ...session, sessionId } : null;
  } catch {
    return null;
  }
}

/**
 * The address of a room's WebSocket.
 *
 * The token goes into the URL only where the settings say so: a browser sends its cookie, and URLs end up in logs.
 */
export function roomAddress(
  room: string,
  query: Record<string, string>,
  settings: ServerConnection.ISettings
): IAddress {
  const token = settings.appendToken && settings.token !== '' ? { token: settings.token } : {};
  const path = URLExt.join(settings.wsUrl, ROOM_URL, encodeURIComponent(room));
  return { url: path + URLExt.objectToQueryString({ ...query, ...token }) };
}

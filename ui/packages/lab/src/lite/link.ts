/** Bits of a room's name: nobody finds it by trying. */
const NAME_BYTES = 18;

/** A new name for a room that nobody can guess. */
export function newRoom(bytes: (count: number) => Uint8Array): string {
  return btoa(String.fromCharCode(...bytes(NAME_BYTES)))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** What a link to a room leads to. */
export interface IRoomLink {
  readonly room: string;
  /** The document, or `""`. */
  readonly path: string;
  /** Goes behind `#`, where no server sees it; `""` for none. */
  readonly password: string;
}

/** What of an address is about one person, or one document, and not for others. */
const PERSONAL = ['username', 'usercolor', 'room', 'path', 'password', 'reset', 'fromURL'];

/**
 * The address that leads others to a room.
 *
 * @param here The address of this page; an application and its other parameters stay.
 */
export function roomLink(here: string, { password, path, room }: IRoomLink): string {
  const url = new URL(here);
  PERSONAL.forEach(name => {
    url.searchParams.delete(name);
  });
  url.searchParams.set('room', room);
  if (path !== '') {
    url.searchParams.set('path', path);
  }
  url.hash = password === '' ? '' : new URLSearchParams({ password }).toString();
  return url.href;
}

import { readIceServers } from '@jupyter-tandem/peer';

/** Where a page reads how it is to collaborate; all of it is what somebody wrote, and none of it is trusted. */
export interface IConfigSources {
  /** `jupyter-config-data`, as JupyterLab's `PageConfig` gives it: text, JSON for what is no text, or `""`. */
  readonly option: (name: string) => string;
  /** The address's query, without `?` or with it. */
  readonly query: string;
  /** What follows `#` in the address. */
  readonly fragment: string;
  /** Address of the host, with its port: `example.org:8000`. */
  readonly host: string;
  /** Whether the browser lets the page encrypt: over https, or from this machine. */
  readonly secure: boolean;
  /** The settings of this extension. */
  readonly settings: Fields;
  /** What `overrides.json` says to the extension that did this for JupyterLab 3. */
  readonly legacy: Fields;
}

type Fields = Readonly<Record<string, unknown>>;

/** Why nobody can be met. */
export type Obstacle =
  'not-collaborative' | 'disabled' | 'no-room' | 'no-signaling' | 'bad-signaling' | 'insecure';

/** What is wrong, but hinders nobody. */
export type Flaw = 'color' | 'signaling' | 'ice' | 'password-in-query';

/** How a page collaborates. */
export interface ILiteConfig {
  /** The first thing that stands in the way, or `null`. */
  readonly obstacle: Obstacle | null;
  readonly flaws: readonly Flaw[];
  readonly room: string;
  readonly prefix: string;
  readonly password: string;
  readonly signaling: readonly string[];
  readonly iceServers: readonly RTCIceServer[];
  /** Whether peers are reached through TURN servers only. */
  readonly relayOnly: boolean;
  /** The name to show, or `""`. */
  readonly username: string;
  /** `#rrggbb`, or `""`. */
  readonly usercolor: string;
}

/** What `iceTransportPolicy` may say. */
const POLICIES: readonly string[] = ['', 'all', 'relay'];

/**
 * Reads how a page collaborates, as JupyterLite's documentation describes it (LITE-1).
 *
 * What the address says counts before settings; of the site's own words those in `jupyter-config-data` count first.
 */
export function readConfig(sources: IConfigSources): ILiteConfig {
  const { fragment, host, option, settings } = sources;
  const query = new URLSearchParams(sources.query);
  const choose = (name: string): string => chosen([query.get(name)], name, sources);
  const given = signalingOf(sources);
  const signaling = given.filter(isSignalingUrl);
  const ice = list(option('iceServers'));
  const iceServers = readIceServers(ice);
  const policy = option('iceTransportPolicy');
  const color = choose('usercolor');
  const usercolor = readColor(color);
  const room = choose('room');
  return {
    obstacle: obstacle(sources, { room, given, signaling }),
    flaws: those([
      [color !== '' && usercolor === '', 'color'],
      [signaling.length < given.length, 'signaling'],
      [iceServers.length < ice.length || !POLICIES.includes(policy), 'ice'],
      [query.has('password'), 'password-in-query']
    ]),
    room,
    prefix: chosen([option('webRtcRoomPrefix')], 'roomPrefix', sources) || host,
    password: readPassword(fragment) || text(settings['password']),
    signaling,
    iceServers,
    relayOnly: policy === 'relay',
    username: choose('username'),
    usercolor
  };
}

function obstacle(
  { legacy, option, secure, settings }: IConfigSources,
  found: { room: string; given: readonly unknown[]; signaling: readonly string[] }
): Obstacle | null {
  const reasons: readonly (readonly [boolean, Obstacle])[] = [
    [option('collaborative').toLowerCase() !== 'true', 'not-collaborative'],
    [settings['disabled'] === true || legacy['disabled'] === true, 'disabled'],
    [found.room === '', 'no-room'],
    [found.given.length === 0, 'no-signaling'],
    [found.signaling.length === 0, 'bad-signaling'],
    [!secure, 'insecure']
  ];
  return those(reasons)[0] ?? null;
}

function those<T>(reasons: readonly (readonly [boolean, T])[]): T[] {
  return reasons.filter(([applies]) => applies).map(([, reason]) => reason);
}

/** The first text that says something: of what comes first, of the settings, of the old extension's. */
function chosen(
  first: readonly unknown[],
  name: string,
  { legacy, settings }: Pick<IConfigSources, 'legacy' | 'settings'>
): string {
  return [...first, settings[name], legacy[name]].map(text).find(found => found !== '') ?? '';
}

function signalingOf({ legacy, option, settings }: IConfigSources): readonly unknown[] {
  const named = list(option('fullWebRtcSignalingUrls'));
  const all = [named, array(settings['signalingUrls']), array(legacy['signalingUrls'])];
  return all.find(urls => urls.length > 0) ?? [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function array(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A list in `jupyter-config-data`. */
function list(option: string): readonly unknown[] {
  try {
    return option === '' ? [] : array(JSON.parse(option));
  } catch {
    // One address instead of a list of them.
    return [option];
  }
}

function isSignalingUrl(url: unknown): url is string {
  try {
    return typeof url === 'string' && /^wss?:$/.test(new URL(url).protocol);
  } catch {
    return false;
  }
}

/** A colour as `#rrggbb`, from three or six hexadecimal digits with `#` or without; `""` for anything else. */
export function readColor(value: string): string {
  const [, digits = ''] = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(value) ?? [];
  const six = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  return six === '' ? '' : `#${six.toLowerCase()}`;
}

/** The password in `#password=…`: what follows `#` is sent to no server. */
export function readPassword(fragment: string): string {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('password') ?? '';
}

/** A fragment without the password. */
export function withoutPassword(fragment: string): string {
  const rest = new URLSearchParams(fragment.replace(/^#/, ''));
  if (!rest.has('password')) {
    return fragment;
  }
  rest.delete('password');
  const text = rest.toString();
  return text === '' ? '' : `#${text}`;
}

import type { Refusal, SignalingState } from '@jupyter-tandem/peer';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IStatusContext, IStatusText } from '../status/status';
import type { IAdopted } from './beginning';
import type { Flaw, Obstacle } from './config';

/** How a document of a serverless room stands. */
export interface ILiteView {
  readonly phase: 'opening' | 'searching' | 'open';
  readonly obstacle: Obstacle | null;
  readonly flaws: readonly Flaw[];
  readonly room: string;
  /** Whether the person keeps a copy of their own, apart from the room. */
  readonly apart: boolean;
  /** People the edits are exchanged with. */
  readonly peers: number;
  /** People who are connected and work on another version. */
  readonly divided: number;
  readonly signaling: readonly SignalingState[];
  readonly refusal: Refusal | null;
  /** Whether somebody in the room uses another password. */
  readonly strangers: boolean;
  /** Milliseconds since 1970 of the oldest edit that is not in the file, or `null`. */
  readonly pendingSince: number | null;
  /** Why the file cannot be written, or `null`. */
  readonly problem: string | null;
  /** Milliseconds since 1970 at which the file was written, or `null`. */
  readonly savedAt: number | null;
}

/** Says how a document of a serverless room stands (LITE-20). */
export function liteStatus(view: ILiteView, context: IStatusContext): IStatusText {
  const { trans } = context;
  if (view.phase !== 'open') {
    return opening(view, trans);
  }
  if (view.problem !== null) {
    return {
      tone: 'stop',
      label: trans.__('Cannot save'),
      sentence: `${trans.__('The browser does not take the file. It is tried again; do not close this page.')} ${view.problem}`,
      action: 'download'
    };
  }
  if (view.pendingSince !== null) {
    return {
      tone: 'busy',
      label: trans.__('Saving…'),
      sentence: trans.__('Your last edits are being written into this browser.'),
      action: null
    };
  }
  return trouble(view, context) ?? calm(view, context);
}

function opening(view: ILiteView, trans: TranslationBundle): IStatusText {
  return view.phase === 'searching'
    ? {
        tone: 'busy',
        label: trans.__('Looking for others…'),
        sentence: trans.__('The document opens as soon as the room %1 has answered.', view.room),
        action: null
      }
    : {
        tone: 'busy',
        label: trans.__('Opening…'),
        sentence: trans.__('The document is being fetched.'),
        action: null
      };
}

/** Every edit is in this browser; that is all that is promised where there is no server. */
function saved({ savedAt }: ILiteView, { time, trans }: IStatusContext): string {
  return savedAt === null
    ? trans.__('Every edit is saved in this browser.')
    : trans.__('Every edit is saved in this browser, last at %1.', time(savedAt / 1_000));
}

/** What the person is told when the room's document takes the place of theirs. */
export function adoptionNews(
  { conflicts, merged }: Pick<IAdopted, 'conflicts' | 'merged'>,
  trans: TranslationBundle
): string {
  const message = merged
    ? trans.__('Your copy was merged into the document of the room.')
    : trans.__('The document of the room is shown now.');
  const places = trans._n(
    '%1 place had been changed on both sides: both versions are there.',
    '%1 places had been changed on both sides: both versions are there.',
    conflicts
  );
  return conflicts > 0 ? `${message} ${places}` : message;
}

/** What the person is told when the room's document cannot take the place of theirs. */
export function failureNews(reason: unknown, trans: TranslationBundle): string {
  return trans.__(
    'You still work on your own copy: the document of the room could not be taken over (%1). Choose Reconnect in the status to try again.',
    reason instanceof Error ? reason.message : String(reason)
  );
}

/** What the person is told when what was kept of a document cannot be read. */
export function lossNews(trans: TranslationBundle): string {
  return trans.__(
    'What this browser kept of the document beside its file cannot be read. The document is shown as its file says.'
  );
}

function calm(view: ILiteView, context: IStatusContext): IStatusText {
  const { trans } = context;
  const { peers, room } = view;
  const who =
    peers === 0
      ? trans.__('Nobody else has this document open in the room %1.', room)
      : trans._n(
          'You work with one other person in the room %2.',
          'You work with %1 others in the room %2.',
          peers,
          room
        );
  return {
    tone: 'well',
    label:
      peers === 0 ? trans.__('Saved, alone') : trans._n('Saved, with %1', 'Saved, with %1', peers),
    sentence: `${saved(view, context)} ${who}`,
    action: 'save'
  };
}

function trouble(view: ILiteView, context: IStatusContext): IStatusText | null {
  const { trans } = context;
  const found = worst(view, trans);
  return found === null
    ? null
    : {
        tone: 'mind',
        label: found.label,
        sentence: `${found.sentence} ${saved(view, context)}`,
        action: found.again ? 'reconnect' : null
      };
}

interface ITrouble {
  readonly label: string;
  readonly sentence: string;
  /** Whether trying again may help. */
  readonly again: boolean;
}

function worst(view: ILiteView, trans: TranslationBundle): ITrouble | null {
  if (view.obstacle !== null) {
    return {
      label: trans.__('Not shared'),
      sentence: obstacles(trans)[view.obstacle],
      again: false
    };
  }
  if (view.apart) {
    return {
      label: trans.__('Apart'),
      sentence: trans.__(
        'You keep your own copy of this document, apart from the room. Reconnect to be asked again.'
      ),
      again: true
    };
  }
  return divided(view, trans) ?? unmet(view, trans) ?? flawed(view.flaws, trans);
}

/** Who is connected, and exchanges no edits all the same. */
function divided(
  { divided: others, peers, room }: ILiteView,
  trans: TranslationBundle
): ITrouble | null {
  return others === 0 || peers > 0
    ? null
    : {
        label: trans.__('Another version'),
        sentence: trans.__(
          'Somebody in the room %1 works on another version of this document, and no edits are exchanged. Reconnect to try to come together.',
          room
        ),
        again: true
      };
}

/** What keeps others away; who is connected already stays so. */
function unmet(view: ILiteView, trans: TranslationBundle): ITrouble | null {
  const { peers, refusal, signaling, strangers } = view;
  if (strangers && peers === 0) {
    return {
      label: trans.__('Other password'),
      sentence: trans.__(
        'Somebody is in this room with another password than yours. Check the password in your link.'
      ),
      again: false
    };
  }
  if (refusal !== null && !signaling.includes('connected')) {
    return null;
  }
  if (refusal !== null) {
    return {
      label: trans.__('Not let in'),
      sentence: refusals(trans)[refusal],
      again: true
    };
  }
  if (
    signaling.length === 0 ||
    signaling.some(state => ['connected', 'connecting'].includes(state))
  ) {
    return null;
  }
  const blocked = signaling.includes('blocked');
  return {
    label: trans.__('Others cannot find you'),
    sentence: blocked
      ? trans.__(
          'The signaling server has sent this page away because it asked too much; it is tried again in some minutes.'
        )
      : trans.__(
          'The signaling server cannot be reached, so nobody new can find you. Who is connected already stays connected.'
        ),
    again: true
  };
}

function flawed(flaws: readonly Flaw[], trans: TranslationBundle): ITrouble | null {
  const [flaw] = flaws;
  return flaw === undefined
    ? null
    : { label: trans.__('Check the link'), sentence: flawSentences(trans)[flaw], again: false };
}

/** Why no link to a room can be made, or `null` where one can: a missing room is not missing in the link. */
export function obstacleSentence(
  obstacle: Obstacle | null,
  trans: TranslationBundle
): string | null {
  return obstacle === null || obstacle === 'no-room' ? null : obstacles(trans)[obstacle];
}

function obstacles(trans: TranslationBundle): Readonly<Record<Obstacle, string>> {
  return {
    'not-collaborative': trans.__(
      'This site does not work together: "collaborative" is not true in its jupyter-lite.json.'
    ),
    disabled: trans.__('Working together is switched off in the settings.'),
    'no-room': trans.__(
      'There is no room: add ?room=NAME to the address, or use Share to make a link.'
    ),
    'no-signaling': trans.__(
      'This site names no signaling server: "fullWebRtcSignalingUrls" is missing in its jupyter-lite.json.'
    ),
    'bad-signaling': trans.__(
      'None of the signaling servers this site names has an address that begins with ws:// or wss://.'
    ),
    insecure: trans.__(
      'The browser lets pages work together only over https, and this one came over http.'
    )
  };
}

function refusals(trans: TranslationBundle): Readonly<Record<Refusal, string>> {
  return {
    'topic-full': trans.__('So many people have this document open that the room takes no more.'),
    'too-many-topics': trans.__(
      'You have more documents open than the signaling server allows. Close some of them.'
    ),
    'server-full': trans.__('The signaling server has no room for more at the moment.')
  };
}

function flawSentences(trans: TranslationBundle): Readonly<Record<Flaw, string>> {
  return {
    color: trans.__(
      'The colour in the link is none, so you have another one. Colours are six hexadecimal digits, like f57c00.'
    ),
    signaling: trans.__(
      'One of the signaling servers this site names has no address that begins with ws:// or wss://.'
    ),
    ice: trans.__(
      'The "iceServers" or the "iceTransportPolicy" of this site cannot be used as they are.'
    ),
    'password-in-query': trans.__(
      'The password in the link is ignored: write it as #password=… at the end, where no server sees it.'
    )
  };
}

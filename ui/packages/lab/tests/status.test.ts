import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import type { IDocumentView } from '../src/document/tokens';
import { status, type IStatusText } from '../src/status/status';
import { fileStatus, view, VIEWER } from './document-view';

const NOW = 1_800_000_000_000;

function say(document: IDocumentView): IStatusText {
  return status(document, {
    trans: nullTranslator.load('jupyter_tandem'),
    nowMs: NOW,
    time: () => '12:03'
  });
}

const waiting = { pendingSince: NOW - 60_000 };
const failed = { journal: { state: 'failed', reason: 'The disk is full.' } } as const;

type Row = [
  label: string,
  tone: IStatusText['tone'],
  action: IStatusText['action'],
  document: IDocumentView
];

const rows: Row[] = [
  // Everything is well.
  ['In file 12:03', 'well', 'save', view({ status: fileStatus({ saved_at: 1 }) })],
  ['In file', 'well', 'save', view({ status: fileStatus({ saved_at: null }) })],
  ['Saved', 'well', 'save', view({ status: fileStatus({ state: 'pending' }) })],
  ['Saved', 'well', 'save', view({ status: fileStatus(null) })],
  ['Saved', 'well', 'save', view({ status: null })],
  // On the way.
  ['Saving…', 'busy', null, view({ pending: 3 }, { pendingSince: NOW - 1_499 })],
  ['1 edit pending', 'mind', 'reconnect', view({ pending: 1 }, waiting)],
  ['3 edits pending', 'mind', 'reconnect', view({ pending: 3 }, { pendingSince: NOW - 1_500 })],
  ['Opening…', 'busy', null, view({ loaded: false, phase: 'apart' })],
  ['Connecting…', 'busy', null, view({ phase: 'syncing' })],
  ['Merging…', 'busy', null, view({ phase: 'merging', pending: 3 }, waiting)],
  ['Opening…', 'busy', null, view({ phase: 'ended', ending: 'replaced' })],
  // No connection.
  ['Offline', 'mind', 'reconnect', view({ loaded: false, phase: 'apart', attempts: 1 })],
  ['Offline', 'mind', 'reconnect', view({ phase: 'apart' })],
  ['Offline', 'mind', 'reconnect', view({ phase: 'greeting', attempts: 2 })],
  ['Offline, 1 edit here', 'mind', 'reconnect', view({ phase: 'apart', pending: 1 }, waiting)],
  ['Offline, 7 edits here', 'mind', 'reconnect', view({ phase: 'apart', pending: 7 }, waiting)],
  // Not allowed to write, or nothing can be written.
  ['Read-only', 'mind', null, view({ rights: VIEWER })],
  [
    'Read-only, file deleted',
    'mind',
    null,
    view({ rights: VIEWER, status: fileStatus({ state: 'missing' }) })
  ],
  ['Cannot save: read-only', 'stop', 'download', view({ rights: VIEWER, pending: 2 }, waiting)],
  [
    'Cannot save: The disk is full.',
    'stop',
    'download',
    view({ pending: 2, status: fileStatus({}, failed) }, waiting)
  ],
  [
    'Cannot save',
    'stop',
    'download',
    view({ status: fileStatus({}, { journal: { state: 'failed', reason: '' } }) })
  ],
  // The file is not what it should be, though the edits are safe.
  [
    'Saved, file read-only',
    'mind',
    'download',
    view({ status: fileStatus({ state: 'read_only' }) })
  ],
  [
    'Saved, file waits',
    'mind',
    null,
    view({ status: fileStatus({ state: 'pending', reason: 'ana is away.' }) })
  ],
  ['File deleted', 'mind', 'save', view({ status: fileStatus({ state: 'missing' }) })],
  ['File unreadable', 'mind', 'download', view({ status: fileStatus({ state: 'unreadable' }) })],
  [
    'File not written: No space.',
    'stop',
    'save',
    view({ status: fileStatus({ state: 'failed', reason: 'No space.' }) })
  ],
  ['File not written', 'stop', 'save', view({ status: fileStatus({ state: 'failed' }) })],
  // Somewhere else.
  ['Another version', 'mind', 'return', view({}, { fork: true })],
  // The end.
  ['No access', 'stop', 'reconnect', view({ phase: 'ended', ending: 'not-allowed' })],
  ['No access', 'stop', 'download', view({ phase: 'ended', ending: 'not-allowed', pending: 4 })],
  ['Not found', 'stop', 'reconnect', view({ phase: 'ended', ending: 'not-found' })],
  ['Not opened', 'stop', 'reconnect', view({ phase: 'ended', ending: 'refused' })],
  [
    'Cannot save: too large',
    'stop',
    'reconnect',
    view({ phase: 'ended', ending: 'limit', pending: 1 })
  ],
  ['Not connected', 'stop', 'reconnect', view({ phase: 'ended', ending: 'broken' })],
  ['Reload needed', 'stop', 'reload', view({ phase: 'ended', ending: 'outdated' })],
  ['Not merged', 'stop', 'download', view({ phase: 'ended', ending: 'merge-refused', pending: 1 })]
];

describe('the status of a document', () => {
  it.each(rows)('[CLIENT-18] %s (%s, %s)', (label, tone, action, document) => {
    const text = say(document);
    expect(text).toMatchObject({ label, tone, action });
    expect(text.sentence).toMatch(/^\S.*[.!?]$/);
  });

  it('[CLIENT-18] never says that something is saved while an edit waits', () => {
    for (const [, , , document] of rows) {
      const { label, tone } = say({
        ...document,
        session: { ...document.session, pending: 1 },
        ...waiting
      });
      expect(tone).not.toBe('well');
      expect(label).not.toMatch(/^(Saved$|In file)/);
    }
  });

  it.each(['limit', 'broken', 'refused'] as const)(
    '[CLIENT-18] offers the way back and a copy where edits may still get through (%s)',
    ending => {
      const actions = (pending: number): unknown[] => {
        const { action, otherAction } = say(view({ phase: 'ended', ending, pending }));
        return [action, otherAction];
      };
      expect(actions(0)).toEqual(['reconnect', undefined]);
      expect(actions(2)).toEqual(['reconnect', 'download']);
    }
  );

  it('[CLIENT-18] gives the reason of the server', () => {
    const document = view({
      phase: 'ended',
      ending: 'not-allowed',
      reason: 'Ada took it back.',
      pending: 2
    });
    expect(say(document).sentence).toContain('Ada took it back.');
    expect(say(document).sentence).toContain('2 edits of yours are not saved.');
  });

  it('[HUB-10] [CLIENT-18] says whose server a file waits for', () => {
    const { sentence } = say(
      view({ status: fileStatus({ state: 'pending', reason: 'ana is away.' }) })
    );
    expect(sentence).toBe('Every edit is saved on the server. ana is away.');
  });

  it('[CLIENT-17] says whether the edits would survive the page', () => {
    const sentence = (kept: boolean): string =>
      say(view({ phase: 'apart', pending: 1 }, { ...waiting, kept })).sentence;
    expect(sentence(true)).toContain('even if you close the page');
    expect(sentence(false)).toContain('as long as this page is open');
  });
});

import * as Y from 'yjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSE, type IStatus } from '@jupyter-tandem/protocol';
import type { IContents } from '@jupyter-tandem/sync';
import { hello, MemoryServer } from './memory-server';
import { calm, Peer } from './peer';

const viewer = { role: 'viewer', actions: ['read'] };
const editor = { role: 'editor', actions: ['read', 'write'] };

function status(rights: IStatus['rights']): IStatus {
  return {
    journal: { state: 'ok', reason: '' },
    file: { state: 'in_file', saved_at: 1, reason: '', path: 'a.txt' },
    rights
  };
}

let server: MemoryServer;
let ada: Peer;

beforeEach(() => {
  server = new MemoryServer();
  ada = new Peer(server);
});

describe('a run command', () => {
  const interrupt = { type: 'interrupt', number: 1 } as const;

  it('[RUN-1] is sent after the edits that were made before it', () => {
    ada.connect();
    ada.sent.length = 0;
    ada.text.insert(0, 'x = 1');
    ada.input({ kind: 'command', command: interrupt });
    expect(ada.types).toEqual(['Update', 'RunCommand']);
  });

  it('[RUN-1] is refused while there is no connection, and after the end', () => {
    ada.input({ kind: 'command', command: interrupt });
    ada.connect();
    ada.disconnect(CLOSE.notFound);
    ada.input({ kind: 'command', command: { type: 'interrupt', number: 2 } });
    const refusals = ada.ofKind('run-answered').map(({ answer }) => [answer.number, answer.code]);
    expect(refusals).toEqual([
      [1, 'offline'],
      [2, 'offline']
    ]);
  });

  it('[RUN-1] is answered, and news of runs come by themselves', () => {
    const answer = {
      number: 1,
      status: 'accepted',
      runs: [7],
      code: '',
      message: '',
      why: [],
      cells: []
    } as const;
    ada.connect();
    ada.hear({ type: 'RunAnswer', body: answer });
    ada.hear({ type: 'Execution', body: { full: true, kernel: null, input: null, runs: [] } });
    expect(ada.ofKind('run-answered')).toEqual([{ kind: 'run-answered', answer }]);
    expect(ada.ofKind('executing')).toMatchObject([{ news: { full: true, kernel: null } }]);
  });
});

describe('the beginning of a connection', () => {
  it('[CLIENT-1] says nothing before Hello', () => {
    ada.text.insert(0, 'early');
    ada.input({ kind: 'opened' });
    ada.input({ kind: 'present', states: [{ client: 1, clock: 1, json: '{}' }] });
    ada.input({ kind: 'save', number: 1 });
    expect(ada.sent).toEqual([]);
    expect(ada.session.state.phase).toBe('greeting');
  });

  it('[CLIENT-1] leaves a server that does not greet', () => {
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'SyncStep1', stateVector: new Uint8Array([0]) });
    expect(ada.ofKind('hang-up')).toMatchObject([{ code: CLOSE.malformed }]);
  });

  it('[CLIENT-2] exchanges what both sides have, and is loaded then', () => {
    server.doc.getText('source').insert(0, 'theirs ');
    ada.connect();
    expect(ada.text.toJSON()).toBe('theirs ');
    expect(ada.types).toEqual(['SyncStep1', 'SyncStep2']);
    expect(ada.session.state).toMatchObject({ phase: 'live', loaded: true, lineage: 'L1' });
    expect(ada.ofKind('synced')).toHaveLength(1);
    expect(ada.ofKind('introduce')).toHaveLength(1);
  });

  it('[CLIENT-2] hands over what was written before the connection', () => {
    ada.text.insert(0, 'early');
    ada.connect();
    expect(server.doc.getText('source').toJSON()).toBe('early');
    expect(ada.session.state.pending).toBe(1);
    ada.acknowledge();
    expect(ada.session.state.pending).toBe(0);
  });

  it('[CLIENT-2] ends when the server speaks a later protocol, and keeps the edits', () => {
    ada.text.insert(0, 'early');
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ protocol: 2 }) });
    expect(ada.session.state).toMatchObject({ phase: 'ended', ending: 'outdated', pending: 1 });
    expect(ada.sent).toEqual([]);
  });
});

describe('editing', () => {
  it('[CLIENT-3] sends own edits and never those of others', () => {
    ada.connect();
    const before = ada.sent.length;
    server.doc.getText('source').insert(0, 'theirs ');
    expect(ada.sent).toHaveLength(before);
    ada.text.insert(0, 'mine ');
    expect(ada.types.slice(before)).toEqual(['Update']);
    expect(ada.text.toJSON()).toBe('mine theirs ');
    expect(server.doc.getText('source').toJSON()).toBe('mine theirs ');
  });

  it('[CLIENT-4] holds an edit for pending until a frame with it is acknowledged', () => {
    ada.connect();
    ada.text.insert(0, 'a');
    ada.text.insert(1, 'b');
    expect(ada.session.state.pending).toBe(2);
    ada.hear({ type: 'Acknowledgement', count: 1 });
    expect(ada.session.state.pending).toBe(2);
    ada.hear({ type: 'Acknowledgement', count: 2 });
    expect(ada.session.state.pending).toBe(1);
    ada.hear({ type: 'Acknowledgement', count: 1 });
    expect(ada.session.state.pending).toBe(1);
    ada.hear({ type: 'Acknowledgement', count: 3 });
    expect(ada.session.state.pending).toBe(0);
  });

  it('[CLIENT-4] does not believe an acknowledgement of frames it never sent', () => {
    ada.connect();
    ada.text.insert(0, 'a');
    ada.hear({ type: 'Acknowledgement', count: 99 });
    expect(ada.session.state.pending).toBe(1);
    expect(ada.ofKind('hang-up')).toHaveLength(1);
  });

  it('[CLIENT-4] counts frames from one again on the next connection', () => {
    ada.connect();
    ada.text.insert(0, 'a');
    ada.disconnect();
    expect(ada.session.state.pending).toBe(1);
    ada.text.insert(0, 'b');
    ada.connect();
    expect(ada.session.state.pending).toBe(2);
    ada.hear({ type: 'Acknowledgement', count: 1 });
    expect(ada.session.state.pending).toBe(0);
  });

  it('[CLIENT-5] carries what was missed both ways, once', () => {
    ada.connect();
    ada.text.insert(0, 'start ');
    ada.disconnect();
    ada.text.insert(0, 'mine ');
    server.doc.getText('source').insert(6, 'theirs');
    for (let round = 0; round < 5; round += 1) {
      ada.connect();
      ada.disconnect();
    }
    ada.connect();
    expect(ada.text.toJSON()).toBe('mine start theirs');
    expect(server.doc.getText('source').toJSON()).toBe('mine start theirs');
  });

  it('[CLIENT-13] does not send a frame the server said it refuses, and keeps what is in it', () => {
    ada.connect();
    ada.text.insert(0, 'x'.repeat(200_000));
    expect(ada.types).toEqual(['SyncStep1', 'SyncStep2']);
    expect(ada.session.state).toMatchObject({ phase: 'ended', ending: 'limit', pending: 1 });
  });
});

describe('a document that was too large', () => {
  beforeEach(() => {
    ada.connect();
    ada.acknowledge();
  });

  it('[CLIENT-13] is sent once it is small enough, though what was deleted can be brought back', () => {
    const undo = new Y.UndoManager(ada.text);
    ada.text.insert(0, 'before ');
    ada.acknowledge();
    undo.stopCapturing();
    ada.text.insert(7, 'x'.repeat(200_000));
    ada.text.insert(0, 'and ');
    ada.input({ kind: 'reweighed' });
    expect(ada.session.state).toMatchObject({ phase: 'ended', ending: 'limit', pending: 2 });
    ada.text.delete(11, 200_000);
    ada.input({ kind: 'reweighed' });
    expect(ada.session.state).toMatchObject({ phase: 'apart', ending: null });
    expect(ada.ofKind('reconnect')).toHaveLength(1);
    ada.connect();
    expect(server.doc.getText('source').toJSON()).toBe('and before ');
    ada.acknowledge();
    expect(ada.session.state).toMatchObject({ phase: 'live', pending: 0 });
    undo.undo();
    expect(ada.text.toJSON()).not.toBe('and before ');
  });

  it('[CLIENT-13] is held against what the server has by now', () => {
    for (let part = 0; part < 4; part += 1) {
      ada.text.insert(0, 'x'.repeat(50_000));
      ada.acknowledge();
    }
    ada.text.insert(0, 'y'.repeat(200_000));
    ada.text.delete(0, 200_000);
    ada.input({ kind: 'reweighed' });
    expect(ada.session.state).toMatchObject({ phase: 'apart', ending: null });
  });

  it('[CLIENT-8] is not sent again by itself where the server named the limit', () => {
    ada.disconnect(CLOSE.limitPassed);
    ada.text.insert(0, 'x');
    ada.input({ kind: 'reweighed' });
    expect(ada.session.state).toMatchObject({ phase: 'ended', ending: 'limit' });
  });
});

describe('another lineage', () => {
  it('[CLIENT-6] without edits the document makes way, and nothing of it is sent', () => {
    server.doc.getText('source').insert(0, 'cell');
    ada.connect();
    ada.acknowledge();
    ada.disconnect();
    const before = ada.sent.length;
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ lineage: 'L2' }) });
    expect(ada.sent).toHaveLength(before);
    expect(ada.ofKind('replace')).toEqual([{ kind: 'replace', replacement: { cause: 'lineage' } }]);
    expect(ada.session.state).toMatchObject({ phase: 'ended', ending: 'replaced' });
  });

  it('[CLIENT-6] with edits it hands them in as content, and mixes no histories', () => {
    ada.connect();
    ada.acknowledge();
    ada.disconnect();
    ada.text.insert(0, 'offline');
    const before = ada.sent.length;
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ lineage: 'L2' }) });
    expect(ada.ofKind('gather')).toHaveLength(1);
    const other = new Y.Doc();
    other.getText('source').insert(0, 'of another history');
    ada.hear({ type: 'SyncStep1', stateVector: Y.encodeStateVector(other) });
    ada.hear({ type: 'Update', update: Y.encodeStateAsUpdate(other) });
    ada.input({ kind: 'gathered', base: '', ours: 'offline' });
    expect(ada.sent.slice(before)).toEqual([
      { type: 'MergeRequest', body: { base: '', ours: 'offline', lineage: 'L1' } }
    ]);
    expect(ada.text.toJSON()).toBe('offline');
    ada.hear({ type: 'MergeAnswer', body: { status: 'merged', conflicts: 2, message: '' } });
    expect(ada.ofKind('replace')).toEqual([
      { kind: 'replace', replacement: { cause: 'merged', conflicts: 2 } }
    ]);
    expect(ada.session.state.pending).toBe(0);
  });

  it('[CLIENT-6] asks again when the connection broke before the answer', () => {
    ada.connect();
    ada.acknowledge();
    ada.disconnect();
    ada.text.insert(0, 'offline');
    for (let round = 1; round <= 2; round += 1) {
      ada.input({ kind: 'opened' });
      ada.hear({ type: 'Hello', body: hello({ lineage: 'L2' }) });
      expect(ada.ofKind('gather')).toHaveLength(round);
      ada.disconnect();
    }
    expect(ada.session.state).toMatchObject({ phase: 'apart', pending: 1, lineage: 'L1' });
  });

  it('[CLIENT-7] keeps the edits when the merge is refused', () => {
    ada.connect();
    ada.acknowledge();
    ada.disconnect();
    ada.text.insert(0, 'offline');
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ lineage: 'L2' }) });
    ada.input({ kind: 'gathered', base: '', ours: 'offline' });
    ada.hear({ type: 'MergeAnswer', body: { status: 'refused', conflicts: 0, message: 'no' } });
    expect(ada.session.state).toMatchObject({
      phase: 'ended',
      ending: 'merge-refused',
      reason: 'no',
      pending: 1
    });
    expect(ada.ofKind('replace')).toEqual([]);
  });

  it('[CLIENT-7] does not ask a server that would not let it write', () => {
    ada.connect();
    ada.acknowledge();
    ada.disconnect();
    ada.text.insert(0, 'offline');
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ lineage: 'L2', rights: viewer }) });
    expect(ada.ofKind('gather')).toEqual([]);
    expect(ada.session.state).toMatchObject({ ending: 'merge-refused', pending: 1 });
  });
});

describe('edits of an earlier page', () => {
  const contents = (): IContents => ({ base: 'b', ours: 'o' });
  const bequest = { id: 'p1', lineage: 'L1', edits: 3, contents };
  const inheritance = { kind: 'inherited', bequest } as const;

  it('[CLIENT-14] of the same lineage are restored after the synchronisation', () => {
    ada.input(inheritance);
    expect(ada.session.state.pending).toBe(3);
    ada.connect();
    const kinds = ada.effects.map(effect => effect.kind);
    expect(kinds.indexOf('restore')).toBe(kinds.indexOf('synced') + 1);
    expect(ada.session.state.pending).toBe(0);
  });

  it('[CLIENT-14] of another lineage are merged first, then the document is loaded', () => {
    server.doc.getText('source').insert(0, 'theirs');
    ada.input({ kind: 'inherited', bequest: { ...bequest, lineage: 'L0' } });
    ada.connect();
    expect(ada.sent).toEqual([
      { type: 'MergeRequest', body: { base: 'b', ours: 'o', lineage: 'L0' } }
    ]);
    expect(ada.text.toJSON()).toBe('');
    ada.hear({ type: 'MergeAnswer', body: { status: 'merged', conflicts: 1, message: '' } });
    expect(ada.types).toEqual(['MergeRequest', 'SyncStep1', 'SyncStep2']);
    expect(ada.text.toJSON()).toBe('theirs');
    expect(ada.ofKind('handed-over')).toMatchObject([{ id: 'p1', answer: { status: 'merged' } }]);
    expect(ada.session.state).toMatchObject({ phase: 'live', pending: 0, lineage: 'L1' });
  });

  it('[CLIENT-14] of several pages are handed over one after another', () => {
    for (const id of ['p1', 'p2', 'p3']) {
      const lineage = id === 'p2' ? 'L1' : 'L0';
      ada.input({ kind: 'inherited', bequest: { ...bequest, id, lineage } });
    }
    ada.connect();
    for (let round = 0; round < 2; round += 1) {
      ada.hear({ type: 'MergeAnswer', body: { status: 'merged', conflicts: 0, message: '' } });
    }
    expect(ada.types).toEqual(['MergeRequest', 'MergeRequest', 'SyncStep1', 'SyncStep2']);
    expect(ada.ofKind('handed-over').map(effect => effect.id)).toEqual(['p1', 'p3']);
    expect(ada.ofKind('restore').map(effect => effect.id)).toEqual(['p2']);
  });

  it('[CLIENT-14] keep the document from nothing where their contents cannot be made', () => {
    const spoilt = { ...bequest, contents: () => null };
    ada.input({ kind: 'inherited', bequest: { ...spoilt, lineage: 'L0' } });
    ada.input({ kind: 'inherited', bequest: { ...spoilt, id: 'p2' } });
    ada.connect();
    expect(ada.types).toEqual(['SyncStep1', 'SyncStep2']);
    expect(ada.ofKind('restore').map(({ id }) => id)).toEqual(['p2']);
    expect(ada.session.state).toMatchObject({ phase: 'live', pending: 0 });
  });

  it('[CLIENT-14] are not forced on a server that would not take them', () => {
    ada.input(inheritance);
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ rights: viewer }) });
    expect(ada.types).toEqual(['SyncStep1']);
    expect(ada.ofKind('handed-over')).toMatchObject([{ answer: { status: 'refused' } }]);
  });

  it('[CLIENT-7] [CLIENT-14] are offered as a copy where the right goes before the document is there', () => {
    ada.input(inheritance);
    vi.spyOn(server, 'take').mockReturnValue([]);
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello() });
    ada.hear({ type: 'Status', body: status(viewer) });
    ada.hear({ type: 'SyncStep2', update: Y.encodeStateAsUpdate(server.doc) });
    expect(ada.ofKind('restore')).toEqual([]);
    expect(ada.ofKind('handed-over')).toMatchObject([{ id: 'p1', answer: { status: 'refused' } }]);
    expect(ada.session.state).toMatchObject({ phase: 'live', pending: 0, strays: 0 });
  });
});

describe('the end of a connection', () => {
  const after = (code: number): { ending: string | null; waits: number[] } => {
    ada.connect();
    ada.disconnect(code);
    return {
      ending: ada.session.state.ending,
      waits: ada.ofKind('reconnect').map(effect => effect.afterMs)
    };
  };

  it.each([1000, 1001, 1006, 1013, 4400, 4408, 4409, 4500])(
    '[CLIENT-8] %d: connects again',
    code => {
      expect(after(code)).toEqual({ ending: null, waits: [250] });
    }
  );

  it('[CLIENT-8] 1003: goes at once where the server said, and does not run in circles', () => {
    expect(after(1003).waits).toEqual([0]);
    ada.input({ kind: 'closed', code: 1003, reason: '', ...calm });
    ada.input({ kind: 'closed', code: 1003, reason: '', ...calm });
    expect(ada.ofKind('reconnect').map(effect => effect.afterMs)).toEqual([0, 500, 1000]);
  });

  it.each([
    [4403, 'not-allowed'],
    [4404, 'not-found'],
    [4413, 'limit']
  ])('[CLIENT-8] %d: ends, and only the person begins again', (code, ending) => {
    expect(after(code)).toEqual({ ending, waits: [] });
    ada.input({ kind: 'retry' });
    expect(ada.ofKind('reconnect')).toMatchObject([{ afterMs: 0 }]);
    expect(ada.session.state).toMatchObject({ phase: 'apart', ending: null });
  });

  it('[CLIENT-8] 4429: waits until the block is over, whatever happens meanwhile', () => {
    ada.connect();
    ada.disconnect(4429);
    expect(ada.ofKind('reconnect')).toEqual([
      { kind: 'reconnect', afterMs: 300_000, hasty: false }
    ]);
  });

  it.each([
    [0, null],
    [500, null],
    [503, null],
    [429, null],
    [401, 'not-allowed'],
    [403, 'not-allowed'],
    [404, 'not-found'],
    [409, 'refused']
  ])('[CLIENT-8] HTTP status %d: ending %s', (code, ending) => {
    ada.input({ kind: 'unreachable', status: code, reason: 'why', ...calm });
    expect(ada.session.state).toMatchObject({ ending, reason: 'why' });
    expect(ada.ofKind('reconnect')).toHaveLength(ending === null ? 1 : 0);
  });

  it('[CLIENT-10] gives up after three resynchronisations, until a connection has settled', () => {
    for (let round = 0; round < 3; round += 1) {
      ada.connect();
      ada.disconnect(CLOSE.malformed);
      expect(ada.session.state.ending).toBeNull();
    }
    ada.input({ kind: 'settled' });
    for (let round = 0; round < 3; round += 1) {
      ada.connect();
      ada.disconnect(CLOSE.malformed);
    }
    expect(ada.session.state.ending).toBeNull();
    ada.connect();
    ada.disconnect(CLOSE.malformed);
    expect(ada.session.state.ending).toBe('broken');
  });

  it('[CLIENT-7] what is typed after the end is counted, and not sent', () => {
    ada.connect();
    ada.acknowledge();
    ada.disconnect(CLOSE.notAllowed);
    const before = ada.sent.length;
    ada.text.insert(0, 'x');
    expect(ada.session.state.pending).toBe(1);
    expect(ada.sent).toHaveLength(before);
  });
});

describe('rights', () => {
  it('[CLIENT-11] without the right to write hands over nothing', () => {
    ada.text.insert(0, 'early');
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ rights: viewer }) });
    ada.hear({ type: 'SyncStep1', stateVector: Y.encodeStateVector(server.doc) });
    ada.text.insert(0, 'x');
    expect(ada.types).toEqual(['SyncStep1']);
    expect(ada.session.state.strays).toBe(1);
  });

  it('[CLIENT-11] a reader who becomes an editor hands over what is his', () => {
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ rights: viewer }) });
    ada.hear({ type: 'SyncStep1', stateVector: Y.encodeStateVector(server.doc) });
    ada.hear({ type: 'Status', body: status(editor) });
    expect(ada.types).toEqual(['SyncStep1', 'SyncStep2']);
  });

  it('[CLIENT-11] changes made without the right are thrown away with the document', () => {
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ rights: viewer }) });
    ada.hear({ type: 'SyncStep1', stateVector: Y.encodeStateVector(server.doc) });
    ada.text.insert(0, 'x');
    ada.hear({ type: 'Status', body: status(editor) });
    expect(ada.types).toEqual(['SyncStep1']);
    expect(ada.ofKind('replace')).toMatchObject([{ replacement: { cause: 'entitled' } }]);
  });

  it('[CLIENT-11] and so they are where the right came while there was no connection', () => {
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ rights: viewer }) });
    ada.hear({ type: 'SyncStep1', stateVector: Y.encodeStateVector(server.doc) });
    ada.text.insert(0, 'x');
    ada.disconnect();
    ada.connect();
    expect(ada.types).toEqual(['SyncStep1']);
    expect(ada.ofKind('replace')).toMatchObject([{ replacement: { cause: 'entitled' } }]);
  });

  it('[CLIENT-11] an editor who loses and regains the right counts on a fresh connection', () => {
    ada.connect();
    ada.hear({ type: 'Status', body: status(viewer) });
    expect(ada.session.state.rights).toEqual(viewer);
    ada.hear({ type: 'Status', body: status(editor) });
    expect(ada.ofKind('hang-up')).toMatchObject([{ code: CLOSE.done }]);
  });
});

describe('saving', () => {
  const outcomes = (): string[] => ada.ofKind('save-answered').map(effect => effect.outcome);

  it.each(['success', 'skipped', 'failed'] as const)('[CLIENT-12] hands on %s', outcome => {
    ada.connect();
    ada.input({ kind: 'save', number: 7 });
    ada.hear({ type: 'SaveAnswer', body: { responseTo: 7, status: outcome } });
    ada.hear({ type: 'SaveAnswer', body: { responseTo: 7, status: outcome } });
    expect(outcomes()).toEqual([outcome]);
  });

  it('[CLIENT-12] is answered when the connection is lost, and when there is none', () => {
    ada.connect();
    ada.input({ kind: 'save', number: 1 });
    ada.disconnect();
    expect(outcomes()).toEqual(['lost']);
    ada.input({ kind: 'save', number: 2 });
    expect(outcomes()).toEqual(['lost', 'lost']);
  });

  it('[CLIENT-12] is refused at once without the right to write', () => {
    ada.connect();
    ada.hear({ type: 'Status', body: status(viewer) });
    ada.input({ kind: 'save', number: 1 });
    expect(outcomes()).toEqual(['refused']);
    expect(ada.types).not.toContain('SaveRequest');
  });
});

describe('a room of awareness alone', () => {
  it('[CLIENT-2] is live with Hello', () => {
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ sync: false, lineage: '' }) });
    expect(ada.session.state.phase).toBe('live');
    ada.input({ kind: 'present', states: [{ client: 1, clock: 1, json: '{}' }] });
    expect(ada.types).toEqual(['Awareness']);
    ada.hear({ type: 'Awareness', states: [{ client: 2, clock: 1, json: 'null' }] });
    expect(ada.ofKind('show')).toHaveLength(1);
  });
});

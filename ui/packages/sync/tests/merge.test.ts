import * as Y from 'yjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { hello, MemoryServer } from './memory-server';
import { Peer } from './peer';

let server: MemoryServer;
let ada: Peer;

beforeEach(() => {
  server = new MemoryServer();
  ada = new Peer(server);
});

describe('a merge into another lineage', () => {
  it('[CLIENT-6] hands in what was edited while a merge was under way, before the document is loaded', () => {
    const merged = { status: 'merged', conflicts: 1, message: '' } as const;
    ada.connect();
    ada.acknowledge();
    ada.disconnect();
    ada.text.insert(0, 'one');
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ lineage: 'L2' }) });
    ada.input({ kind: 'gathered', base: '', ours: 'one' });
    ada.text.insert(3, ' two');
    ada.hear({ type: 'MergeAnswer', body: merged });
    expect(ada.ofKind('gather')).toHaveLength(2);
    expect(ada.ofKind('replace')).toEqual([]);
    expect(ada.session.state).toMatchObject({ phase: 'merging', pending: 1 });
    ada.input({ kind: 'gathered', base: '', ours: 'one two' });
    // What was merged already must not conflict with what it has become.
    expect(ada.sent.at(-1)).toEqual({
      type: 'MergeRequest',
      body: { base: 'one', ours: 'one two', lineage: 'L1' }
    });
    ada.hear({ type: 'MergeAnswer', body: merged });
    expect(ada.ofKind('replace')).toEqual([
      { kind: 'replace', replacement: { cause: 'merged', conflicts: 2 } }
    ]);
    expect(ada.session.state.pending).toBe(0);
  });

  it('[CLIENT-6] takes an answer about edits made here for no answer about those of an earlier page', () => {
    ada.input({
      kind: 'inherited',
      bequest: { id: 'p1', lineage: 'L1', edits: 3, contents: () => ({ base: 'b', ours: 'o' }) }
    });
    ada.text.insert(0, 'mine');
    // The connection breaks before the server has said what it has.
    vi.spyOn(server, 'take').mockReturnValue([]);
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello() });
    server.doc.getText('source').insert(0, 'theirs');
    ada.hear({ type: 'Update', update: Y.encodeStateAsUpdate(server.doc) });
    ada.disconnect();
    ada.input({ kind: 'opened' });
    ada.hear({ type: 'Hello', body: hello({ lineage: 'L2' }) });
    ada.input({ kind: 'gathered', base: '', ours: 'mine' });
    ada.hear({ type: 'MergeAnswer', body: { status: 'merged', conflicts: 0, message: '' } });
    expect(ada.ofKind('handed-over')).toEqual([]);
    expect(ada.ofKind('replace')).toHaveLength(1);
  });
});

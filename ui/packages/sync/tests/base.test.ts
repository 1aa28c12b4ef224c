import { describe, expect, it } from 'vitest';
import { AcknowledgedBase, Outbox } from '@jupyter-tandem/sync';

describe('the acknowledged base', () => {
  it('[CLIENT-15] is copied before the first edit, and given up after a while', () => {
    let copies = 0;
    const base = new AcknowledgedBase(() => new Uint8Array([(copies += 1)]));
    expect(base.state).toBeNull();
    base.beforeEdit(0);
    expect(base.state).toEqual(new Uint8Array([1]));
    base.settle(29_999);
    expect(base.state).not.toBeNull();
    base.settle(30_000);
    expect(base.state).toBeNull();
    base.beforeEdit(31_000);
    expect(copies).toBe(2);
  });

  it('[CLIENT-15] of a large document is not copied for every burst of typing', () => {
    let copies = 0;
    const base = new AcknowledgedBase(() => {
      copies += 1;
      return new Uint8Array(10_000_000);
    });
    for (let ms = 0; ms < 10_000; ms += 100) {
      base.beforeEdit(ms);
    }
    expect(copies).toBe(2);
  });
});

describe('the outbox', () => {
  it('[CLIENT-4] keeps a bounded number of checkpoints and stays right', () => {
    const outbox = new Outbox();
    for (let edit = 0; edit < 10_000; edit += 1) {
      outbox.add(1);
      outbox.sentAll();
    }
    expect(outbox.acknowledge(9_999)).toBe(true);
    expect(outbox.pending).toBeGreaterThan(0);
    expect(outbox.acknowledge(10_000)).toBe(true);
    expect(outbox.pending).toBe(0);
  });

  it('[CLIENT-15] takes over the state the document came with', () => {
    const base = new AcknowledgedBase(() => {
      throw new Error('a large document is encoded in vain');
    });
    const state = new Uint8Array(1_000_000);
    base.adopt(state, 0);
    base.beforeEdit(499);
    expect(base.state).toBe(state);
    expect(() => {
      base.beforeEdit(500);
    }).toThrow('in vain');
  });
});

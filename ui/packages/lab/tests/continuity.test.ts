// @vitest-environment happy-dom
import './lab-browser';
import type { Replacement } from '@jupyter-tandem/sync';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Continuity, type INews } from '../src/document/continuity';
import type { ITandemDocument } from '../src/document/tokens';
import { view } from './document-view';

const owner = {};
let replaced: Signal<object, Replacement>;
let strayed: Signal<object, void>;
let told: (INews | null)[];
let model: { readOnly: boolean; dirty: boolean; stateChanged: Signal<object, void> };

beforeEach(() => {
  vi.useFakeTimers();
  replaced = new Signal(owner);
  strayed = new Signal(owner);
  told = [];
  model = { readOnly: false, dirty: false, stateChanged: new Signal(owner) };
  const document = {
    view: view(),
    changed: new Signal(owner),
    replaced,
    strayed,
    handedOver: new Signal(owner),
    notified: new Signal(owner)
  };
  const widget = {
    content: new Widget(),
    context: { model, ready: Promise.resolve() },
    disposed: new Signal(owner)
  };
  new Continuity({
    document: document as unknown as ITandemDocument,
    widget: widget as unknown as IDocumentWidget,
    trans: nullTranslator.load('jupyter_tandem'),
    reopen: (_, news) => {
      told.push(news);
      return Promise.resolve();
    }
  });
  return () => vi.useRealTimers();
});

function message(): string {
  vi.advanceTimersByTime(1);
  expect([told.length, model.readOnly]).toEqual([1, true]);
  return told[0]?.message ?? '';
}

describe('a document that is loaded anew', () => {
  it('[CLIENT-20] for what somebody without the right did, says that it was undone', () => {
    strayed.emit();
    expect(message()).toContain('only read this document; your change was undone');
  });

  it('[CLIENT-11] for somebody who was given the right to write, says so', () => {
    replaced.emit({ cause: 'entitled' });
    expect(message()).toContain('You may write in this document from now on');
  });

  it('[CLIENT-6] says how many places a merge left to be looked at', () => {
    replaced.emit({ cause: 'merged', conflicts: 2 });
    expect(message()).toContain('2 places had been changed on both sides');
  });
});

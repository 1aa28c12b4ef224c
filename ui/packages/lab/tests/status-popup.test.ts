// @vitest-environment happy-dom
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { expect, it } from 'vitest';
import type { ITandemDocument } from '../src/document/tokens';
import { StatusItem } from '../src/status/item';
import { view } from './document-view';

it('[CLIENT-18] says its sentence as often as it is asked to', () => {
  const document_ = { view: view(), changed: new Signal<object, unknown>({}) };
  const item = new StatusItem({
    document: document_ as unknown as ITandemDocument,
    trans: nullTranslator.load('jupyter_tandem'),
    act: () => undefined,
    announce: () => false
  });
  Widget.attach(item, document.body);
  const button = item.node.querySelector('button');
  const popup = (): Element | null => document.querySelector('[role=dialog]');
  for (let time = 0; time < 2; time += 1) {
    button?.click();
    expect(popup()?.textContent).toContain('saved');
    expect(button?.getAttribute('aria-expanded')).toBe('true');
    popup()?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(popup()).toBeNull();
    expect(button?.getAttribute('aria-expanded')).toBe('false');
  }
  item.dispose();
});

// @vitest-environment happy-dom
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { describe, expect, it, vi } from 'vitest';
import type { ITandemDocument } from '../src/document/tokens';
import { StatusItem } from '../src/status/item';
import { StatusPopup } from '../src/status/popup';
import type { IStatusText } from '../src/status/status';
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

describe('the popup of a status with two actions', () => {
  const two: IStatusText = {
    tone: 'stop',
    label: 'Cannot save',
    sentence: 'It is too large.',
    action: 'reconnect',
    otherAction: 'download'
  };
  const anchor = document.createElement('button');
  const act = vi.fn();

  function open(): StatusPopup {
    document.body.append(anchor);
    const popup = new StatusPopup(anchor, nullTranslator.load('jupyter_tandem'), act);
    popup.display(two);
    popup.open();
    return popup;
  }

  function press(key: string, shiftKey = false): void {
    const event = new KeyboardEvent('keydown', { key, shiftKey, bubbles: true });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }

  it('[CLIENT-18] is gone through by keyboard, and out at either end', () => {
    let popup = open();
    expect(document.activeElement?.textContent).toBe('Reconnect');
    press('Tab');
    expect(document.activeElement?.textContent).toBe('Download a copy');
    press('Tab', true);
    expect(document.activeElement?.textContent).toBe('Reconnect');
    press('Tab', true);
    expect([popup.isDisposed, document.activeElement]).toEqual([true, anchor]);
    popup = open();
    press('Tab');
    press('Tab');
    expect([popup.isDisposed, document.activeElement]).toEqual([true, anchor]);
    popup = open();
    press('Tab');
    (document.activeElement as HTMLElement).click();
    expect(act.mock.calls).toEqual([['download']]);
    expect(popup.isDisposed).toBe(true);
  });

  it('[CLIENT-18] keeps the focus when the action that has it goes', () => {
    const popup = open();
    press('Tab');
    popup.display({ ...two, otherAction: undefined });
    expect(document.activeElement).toBe(popup.node);
    press('Escape');
    expect(popup.isDisposed).toBe(true);
  });
});

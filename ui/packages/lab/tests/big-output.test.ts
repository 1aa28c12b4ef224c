// @vitest-environment happy-dom
import './lab-browser';
import { YNotebook } from '@jupyter/ydoc';
import type { IOutput } from '@jupyterlab/nbformat';
import {
  MimeModel,
  RenderMimeRegistry,
  standardRendererFactories,
  type IRenderMime
} from '@jupyterlab/rendermime';
import { ServerConnection } from '@jupyterlab/services';
import { nullTranslator } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Adoption } from '../src/outputs/adoption';
import { bigOutputFactory } from '../src/outputs/big-output';
import { OutputShelf } from '../src/outputs/shelf';
import { readStandIn, sizeText, STAND_IN, standInOf } from '../src/outputs/stand-in';

const NAME = 'a'.repeat(64);
const ROOM = 'json:notebook:one';

function told(part: object = {}): { sha256: string; bytes: number; document: string } {
  return { sha256: NAME, bytes: 3_400_000, document: ROOM, ...part };
}

function stood(part: object = {}): IOutput {
  return { output_type: 'display_data', metadata: {}, data: { [STAND_IN]: told(part) } };
}

function html(text: string): IOutput {
  return { output_type: 'display_data', metadata: {}, data: { 'text/html': text } };
}

/** A server that has these answers. */
class Server {
  readonly asked: string[] = [];
  answer: () => Response = () => Response.json(html('<b>here</b>'));

  readonly settings = ServerConnection.makeSettings({
    baseUrl: 'http://server/base/',
    fetch: request => {
      // Without what keeps browsers from answering by themselves.
      this.asked.push((request as Request).url.replace(/\?.*/, ''));
      return Promise.resolve(this.answer());
    }
  });

  get shelf(): OutputShelf {
    return new OutputShelf(this.settings);
  }
}

describe('what a stand-in says', () => {
  it.each([
    ['nothing', null],
    ['text', 'x'],
    ['no name', told({ sha256: 1 })],
    ['a name that leads elsewhere', told({ sha256: `../${'a'.repeat(61)}` })],
    ['no size', told({ bytes: '1' })],
    ['no document', told({ document: null })]
  ])('is not read where there is %s', (_, data) => {
    expect(readStandIn(data)).toBeNull();
    expect(standInOf({ ...stood(), data: { [STAND_IN]: data } })).toBeNull();
  });

  it('is its size in the reader’s language', () => {
    expect(sizeText(3_400_000, 'en')).toBe('3.4 MB');
    expect(sizeText(3_400_000, 'de')).toBe('3,4 MB');
    expect(sizeText(300_400, 'en')).toBe('300 kB');
  });
});

describe('the shelf', () => {
  it('asks once, below the document, and keeps what was looked at last [BIG-11]', async () => {
    const server = new Server();
    const shelf = new OutputShelf(server.settings, 2 * 3_400_000);
    const progress = vi.fn();
    const both = await Promise.all([shelf.get(told(), progress), shelf.get(told(), () => null)]);
    expect(both[0]).toEqual(html('<b>here</b>'));
    expect(both[1]).toBe(both[0]);
    expect(progress).toHaveBeenCalled();
    const room = encodeURIComponent(ROOM);
    expect(server.asked).toEqual([`http://server/base/api/collaboration/output/${room}/${NAME}`]);
    const second = told({ sha256: 'b'.repeat(64) });
    await shelf.get(second, () => null);
    expect(shelf.at(told())).not.toBeNull();
    await shelf.get(told({ sha256: 'c'.repeat(64) }), () => null);
    expect(shelf.at(second)).toBeNull();
    expect(shelf.at(told())).not.toBeNull();
    expect(shelf.at(told({ document: 'json:notebook:two' }))).toBeNull();
  });

  it('says what the server says, and asks again [BIG-11]', async () => {
    const server = new Server();
    const { shelf } = server;
    server.answer = () => Response.json({ message: 'It is gone.' }, { status: 404 });
    await expect(shelf.get(told(), () => null)).rejects.toThrow('It is gone.');
    server.answer = () => {
      throw new TypeError('no network');
    };
    await expect(shelf.get(told(), () => null)).rejects.toThrow(/^$/);
    server.answer = () => Response.json(html('x'));
    await expect(shelf.get(told(), () => null)).resolves.toEqual(html('x'));
  });
});

describe('a big output', () => {
  let seen: (() => void)[] = [];
  let widget: IRenderMime.IRenderer;
  let server: Server;

  beforeEach(() => {
    seen = [];
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        constructor(told: (entries: { isIntersecting: boolean }[]) => void) {
          told([{ isIntersecting: false }]);
          seen.push(() => {
            told([{ isIntersecting: true }]);
          });
        }
        observe = vi.fn();
        disconnect = vi.fn();
      }
    );
    server = new Server();
    const rendermime = new RenderMimeRegistry({
      initialFactories: standardRendererFactories
    });
    const factory = bigOutputFactory({
      shelf: server.shelf,
      translator: nullTranslator,
      rendermime: () => rendermime
    });
    rendermime.addFactory(factory);
    expect(rendermime.preferredMimeType({ ...(stood()['data'] as object), 'text/plain': '' })).toBe(
      STAND_IN
    );
    widget = rendermime.createRenderer(STAND_IN);
    Widget.attach(widget, document.body);
  });

  afterEach(() => {
    widget.dispose();
    vi.unstubAllGlobals();
  });

  async function show(part: object = {}, trusted = false): Promise<void> {
    const data = { [STAND_IN]: told(part) };
    await widget.renderModel(new MimeModel({ data, trusted }));
    MessageLoop.flush();
  }

  it('shows its size, and itself once it is in view [BIG-11]', async () => {
    await show();
    expect(widget.node.textContent).toBe('Output of 3.4 MB');
    expect(server.asked).toEqual([]);
    seen.at(-1)?.();
    expect(widget.node.getAttribute('aria-busy')).toBe('true');
    expect(widget.node.querySelector('progress')?.getAttribute('aria-label')).toBe(
      'Loading the output'
    );
    await vi.waitFor(() => {
      expect(widget.node.querySelector('b')?.textContent).toBe('here');
    });
    expect(widget.node.getAttribute('aria-busy')).toBe('false');
    expect(widget.node.querySelector('progress')).toBeNull();
  });

  it('says why it cannot be loaded, and tries again when asked [BIG-11]', async () => {
    server.answer = () => Response.json({ message: 'Not yours.' }, { status: 403 });
    await show();
    seen.at(-1)?.();
    await vi.waitFor(() => {
      expect(widget.node.textContent).toBe(
        'Output of 3.4 MB could not be loaded. Not yours.Try again'
      );
    });
    server.answer = () => Response.json(html('<b>here</b>'));
    widget.node.querySelector('button')?.click();
    await vi.waitFor(() => {
      expect(widget.node.querySelector('b')?.textContent).toBe('here');
    });
  });

  it('keeps the focus while it is asked for again [BIG-11]', async () => {
    const button = (): HTMLButtonElement | null => widget.node.querySelector('button');
    server.answer = () => Response.json({ message: 'Not yours.' }, { status: 403 });
    await show();
    seen.at(-1)?.();
    await vi.waitFor(() => {
      expect(button()).not.toBeNull();
    });
    expect(document.activeElement).toBe(document.body);
    button()?.focus();
    button()?.click();
    expect([button(), document.activeElement]).toEqual([null, widget.node]);
    await vi.waitFor(() => {
      expect(button()).not.toBeNull();
    });
    expect(document.activeElement).toBe(button());
    server.answer = () => Response.json(html('<b>here</b>'));
    button()?.click();
    await vi.waitFor(() => {
      expect(widget.node.querySelector('b')?.textContent).toBe('here');
    });
    expect(document.activeElement).toBe(widget.node);
  });

  it('is sanitised where its cell is not trusted, and not where it is [BIG-12]', async () => {
    server.answer = () => Response.json(html('<b onclick="x()" style="color: red">here</b>'));
    await show();
    seen.at(-1)?.();
    await vi.waitFor(() => {
      expect(widget.node.querySelector('b')?.hasAttribute('onclick')).toBe(false);
    });
    await show({}, true);
    await vi.waitFor(() => {
      expect(widget.node.querySelector('b')?.hasAttribute('onclick')).toBe(true);
    });
    expect(server.asked).toHaveLength(1);
  });

  it('shows text and errors as a cell does [BIG-12]', async () => {
    server.answer = () =>
      Response.json({ output_type: 'stream', name: 'stderr', text: 'it is late' });
    await show();
    seen.at(-1)?.();
    await vi.waitFor(() => {
      const mime = widget.node.querySelector('[data-mime-type]')?.getAttribute('data-mime-type');
      expect(mime).toBe('application/vnd.jupyter.stderr');
    });
    expect(widget.node.textContent).toContain('it is late');
  });
});

describe('a cell from another notebook', () => {
  function notebook(...outputs: IOutput[]): YNotebook {
    const model = new YNotebook();
    model.ystate.set('document_id', 'json:notebook:two');
    model.addCell({ cell_type: 'code', source: '', outputs });
    return model;
  }

  function outputs(model: YNotebook, cell: number): IOutput[] {
    return (model.cells[cell] as unknown as { getOutputs(): IOutput[] }).getOutputs();
  }

  it('brings its outputs along, and those behind them stay in order [BIG-14]', async () => {
    const server = new Server();
    const model = notebook();
    const failed = vi.fn();
    const adoption = new Adoption(model, server.shelf, failed);
    const own = stood({ document: 'json:notebook:two', sha256: 'b'.repeat(64) });
    const pasted = [html('first'), stood(), own, html('last')];
    model.addCell({ cell_type: 'code', source: '', outputs: pasted });
    await vi.waitFor(() => {
      expect(outputs(model, 1)).toEqual([html('first'), html('<b>here</b>'), own, html('last')]);
    });
    expect(server.asked).toHaveLength(1);
    expect(failed).not.toHaveBeenCalled();
    adoption.dispose();
    model.addCell({ cell_type: 'code', source: '', outputs: [stood({ sha256: 'c'.repeat(64) })] });
    await Promise.resolve();
    expect(server.asked).toHaveLength(1);
    model.dispose();
  });

  it('is looked at when it is put in, and not with every cell after it [BIG-14]', async () => {
    const server = new Server();
    server.answer = () => Response.json({ message: 'Not yours.' }, { status: 403 });
    const model = notebook(html('of a cell that was here before'));
    const before = vi.spyOn(model.cells[0] as unknown as { getOutputs(): IOutput[] }, 'getOutputs');
    const failed = vi.fn();
    const adoption = new Adoption(model, server.shelf, failed);
    model.addCell({ cell_type: 'code', source: 'pasted', outputs: [stood()] });
    await vi.waitFor(() => {
      expect(failed).toHaveBeenCalledTimes(1);
    });
    for (let later = 0; later < 5; later += 1) {
      model.addCell({ cell_type: 'code', source: String(later) });
      await Promise.resolve();
    }
    // Moving takes it out and puts it in again.
    model.moveCell(1, 0);
    await new Promise(resolve => setTimeout(resolve, 0));
    expect([server.asked.length, failed.mock.calls.length]).toEqual([1, 1]);
    expect(before).not.toHaveBeenCalled();
    model.addCell({ cell_type: 'code', source: 'pasted again', outputs: [stood()] });
    await vi.waitFor(() => {
      expect(failed).toHaveBeenCalledTimes(2);
    });
    adoption.dispose();
  });

  it('is asked for again, without a word, where nobody answered [BIG-14]', async () => {
    const server = new Server();
    server.answer = () => {
      throw new TypeError('no network');
    };
    const model = notebook();
    const failed = vi.fn();
    const adoption = new Adoption(model, server.shelf, failed);
    model.addCell({ cell_type: 'code', source: 'pasted', outputs: [stood()] });
    await vi.waitFor(() => {
      expect(failed).toHaveBeenCalledTimes(1);
    });
    model.addCell({ cell_type: 'code', source: 'next' });
    await vi.waitFor(() => {
      expect(server.asked).toHaveLength(2);
    });
    await new Promise(resolve => setTimeout(resolve, 0));
    server.answer = () => Response.json(html('<b>here</b>'));
    model.addCell({ cell_type: 'code', source: 'last' });
    await vi.waitFor(() => {
      expect(outputs(model, 1)).toEqual([html('<b>here</b>')]);
    });
    expect(failed).toHaveBeenCalledTimes(1);
    adoption.dispose();
  });

  it('is left alone when somebody else has pasted it [BIG-14]', async () => {
    const server = new Server();
    const [mine, theirs] = [notebook(), notebook()];
    const adoption = new Adoption(mine, server.shelf, () => undefined);
    theirs.addCell({ cell_type: 'code', source: '', outputs: [stood()] });
    const { applyUpdate, encodeStateAsUpdate } = await import('yjs');
    applyUpdate(mine.ydoc, encodeStateAsUpdate(theirs.ydoc));
    await Promise.resolve();
    expect(server.asked).toEqual([]);
    adoption.dispose();
  });

  it('keeps its stand-in, and people are told, where the output is not to be had [BIG-14]', async () => {
    const server = new Server();
    server.answer = () => Response.json({ message: 'Not yours.' }, { status: 403 });
    const model = notebook();
    const failed = vi.fn();
    const adoption = new Adoption(model, server.shelf, failed);
    model.addCell({ cell_type: 'code', source: '', outputs: [stood()] });
    await vi.waitFor(() => {
      expect(failed).toHaveBeenCalledWith('Not yours.');
    });
    expect(outputs(model, 1)).toEqual([stood()]);
    adoption.dispose();
  });
});

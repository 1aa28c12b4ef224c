// @vitest-environment happy-dom
import './lab-browser';
import type { IDocumentWidget } from '@jupyterlab/docregistry';
import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandGate } from '../src/access/gate';
import { reasonAgainst } from '../src/access/gated';
import { AccessGuard } from '../src/access/guard';
import { Hint } from '../src/access/hint';
import { accessNews } from '../src/access/news';
import { RoleBadge } from '../src/access/role-badge';
import type { IDocumentView, ITandemDocument } from '../src/document/tokens';
import { EDITOR, view, VIEWER } from './document-view';

const trans = nullTranslator.load('jupyter_tandem');

/** A document that stands as a test says. */
class Document {
  view: IDocumentView = view();
  readonly changed = new Signal<this, IDocumentView>(this);
  retried = 0;

  retry(): void {
    this.retried += 1;
  }

  content(): { content: unknown; name: string } {
    return { content: 'mine', name: 'a.ipynb' };
  }

  become(next: IDocumentView): void {
    this.view = next;
    this.changed.emit(next);
  }

  get tandem(): ITandemDocument {
    return this as unknown as ITandemDocument;
  }
}

/** All that a guard needs of a document's widget. */
class Paper extends Panel {
  readonly toolbar = new Widget();
  readonly content = new Widget();

  constructor() {
    super();
    this.content.node.innerHTML =
      '<div class="cm-editor"><div class="cm-content" contenteditable="true"></div></div>' +
      '<button class="jp-Notebook-footer"></button>';
    this.addWidget(this.toolbar);
    this.addWidget(this.content);
  }

  get editor(): Element {
    return this.content.node.querySelector('.cm-content') ?? this.node;
  }

  /** Whether something that happens in the editor reaches it, and whether it goes on. */
  happens(type: string, init: EventInit & KeyboardEventInit = {}): boolean {
    const event =
      type === 'keydown'
        ? new KeyboardEvent(type, { bubbles: true, cancelable: true, ...init })
        : new Event(type, { bubbles: true, cancelable: true });
    return this.editor.dispatchEvent(event);
  }
}

let document_: Document;
let paper: Paper;
let refused: string[];
let guard: AccessGuard;

beforeEach(() => {
  document_ = new Document();
  paper = new Paper();
  refused = [];
  Widget.attach(paper, document.body);
  guard = new AccessGuard({
    document: document_.tandem,
    widget: paper as unknown as IDocumentWidget,
    trans,
    refuse: reason => refused.push(reason),
    changed: () => undefined
  });
  return () => {
    paper.dispose();
  };
});

const READ_ONLY = view({ rights: VIEWER });
const REASON = 'You can read this document and see others work in it, but not change it.';

describe('somebody who may only read', () => {
  it.each(['beforeinput', 'paste', 'cut', 'drop'])('[SHAREUI-10] has no %s', type => {
    expect(paper.happens(type)).toBe(true);
    document_.become(READ_ONLY);
    expect(paper.happens(type)).toBe(false);
    expect(refused).toEqual([REASON]);
    document_.become(view());
    expect(paper.happens(type)).toBe(true);
    expect(refused).toHaveLength(1);
  });

  it.each([
    ['a', {}, 1],
    ['Enter', {}, 1],
    ['Backspace', {}, 1],
    ['Enter', { shiftKey: true }, 0],
    ['c', { ctrlKey: true }, 0],
    ['ArrowDown', {}, 0]
  ])('[SHAREUI-10] is told why %s %o does nothing', (key, modifiers, told) => {
    document_.become(READ_ONLY);
    paper.happens('keydown', { key, ...modifiers });
    expect(refused).toHaveLength(told);
  });

  it('[SHAREUI-10] drops nothing', () => {
    let dropped = 0;
    paper.content.node.addEventListener(
      'lm-drop',
      () => {
        dropped += 1;
      },
      true
    );
    paper.happens('lm-drop');
    document_.become(READ_ONLY);
    paper.happens('lm-drop');
    expect(dropped).toBe(1);
    expect(refused).toHaveLength(1);
  });

  it('[SHAREUI-10] adds no cell with the button below the last one', () => {
    let clicked = 0;
    const footer = paper.content.node.querySelector('button');
    footer?.addEventListener('click', () => {
      clicked += 1;
    });
    document_.become(READ_ONLY);
    footer?.click();
    expect(clicked).toBe(0);
  });

  it('[SHAREUI-10] sees their role, and an editor none', () => {
    const badge = new RoleBadge(document_.tandem, trans);
    expect(badge.isHidden).toBe(true);
    document_.become(READ_ONLY);
    expect(badge.isHidden).toBe(false);
    expect(badge.node.textContent).toBe('Viewer');
    document_.become(view({ rights: { role: 'commenter', actions: ['read', 'comment'] } }));
    expect(badge.node.textContent).toBe('Commenter');
    badge.dispose();
  });
});

describe('commands', () => {
  const RUN = 'notebook:run-cell';
  const guestEditor = view({ rights: EDITOR });
  const viewingRunner = view({ rights: { role: 'viewer', actions: ['read', 'run'] } });
  const runner = view({ rights: { role: 'editor', actions: [...EDITOR.actions, 'run'] } });

  it.each([
    ['notebook:insert-cell-below', view(), false, null],
    ['notebook:insert-cell-below', READ_ONLY, false, REASON],
    ['notebook:copy-cell', READ_ONLY, false, null],
    ['docmanager:save', READ_ONLY, true, REASON],
    [RUN, READ_ONLY, false, REASON],
    [RUN, guestEditor, false, 'You may not run code in this document.'],
    [RUN, viewingRunner, false, null],
    ['notebook:run-cell-and-insert-below', viewingRunner, false, REASON],
    [
      RUN,
      guestEditor,
      true,
      'You may not run code here: it would run as the owner of the document.'
    ],
    [RUN, runner, true, null],
    [
      'notebook:cut-cell',
      view({}, { fork: true }),
      false,
      'This is another version of the document: it can be read, not changed.'
    ]
  ] as const)(
    '[SHAREUI-11, RUNUI-11] %s: there is a reason against it where there must be',
    (id, how, guest, reason) => {
      expect(reasonAgainst(id, how, guest, trans)).toBe(reason);
    }
  );

  it('[SHAREUI-11] that make or move files are not for guests', () => {
    expect(reasonAgainst('filebrowser:rename', null, true, trans)).toContain('guest');
    expect(reasonAgainst('filebrowser:rename', null, false, trans)).toBeNull();
    expect(reasonAgainst('filebrowser:open', null, true, trans)).toBeNull();
  });

  it('[SHAREUI-11] are disabled, say why, answer shortcuts, and come back', async () => {
    const commands = new CommandRegistry();
    let done = 0;
    commands.addCommand('cut', { caption: 'Cut', execute: () => (done += 1) });
    commands.addCommand('copy', { caption: 'Copy', execute: () => (done += 10) });
    let reason: string | null = 'Because.';
    const gate = new CommandGate(commands, id => (id === 'cut' ? reason : null));
    const told: string[] = [];
    gate.refused.connect((_, why) => told.push(why));
    expect([commands.isEnabled('cut'), commands.isEnabled('copy')]).toEqual([false, true]);
    expect([commands.caption('cut'), commands.caption('copy')]).toEqual(['Because.', 'Copy']);
    expect(told).toEqual([]);
    commands.isEnabled('cut', { _luminoEvent: { type: 'keybinding', keys: ['D', 'D'] } });
    await commands.execute('cut');
    await commands.execute('copy');
    expect([told, done]).toEqual([['Because.', 'Because.'], 10]);
    reason = null;
    await commands.execute('cut');
    expect([commands.isEnabled('cut'), commands.caption('cut'), done]).toEqual([true, 'Cut', 11]);
    reason = 'Because.';
    gate.dispose();
    expect(commands.isEnabled('cut')).toBe(true);
  });
});

describe('a hint', () => {
  it('[SHAREUI-10] is said once and not with every key', () => {
    let now = 0;
    const said: string[] = [];
    vi.spyOn(Notification, 'emit').mockImplementation(message => {
      said.push(message);
      return '';
    });
    const hint = new Hint(() => now);
    hint.say('No.');
    hint.say('No.');
    hint.say('Not that either.');
    now = 5_000;
    hint.say('Not that either.');
    expect(said).toEqual(['No.', 'Not that either.', 'Not that either.']);
  });
});

describe('another role', () => {
  const MANAGER = { role: 'manager', actions: [...EDITOR.actions, 'manage'] };

  it.each([
    [null, VIEWER, 0, null],
    [EDITOR, EDITOR, 0, null],
    [VIEWER, EDITOR, 0, { type: 'success', message: 'You can now edit “a”.', copy: false }],
    [
      EDITOR,
      MANAGER,
      0,
      { type: 'success', message: 'You can now edit and share “a”.', copy: false }
    ],
    [
      EDITOR,
      VIEWER,
      0,
      { type: 'info', message: 'You can now read “a”, but not change it any more.', copy: false }
    ],
    [
      EDITOR,
      VIEWER,
      2,
      {
        type: 'warning',
        message:
          'You can now read “a”, but not change it any more. Your last 2 edits were not saved.',
        copy: true
      }
    ]
  ])('[SHAREUI-13] is told: %o to %o', (before, after, edits, news) => {
    expect(accessNews(before, after, 'a', edits, trans)).toEqual(news);
  });

  it('[SHAREUI-13] is told once', () => {
    const said: string[] = [];
    vi.spyOn(Notification, 'emit').mockImplementation(message => {
      said.push(message);
      return '';
    });
    document_.become(READ_ONLY);
    document_.become(view({ rights: VIEWER, pending: 1 }));
    document_.become(view({ phase: 'apart', rights: null }));
    document_.become(view());
    expect(said).toEqual([
      'You can now read “a.ipynb”, but not change it any more.',
      'You can now edit “a.ipynb”.'
    ]);
  });
});

describe('a document that is taken from somebody', () => {
  const GONE = view({
    phase: 'ended',
    ending: 'not-allowed',
    reason: 'This is not shared with you any more.',
    pending: 2
  });
  const curtain = (): HTMLElement | null => paper.node.querySelector('.tandem-Curtain');
  const button = (label: string): HTMLButtonElement | undefined =>
    [...(curtain()?.querySelectorAll('button') ?? [])].find(
      ({ textContent }) => textContent === label
    );

  it('[SHAREUI-14] is covered by why, and by what can still be done', () => {
    document_.become(GONE);
    expect(curtain()?.textContent).toContain('“a.ipynb” is not open to you any more');
    expect(curtain()?.textContent).toContain('This is not shared with you any more.');
    expect(curtain()?.textContent).toContain('Your last 2 edits were not saved.');
    expect(paper.content.node.inert).toBe(true);
    expect(button('Download a copy with my edits')?.hidden).toBe(false);
    button('Try again')?.click();
    expect(document_.retried).toBe(1);
  });

  it('[SHAREUI-14] is there again when access is', () => {
    document_.become(GONE);
    document_.become(view());
    expect(curtain()).toBeNull();
    expect(paper.content.node.inert).toBe(false);
  });

  it('[SHAREUI-14] never was covered where it was never open', () => {
    document_.become({ ...GONE, session: { ...GONE.session, loaded: false } });
    expect(curtain()).toBeNull();
    guard.dispose();
  });
});

import type { IDisposable } from '@lumino/disposable';

/** Marks what may be read and not written; see `style/sharing.css`. */
const LOCKED_CLASS = 'tandem-mod-locked';

/** Controls of a notebook that change it without a command. */
const CONTROLS = '.jp-Notebook-footer, .jp-Notebook-toolbarCellType';

const EDITOR = '.cm-editor';

/** Keys in an editor that would change something by themselves. */
const WRITING_KEYS = new Set(['Enter', 'Backspace', 'Delete']);

/**
 * Takes from a document's widget, while it is up, whatever would change the document: typing, paste, drag and drop,
 * and controls that are no commands (SHAREUI-8).
 *
 * The document itself is safe without it. It is there so that nothing seems to work that does not.
 */
export class Shield implements IDisposable {
  private isUp = false;
  private disposed = false;

  /**
   * @param node The document's widget, with its toolbar.
   * @param refused Called when somebody tried something.
   */
  constructor(
    private readonly node: HTMLElement,
    private readonly refused: () => void
  ) {
    for (const [type, listener] of this.listeners) {
      node.addEventListener(type, listener, true);
    }
  }

  get isDisposed(): boolean {
    return this.disposed;
  }

  get up(): boolean {
    return this.isUp;
  }

  set up(up: boolean) {
    this.isUp = up;
    this.node.classList.toggle(LOCKED_CLASS, up);
  }

  dispose(): void {
    if (!this.disposed) {
      this.disposed = true;
      this.up = false;
      for (const [type, listener] of this.listeners) {
        this.node.removeEventListener(type, listener, true);
      }
    }
  }

  private stop(event: Event): void {
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  private readonly onWriting = (event: Event): void => {
    if (this.isUp && within(event, EDITOR)) {
      this.stop(event);
      this.refused();
    }
  };

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    if (!this.isUp) {
      return;
    }
    if (within(event, CONTROLS) && event.key !== 'Tab') {
      this.stop(event);
      this.refused();
    } else if (within(event, EDITOR) && writes(event)) {
      // Not stopped: as a shortcut it may mean something else.
      this.refused();
    }
  };

  private readonly onControl = (event: Event): void => {
    if (this.isUp && within(event, CONTROLS)) {
      this.stop(event);
      if (event.type !== 'click') {
        this.refused();
      }
    }
  };

  /** Cells and files that are dragged here find nothing that takes them. */
  private readonly onDrag = (event: Event): void => {
    if (this.isUp) {
      event.stopImmediatePropagation();
      if (event.type === 'lm-drop') {
        this.refused();
      }
    }
  };

  private readonly listeners: readonly (readonly [string, EventListener])[] = [
    ['beforeinput', this.onWriting],
    ['paste', this.onWriting],
    ['cut', this.onWriting],
    ['drop', this.onWriting],
    ['keydown', this.onKeyDown as EventListener],
    ['mousedown', this.onControl],
    ['click', this.onControl],
    ['change', this.onControl],
    ['lm-dragenter', this.onDrag],
    ['lm-dragover', this.onDrag],
    ['lm-drop', this.onDrag]
  ];
}

function within({ target }: Event, selector: string): boolean {
  return target instanceof Element && target.closest(selector) !== null;
}

function writes({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  if (ctrlKey || metaKey || altKey) {
    return false;
  }
  return key.length === 1 || (WRITING_KEYS.has(key) && !shiftKey);
}

/* What a test asks of a page, in one place; every page has it as `seen`. */
globalThis.seen = (() => {
  const widget = path => {
    const { shell } = globalThis.jupyterapp;
    const found = [...shell.widgets('main')].find(({ context }) => context?.path === path);
    if (found === undefined) {
      throw new Error(`${path} is not open`);
    }
    return found;
  };
  const opened = path => {
    try {
      const { context } = widget(path);
      return context.isReady && !context.isDisposed;
    } catch {
      return false;
    }
  };
  /** The text in an editor; a document that says something else behind it is a fault. */
  const text = ({ editor, model }) => {
    const { source } = model.sharedModel;
    const shown = editor?.editor.state.doc.toString() ?? source;
    if (shown !== source) {
      throw new Error(`the editor shows ${JSON.stringify(shown)}, not ${JSON.stringify(source)}`);
    }
    return source;
  };
  const sources = path => {
    const { content } = widget(path);
    return content.widgets === undefined ? [text(content)] : content.widgets.map(text);
  };
  const status = path => {
    const button = widget(path).node.querySelector('.tandem-StatusItem-button');
    const live = widget(path).node.querySelector('.tandem-StatusItem [aria-live]');
    return {
      tone: button?.dataset.tone ?? '',
      label: button?.textContent ?? '',
      sentence: button?.title ?? '',
      told: live?.textContent ?? ''
    };
  };
  /** Whether a document is open and says exactly this. */
  const says = ({ path, expected }) =>
    opened(path) && JSON.stringify(sources(path)) === JSON.stringify(expected);
  /** Whether every edit made here is durable on the server. */
  const saved = path => opened(path) && status(path).tone === 'well';
  /** From now on keeps the last text that was shown as saved, and every label that was shown. */
  const watch = path => {
    const record = { saved: '', labels: [] };
    const look = () => {
      if (opened(path)) {
        const { label, tone } = status(path);
        if (tone === 'well') {
          record.saved = sources(path).join('\n');
        }
        if (record.labels.at(-1)?.[1] !== label) {
          record.labels.push([performance.now(), label]);
        }
      }
    };
    const keepLooking = () => {
      look();
      requestAnimationFrame(keepLooking);
    };
    record.upToNow = () => {
      look();
      return record.labels;
    };
    keepLooking();
    globalThis.record = record;
  };
  const notifications = () =>
    [...document.querySelectorAll('.jp-Dialog, .Toastify__toast')].map(node => node.innerText);
  /** The words of all notifications: one goes away by itself, maybe before a test looks. */
  const heard = new Set();
  const listen = () => {
    for (const toast of document.querySelectorAll('.Toastify__toast')) {
      heard.add(toast.textContent.replace(/\s+/g, ' ').trim());
    }
  };
  new MutationObserver(listen).observe(document, { childList: true, subtree: true });
  /** Whether a notification with these words is there, or was since the last `forget`. */
  const told = words => {
    listen();
    return [...heard].some(text => new RegExp(words).test(text));
  };
  const forget = () => {
    heard.clear();
  };
  /** Takes away the notifications with these words that are there, as their first button does. */
  const takeAway = words => {
    for (const toast of document.querySelectorAll('.Toastify__toast')) {
      if (new RegExp(words).test(toast.textContent)) {
        toast.querySelector('button, jp-button')?.click();
      }
    }
  };
  return {
    notifications,
    told,
    forget,
    takeAway,
    widget,
    opened,
    sources,
    status,
    says,
    saved,
    watch
  };
})();

/** What JupyterLab's components expect of a browser and happy-dom does not have; to be imported first. */

/** They are drawn when the browser is idle. */
globalThis.requestIdleCallback = callback =>
  setTimeout(() => {
    callback({ didTimeout: false, timeRemaining: () => 50 });
  }, 0) as unknown as number;

/** They keep design tokens in the document's style sheet, if it is a `Document`; here it is another class. */
Object.defineProperty(document, 'style', { value: document.createElement('i').style });

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { DRIVE } from './hub-drive';
import { OPEN_FOLDER } from './shared-files';

/** The part of the address in which the server names what is to be opened; see `open_route.py`. */
const PARAMETER = 'tandem-open';

/**
 * Opens what somebody followed a link to. JupyterLab's own addresses (`lab/tree/…`) open what is in a file
 * browser alone, and what others share is in a drive beside it.
 */
export const arrival: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:arrival',
  description: 'Opens the shared document that a link leads to.',
  autoStart: true,
  activate: (app: JupyterFrontEnd): void => {
    const address = new URL(window.location.href);
    const path = address.searchParams.get(PARAMETER);
    if (path === null) {
      return;
    }
    // Once: a reload is not to bring back what somebody has closed.
    address.searchParams.delete(PARAMETER);
    window.history.replaceState(window.history.state, '', address);
    if (path.startsWith(`${DRIVE}:`)) {
      void app.restored.then(() => open(app, path));
    }
  }
};

async function open({ commands, serviceManager }: JupyterFrontEnd, path: string): Promise<void> {
  // What is not there (any more) is said by the command for documents.
  const model = await serviceManager.contents.get(path, { content: false }).catch(() => null);
  const command = model?.type === 'directory' ? OPEN_FOLDER : 'docmanager:open';
  await commands.execute(command, { path });
}

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { VERSION } from '@jupyter-tandem/lab';
import { access } from './access';
import { arrival } from './arrival';
import { commands } from './commands';
import { connectionLost, readyToTell } from './connection';
import { continuity } from './continuity';
import { cellExecutor, execution } from './execution';
import { hubDrive } from './hub-drive';
import { isLitePage } from './lite';
import { liteNewcomer, liteSearch, liteShare } from './lite-room';
import { outputs } from './outputs';
import { presence } from './presence';
import { awarenessProvider, documentProvider, documents } from './providers';
import { sharedFiles } from './shared-files';
import { sharedPanel } from './shared-panel';
import { shareEntries, sharing } from './sharing';
import { statusItem } from './status';

/** Puts the version that runs in the browser where a bug report finds it. */
const about: JupyterFrontEndPlugin<void> = {
  id: '@jupyter-tandem/lab-extension:about',
  description: 'Puts the version of Tandem in the page, where a bug report finds it.',
  autoStart: true,
  activate: (_app: JupyterFrontEnd): void => {
    document.body.dataset['tandemVersion'] = VERSION;
  }
};

const everywhere = [
  about,
  documents,
  documentProvider,
  awarenessProvider,
  connectionLost,
  readyToTell,
  continuity,
  statusItem,
  cellExecutor,
  execution,
  access,
  presence,
  commands
];

/** Sharing means a server's links and roles where there is one, and rooms where there is none. */
export default isLitePage()
  ? [...everywhere, liteShare, liteSearch, liteNewcomer]
  : [...everywhere, outputs, sharing, shareEntries, sharedPanel, hubDrive, sharedFiles, arrival];

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  askAboutDifference,
  HistoryDatabase,
  Identity,
  keepCopies,
  LiteDocuments,
  originalContent,
  PageMemory,
  readConfig,
  roomKey,
  takePassword,
  Ways,
  type ILiteConfig
} from '@jupyter-tandem/lab';
import { UUID, type JSONObject } from '@lumino/coreutils';

/** Id of the settings; those of the extension for JupyterLab 3 had another one. */
const ID = '@jupyter-tandem/lab-extension:lite';
const LEGACY_ID = '@jupyterlite/webrtc-docprovider:plugin';

/** Whether this page has no server: JupyterLite's pages say where its own root is. */
export function isLitePage(): boolean {
  return document.querySelector('#jupyter-config-data[data-jupyter-lite-root]') !== null;
}

/** How this page collaborates. */
async function configuration(registry: ISettingRegistry | null): Promise<ILiteConfig> {
  const settings = await registry?.load(ID).catch(() => null);
  const overrides = JSON.parse(PageConfig.getOption('settingsOverrides') || '{}') as JSONObject;
  const { hash, host, search } = window.location;
  return readConfig({
    option: name => PageConfig.getOption(name),
    query: search,
    fragment: takePassword(window, hash),
    host,
    secure: window.isSecureContext,
    settings: settings?.composite ?? {},
    legacy: (overrides[LEGACY_ID] ?? {}) as JSONObject
  });
}

/** The documents of a JupyterLite page. */
export async function liteDocuments(
  app: JupyterFrontEnd,
  registry: ISettingRegistry | null,
  trans: TranslationBundle
): Promise<LiteDocuments> {
  const config = await configuration(registry);
  const { baseUrl } = app.serviceManager.serverSettings;
  return new LiteDocuments({
    ways: new Ways(config),
    room: config.obstacle === null ? await roomKey(config) : '',
    store: new PageMemory(new HistoryDatabase()),
    identity: new Identity(config, app.serviceManager.user, {
      id: UUID.uuid4(),
      name: trans.__('Somebody')
    }),
    ask: path => askAboutDifference(path, trans),
    keepCopies,
    original: (path, format) =>
      originalContent(URLExt.join(baseUrl, 'files', URLExt.encodeParts(path)), format)
  });
}

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface IManifest {
  version: string;
  dependencies: Record<string, string>;
  jupyterlab: {
    disabledExtensions: string[];
    sharedPackages: Record<string, { bundled: boolean; singleton: boolean }>;
  };
}

const packages = ['protocol', 'sync', 'transports', 'peer', 'lab', 'lab-extension'];

function manifest(name: string): IManifest {
  const url = new URL(`../../${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as IManifest;
}

/** Tokens are objects: a second bundled copy of their home makes them somebody else's tokens. */
const homesOfTokens = [
  '@jupyter/collaboration',
  '@jupyter/collaborative-drive',
  '@jupyter/docprovider',
  '@jupyter/ydoc',
  'yjs'
];

describe('the manifest of the labextension', () => {
  const { jupyterlab } = manifest('lab-extension');

  it.each(homesOfTokens)('takes %s from the page and bundles no copy of it', name => {
    expect(jupyterlab.sharedPackages[name]).toEqual({ bundled: false, singleton: true });
  });

  it('switches the stock providers off, so that one provider speaks for a document', () => {
    expect(jupyterlab.disabledExtensions).toEqual(
      expect.arrayContaining([
        '@jupyter/docprovider-extension:websocket-provider-document-factory',
        '@jupyter/docprovider-extension:websocket-provider-awareness-factory'
      ])
    );
  });

  it('switches off what would hand out the address and token of the whole server', () => {
    expect(jupyterlab.disabledExtensions).toContain('@jupyter/collaboration-extension:shared-link');
  });

  it('[RUNUI-4] switches both stock executors off, so that one executor runs cells', () => {
    expect(jupyterlab.disabledExtensions).toEqual(
      expect.arrayContaining([
        '@jupyter/docprovider-extension:notebook-cell-executor',
        '@jupyterlab/notebook-extension:cell-executor'
      ])
    );
  });
});

describe('the packages of the workspace', () => {
  const python = readFileSync(
    new URL('../../../../src/jupyter_tandem/__init__.py', import.meta.url),
    'utf8'
  );
  const release = /__version__ = "([^"]+)"/.exec(python)?.[1];

  it.each(packages)('%s has the version of the Python package', name => {
    expect(manifest(name).version).toBe(release);
  });

  it.each(packages)('%s asks for its siblings in that very version', name => {
    const siblings = Object.entries(manifest(name).dependencies).filter(([dependency]) =>
      dependency.startsWith('@jupyter-tandem/')
    );
    expect(siblings.filter(([, range]) => range !== release)).toEqual([]);
  });
});

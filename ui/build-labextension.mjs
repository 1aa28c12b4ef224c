/**
 * Bundles the labextension in the current folder with @jupyter/builder.
 *
 * The builder is called directly, not through `jupyter builder`, so that a wheel can be built
 * where no Jupyter is installed.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(join(process.cwd(), 'package.json'));
const builder = require.resolve('@jupyter/builder/lib/build-labextension.js');
const core = require.resolve('@jupyterlab/core-meta/core.package.json');
const flags = process.argv.slice(2);

const { status } = spawnSync(
  process.execPath,
  [builder, '--core-package-file', core, ...flags, process.cwd()],
  { stdio: 'inherit' }
);
if (status !== 0) {
  process.exit(status ?? 1);
}

// The builder empties the folder first; `jupyter labextension list` reads who installed it.
const { jupyterlab } = JSON.parse(readFileSync('package.json', 'utf8'));
copyFileSync('install.json', join(jupyterlab.outputDir, 'install.json'));

import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = ['lab-extension', 'lab', 'peer', 'transports', 'sync', 'protocol'];

/** Tests run on the sources, so that they never see a stale build. */
const alias = packages.map(name => ({
  find: new RegExp(`^@jupyter-tandem/${name}$`),
  replacement: fileURLToPath(new URL(`./packages/${name}/src/index.ts`, import.meta.url))
}));

/** Not exported by the package; what it seals is what our peers must open. */
const crypto = {
  find: 'y-webrtc/crypto',
  replacement: fileURLToPath(new URL('../node_modules/y-webrtc/src/crypto.js', import.meta.url))
};

export default defineConfig({
  resolve: { alias: [...alias, crypto] },
  test: {
    // A test that hangs is found all the same; one on a busy machine is not taken for it.
    testTimeout: 60_000,
    include: ['packages/*/tests/**/*.test.{ts,tsx}'],
    root: fileURLToPath(new URL('.', import.meta.url)),
    // An unhandled rejection or a hanging timer is a fault, not noise.
    dangerouslyIgnoreUnhandledErrors: false,
    // JupyterLab's packages are made for bundlers: Node itself does not find all they import.
    server: { deps: { inline: [/@jupyterlab\//, /@jupyter\//, /@microsoft\//] } },
    restoreMocks: true
  }
});

// node bundle_page.mjs FOLDER [ENTRY]: writes page.js, which a plain page can load.

import { build } from 'vite';

await build({
  configFile: false,
  logLevel: 'error',
  root: import.meta.dirname,
  define: { global: 'globalThis', 'process.env': '{}' },
  build: {
    outDir: process.argv[2],
    emptyOutDir: false,
    lib: {
      entry: process.argv[3] ?? 'y_webrtc_page.mjs',
      formats: ['es'],
      fileName: () => 'page.js'
    }
  }
});

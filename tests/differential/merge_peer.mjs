// Merges documents as a page without a server does: one JSON command per line in, one JSON answer per line out.

import { createInterface } from 'node:readline';
import { build } from 'vite';

const lite = new URL('../../ui/packages/lab/src/lite/', import.meta.url);

// The sources themselves, so that no stale build is tested.
async function load(file) {
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry: new URL(file, lite).pathname, formats: ['es'] } }
  });
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}

const { merge } = await load('merge/merge.ts');
const { canonical } = await load('canonical.ts');

const commands = {
  merge({ base, ours, theirs }) {
    return merge(base === null ? null : canonical(base), canonical(ours), canonical(theirs));
  },
  canonical({ content }) {
    return canonical(content);
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const { command, ...parameters } = JSON.parse(line);
    answer = { ok: commands[command](parameters) };
  } catch (error) {
    answer = { error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/** Runs test/soak: TypeScript, and the fakes of the tests, so it is bundled first. */

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const folder = 'node_modules/.cache/albaretto';
mkdirSync(folder, { recursive: true });
const outfile = resolve(folder, 'soak.mjs');

await build({
  entryPoints: ['test/soak/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});

await import(pathToFileURL(outfile).href);

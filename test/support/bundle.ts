/** Bundles a program of the tests: ESM, split, with a `require` for CommonJS inside, as the real one is. */

import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** Run by a process of its own, because esbuild refuses to work among jest's replaced globals. */
const BUILD = "import { build } from 'esbuild'; await build(JSON.parse(process.argv[1]));";

/** Answers the path of the bundled program. */
export async function bundleProgram(entry: string, folder: string): Promise<string> {
  const options = {
    entryPoints: [entry],
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    splitting: true,
    outExtension: { '.js': '.mjs' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  };
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', BUILD, JSON.stringify(options)]);
  return join(folder, basename(entry).replace(/\.ts$/u, '.mjs'));
}

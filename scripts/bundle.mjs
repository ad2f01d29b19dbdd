/**
 * Bundles a program of the tests, the bench or the soak, which are TypeScript. Where one needs another while it runs, it calls
 * this by `node scripts/bundle.mjs <entry> <folder> [--whole]`, because a bundler works badly among jest's replaced globals.
 */

import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

/**
 * Answers the path of the bundled program.
 * @param whole With the installed packages inside: it runs from any folder.
 */
export async function bundle(entry, folder, { whole = false } = {}) {
  const name = basename(entry, '.ts');
  await build({
    input: { [name]: entry },
    platform: 'node',
    external: whole ? [] : /^(?![./]|[A-Za-z]:\\)/u,
    moduleTypes: { '.png': 'binary' },
    transform: { target: 'node20' },
    output: { dir: folder, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
  });
  return join(resolve(folder), `${name}.mjs`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [entry, folder, ...options] = process.argv.slice(2);
  await bundle(entry, folder, { whole: options.includes('--whole') });
}

/** Builds dist/: the program and the plugin entry as code-split bundles, and the types of the plugin entry. */

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

// Built beside the old one, so that a build that fails leaves a program that runs.
const folder = 'dist.new';
rmSync(folder, { recursive: true, force: true });

await build({
  entryPoints: { cli: 'src/cli.ts', plugin: 'src/plugin.ts', contract: 'test/contract/index.ts' },
  outdir: folder,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  loader: { '.png': 'binary' },
  define: {
    ALBARETTO_VERSION: JSON.stringify(version),
    ALBARETTO_SQLITE: JSON.stringify('./sqlite'),
    // Vorpal's polyfill of 2018 would replace what Node has had for long; told that it is there, it leaves it out.
    'global._babelPolyfill': 'true',
  },
  // CommonJS packages inside an ESM bundle still call require for Node's own modules.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
  logLevel: 'warning',
});
chmodSync(`${folder}/cli.js`, 0o755);

// Read by the program when it opens the catalog, and not bundled: see src/archive/catalog/sqlite-engine.ts.
mkdirSync(`${folder}/sqlite`);
for (const name of ['LICENSE', 'dist/node-sqlite3-wasm.js', 'dist/node-sqlite3-wasm.wasm']) {
  copyFileSync(`node_modules/node-sqlite3-wasm/${name}`, `${folder}/sqlite/${basename(name)}`);
}

execFileSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', `${folder}/types`],
  { stdio: 'inherit' },
);

rmSync('dist', { recursive: true, force: true });
renameSync(folder, 'dist');

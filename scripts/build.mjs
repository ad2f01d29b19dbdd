/** Builds dist/: the program and the plugin entry as code-split bundles, and the types of the plugin entry. */

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

// Built beside the old one, so that a build that fails leaves a program that runs.
const folder = 'dist.new';
rmSync(folder, { recursive: true, force: true });

await build({
  entryPoints: { cli: 'src/cli.ts', plugin: 'src/plugin.ts' },
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

execFileSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json', '--outDir', `${folder}/types`],
  { stdio: 'inherit' },
);

rmSync('dist', { recursive: true, force: true });
renameSync(folder, 'dist');

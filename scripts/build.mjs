/** Builds dist/: the program and the plugin entry as code-split bundles, and the types of the plugin entry. */

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'rolldown';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

// Built beside the old one, so that a build that fails leaves a program that runs.
const folder = 'dist.new';
rmSync(folder, { recursive: true, force: true });

/**
 * What is loaded together lies in one file: each file more costs every start up to a millisecond and a half. With everything a
 * module needs, except what another group has.
 */
const GROUPS = [
  // `--version` loads nothing else.
  { name: 'version', test: /src[\\/]version\.ts$/u, priority: 2 },
  // Every start.
  { name: 'start', test: /(src[\\/]program|(sources|sinks)[\\/][\w-]+[\\/]index)\.ts$/u, priority: 1 },
  // Every request.
  { name: 'http', test: /src[\\/]http[\\/]open-client\.ts$/u },
];

/**
 * V8 keeps a source with a single other character in two bytes a character, as long as the program runs. A text, a template
 * and a regular expression may hold it escaped; behind a backslash or in a raw template that would be another text.
 */
const ascii = {
  name: 'ascii',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk') continue;
      const found = /(?<!\\)(?:\\\\)*\\[^\0-\x7f]|String\.raw`[^`]*[^\0-\x7f`]/.exec(file.code);
      if (found !== null) throw new Error(`${file.fileName} holds what cannot be escaped: ${found[0]}`);
      file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
    }
  },
};

function escaped(unit) {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

await build({
  input: { cli: 'src/cli.ts', plugin: 'src/plugin.ts', contract: 'test/contract/index.ts' },
  platform: 'node',
  plugins: [ascii],
  moduleTypes: { '.png': 'binary' },
  transform: {
    target: 'node20',
    define: {
      ALBARETTO_VERSION: JSON.stringify(version),
      ALBARETTO_SQLITE: JSON.stringify('./sqlite'),
      // Vorpal's polyfill of 2018 would replace what Node has had for long; told that it is there, it leaves it out.
      'global._babelPolyfill': 'true',
    },
  },
  output: {
    dir: folder,
    format: 'esm',
    codeSplitting: { groups: GROUPS },
    comments: { legal: true, annotation: false, jsdoc: false },
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  },
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

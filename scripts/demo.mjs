/** The main job with no account and no network: the built program with the source `demo`, and what to try next. */

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = 'albaretto-demo';
const line = `fetch demo | save ./${folder}`;

console.log(`$ albaretto local-filesystem --source demo -c '${line}'`);
const run = spawnSync(process.execPath, ['dist/cli.js', 'local-filesystem', '--source', 'demo', '-c', line], {
  stdio: 'inherit',
});
if (run.status !== 0) process.exit(run.status ?? 1);

const files = readdirSync(folder).sort();
console.log(`
${files.length} files are in ${resolve(folder)}:
${files.map((file) => `  ${file}`).join('\n')}

Each picture has its prompt and its digest beside it. What to try next:
  npm start -- local-filesystem --source demo        the same in the shell: fetch demo, list, save ~/Pictures
  npm start -- --help                                all sources, sinks, commands and options
  README.md                                          how to get a token, and how to save to Google Drive
`);

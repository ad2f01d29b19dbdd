import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cleanEnvironment, openSandbox, type Sandbox } from '../support/program.js';

const MEBIBYTE = 1_048_576;

let sandbox: Sandbox;
let archive: string;

beforeAll(() => {
  sandbox = openSandbox();
  // --ignore-scripts: what `prepack` builds is there already.
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', sandbox.folder], {
    stdio: 'pipe',
  });
  archive = sandbox.path(readdirSync(sandbox.folder).find((name) => name.endsWith('.tgz'))!);
}, 60_000);
afterAll(() => sandbox.remove());

test('the package is at most 5 MB, packed and unpacked', () => {
  expect(statSync(archive).size).toBeLessThan(5 * MEBIBYTE);
  const listing = execFileSync('tar', ['-tvzf', archive], { encoding: 'utf8' }).trimEnd().split('\n');
  const unpacked = listing.reduce((sum, line) => sum + Number(line.split(/\s+/u)[2]), 0);
  expect(unpacked).toBeLessThan(5 * MEBIBYTE);
});

test('installed without a network it puts a program on the PATH that does the main job', () => {
  const prefix = sandbox.path('prefix');
  execFileSync(
    'npm',
    ['install', '--global', '--offline', '--ignore-scripts', '--silent', '--prefix', prefix, archive],
    { stdio: 'pipe' },
  );
  const environment = cleanEnvironment(sandbox, { PATH: `${prefix}/bin:${process.env.PATH}` });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(execFileSync('albaretto', ['--version'], { env: environment, encoding: 'utf8' })).toBe(`${version}\n`);
  const lines = execFileSync('albaretto', ['local-filesystem', '--source', 'demo', '-c', 'fetch demo | save demo'], {
    env: environment,
    cwd: sandbox.folder,
    encoding: 'utf8',
  });
  expect(lines).toContain('  ✓ Saved demo-robot.png to demo\n');
  expect(readdirSync(sandbox.path('demo'))).toHaveLength(8);
}, 60_000);

test('albaretto/plugin gives a third party the contract with its types, and the program loads what it makes', () => {
  const project = sandbox.path('third-party');
  mkdirSync(project);
  writeFileSync(`${project}/package.json`, '{"name":"third-party","private":true,"type":"module"}');
  execFileSync('npm', ['install', '--offline', '--ignore-scripts', '--silent', '--no-save', archive], {
    cwd: project,
    stdio: 'pipe',
  });
  writeFileSync(
    `${project}/plugin.ts`,
    `import { defineSource, fromService, rawRecord, type Item, type Source } from 'albaretto/plugin';
async function* items(): AsyncGenerator<Item> {
  yield { source: 'mine', taskId: 't', id: 'only-one', index: 1, generation: { prompt: fromService('p') }, raw: rawRecord({ id: 1 }) };
}
const source: Source = {
  async *open() { yield { source: 'mine', id: 't', items: items() }; },
  locate: async () => ({ kind: 'bytes', bytes: Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64') }),
};
export default defineSource({
  name: 'mine', title: 'Mine', description: 'one picture', references: "'it'", baseUrl: 'https://mine.invalid',
  capabilities: { all: false, concurrency: 1 },
  recognise: (reference) => (reference === 'it' ? { confidence: 'certain', reference } : undefined),
  load: async () => ({ create: () => source }),
});
`,
  );
  const compiler = resolve('node_modules/typescript/bin/tsc');
  const types = resolve('node_modules/@types');
  execFileSync(
    process.execPath,
    [
      compiler,
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--strict',
      '--typeRoots',
      types,
      '--types',
      'node',
      'plugin.ts',
    ],
    { cwd: project, stdio: 'pipe' },
  );
  const program = `${project}/node_modules/.bin/albaretto`;
  const args = ['local-filesystem', '--plugin', './plugin.js', '--source', 'mine', '-c', 'fetch it | save out'];
  execFileSync(program, args, { cwd: project, env: cleanEnvironment(sandbox), stdio: 'pipe' });
  expect(readdirSync(`${project}/out`).sort()).toEqual(['only-one.gif', 'only-one.json']);
}, 60_000);

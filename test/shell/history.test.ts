import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type History, openHistory } from '../../src/shell/history.js';
import { bundleProgram } from '../support/bundle.js';

let folder: string;
let path: string;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'albaretto-history-'));
  path = join(folder, 'private', 'history');
  warnings = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): Promise<History> =>
  openHistory({
    path,
    redact: (line) => (line.startsWith('login') ? undefined : line.replaceAll('hunter2', '***')),
    warn: (text) => warnings.push(text),
  });

async function record(...lines: string[]): Promise<History> {
  const history = await open();
  for (const line of lines) history.add(line);
  await history.flush();
  return history;
}

test('lines outlive the session, newest first', async () => {
  await record('fetch a', 'save b');
  await record('list');
  expect((await open()).entries()).toEqual(['list', 'save b', 'fetch a']);
  expect(warnings).toEqual([]);
});

test('the file is private, and so is a folder made for it', async () => {
  await record('fetch a');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
});

test('a file that others may read is made private with the next line', async () => {
  await mkdir(dirname(path), { mode: 0o700 });
  await writeFile(path, 'fetch a\n');
  await chmod(path, 0o644);
  await record('list');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('blank lines, lines behind a space, repetitions and lines with control characters are not recorded', async () => {
  await record(
    '',
    '   ',
    ' fetch secretly',
    'fetch a',
    'fetch a',
    'two\nlines',
    'a\u001b[2J',
    'x'.repeat(10_001),
    'fetch a',
    'list',
    'fetch a',
  );
  expect(await readFile(path, 'utf8')).toBe('fetch a\nlist\nfetch a\n');
});

test('a secret is neither in the file nor called back', async () => {
  const history = await record('login imgur hunter2', 'config set imgur.token hunter2');
  expect(history.entries()).toEqual(['config set imgur.token ***']);
  expect(await readFile(path, 'utf8')).toBe('config set imgur.token ***\n');
});

test('the newest 1,000 lines are kept', async () => {
  await mkdir(dirname(path));
  await writeFile(path, Array.from({ length: 1_200 }, (_value, index) => `line ${index}\n`).join(''));
  const history = await record('one more', 'and one');
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  expect(lines).toHaveLength(1_000);
  expect(lines.slice(-3)).toEqual(['line 1199', 'one more', 'and one']);
  expect(history.entries()).toHaveLength(1_000);
  expect(await readdir(dirname(path))).toEqual(['history']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('what another program left in the file is read with care', async () => {
  await mkdir(dirname(path));
  await writeFile(path, 'fetch a\n\nfetch a\nbad\u001b]0;title\u0007\n hidden\nlist\nno end');
  const history = await record('save b');
  expect(history.entries()).toEqual(['save b', 'no end', 'list', 'fetch a']);
  expect(await readFile(path, 'utf8')).toMatch(/no end\nsave b\n$/u);
});

test('two processes that write at once lose and mix no line', async () => {
  const writer = join(folder, 'writer.ts');
  const module = join(process.cwd(), 'src', 'shell', 'history.js').replace(/\.js$/u, '.ts');
  await writeFile(
    writer,
    `import { openHistory } from ${JSON.stringify(module)};
    const [path = '', name = ''] = process.argv.slice(2);
    const history = await openHistory({ path, redact: (line) => line, warn: (text) => { throw new Error(text); } });
    for (let index = 0; index < 60; index += 1) history.add(name.repeat(200) + index);
    await history.flush();`,
  );
  await mkdir(dirname(path));
  await writeFile(path, Array.from({ length: 990 }, (_value, index) => `line ${index}\n`).join(''));
  const program = await bundleProgram(writer, join(folder, 'built'));
  await Promise.all(['a', 'b'].map((name) => promisify(execFile)(process.execPath, [program, path, name])));
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const expected = (name: string) => Array.from({ length: 60 }, (_value, index) => `${name.repeat(200)}${index}`);
  expect(lines.filter((line) => line.startsWith('a'))).toEqual(expected('a'));
  expect(lines.filter((line) => line.startsWith('b'))).toEqual(expected('b'));
  expect(lines).toHaveLength(1_000);
});

test('a file that cannot be read or written is told once, and the session has its history all the same', async () => {
  await mkdir(path, { recursive: true });
  const history = await record('fetch a', 'list');
  expect(history.entries()).toEqual(['list', 'fetch a']);
  expect(warnings).toEqual([expect.stringContaining('EISDIR')]);
});

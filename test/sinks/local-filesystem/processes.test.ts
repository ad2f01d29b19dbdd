import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { isTemporaryName, ownerOf, temporaryName } from '../../../sinks/local-filesystem/temporary-name.js';
import { ownIdentity, type ProcessIdentity, stateOf } from '../../../src/process-identity.js';
import { bundleProgram } from '../../support/bundle.js';
import { contentsOf, fileOf, freshFolder, openStore } from './fixture.js';

type Writer = ChildProcessByStdio<Writable, Readable, null>;

const here = dirname(fileURLToPath(import.meta.url));
const DAY = 24 * 60 * 60 * 1000;
let program: string;
const writers: Writer[] = [];

beforeAll(async () => {
  program = await bundleProgram(join(here, 'writer.ts'), await mkdtemp(join(tmpdir(), 'albaretto-writer-')));
});
afterAll(() => rm(dirname(program), { recursive: true, force: true }));
afterEach(() => {
  for (const writer of writers.splice(0)) writer.kill('SIGKILL');
});

describe('several processes', () => {
  test('neither lose nor double a file when they save the same names at once', async () => {
    const [folder, count] = [await freshFolder(), 25];
    const names = ['one', 'two', 'three', 'four'];
    const all = await Promise.all(names.map((name) => startWriter('race', folder, name, `${count}`)));
    for (const writer of all) writer.stdin.write('go\n');
    const codes = await Promise.all(all.map(async (writer) => (await once(writer, 'exit'))[0]));
    expect(codes).toEqual(names.map(() => 0));
    const stored = Object.values(await contentsOf(folder)).sort();
    const shared = Array.from({ length: count }, (_, index) => `shared ${index}`);
    const own = Array.from({ length: count }, (_, index) => names.map((name) => `${index} of ${name}`)).flat();
    expect(stored).toEqual([...shared, ...own].sort());
  });

  test("leave each other's unfinished files alone, and remove them when their process has ended", async () => {
    const folder = await freshFolder();
    const writer = await startWriter('hang', folder);
    writer.stdin.write('go\n');
    await lineFrom(writer);
    const unfinished = await readdir(folder);
    expect(unfinished.map(isTemporaryName)).toEqual([true]);
    await openStore(folder);
    expect(await readdir(folder)).toEqual(unfinished);
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await (await openStore(folder)).put(fileOf('one'), {});
    expect(await readdir(folder)).toEqual(['aB3dE5f.webp']);
  });
});

describe('files that are left over', () => {
  test('of a process whose number is used again are removed', async () => {
    const own = await ownIdentity();
    await expectCleaned({ ...own, start: '00000000' }, 0, true);
  });

  test('of this process are left alone', async () => {
    await expectCleaned(await ownIdentity(), 0, false);
  });

  test('of another machine are left alone for a day', async () => {
    const foreign: ProcessIdentity = { host: '00000000', pid: 1, start: '00000000' };
    await expectCleaned(foreign, DAY / 2, false);
    await expectCleaned(foreign, DAY + 60_000, true);
  });

  test('are found by their exact name only', async () => {
    const folder = await freshFolder();
    const name = temporaryName({ ...(await ownIdentity()), start: '00000000' });
    const others = [`${name}x`, `x${name}`, name.toUpperCase(), '.albaretto-notes.part'];
    for (const other of others) await writeFile(join(folder, other), 'precious');
    await openStore(folder);
    expect((await readdir(folder)).sort()).toEqual([...others].sort());
  });

  test('say whose they are', async () => {
    const own = await ownIdentity();
    expect(ownerOf(temporaryName(own))).toEqual(own);
    expect(await stateOf(own)).toBe('runs');
    expect(ownerOf('picture.webp')).toBeUndefined();
  });
});

async function expectCleaned(owner: ProcessIdentity, age: number, cleaned: boolean): Promise<void> {
  const folder = await freshFolder();
  const name = temporaryName(owner);
  await writeFile(join(folder, name), 'half');
  const now = Date.now() + age;
  await openStore(folder, undefined, { now: () => now });
  expect(await readdir(folder)).toEqual(cleaned ? [] : [name]);
}

async function startWriter(...args: readonly string[]): Promise<Writer> {
  const writer = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  writers.push(writer);
  await lineFrom(writer);
  return writer;
}

async function lineFrom(writer: Writer): Promise<void> {
  const ended = once(writer, 'exit').then(() => Promise.reject(new Error('the writer ended early')));
  ended.catch(() => {});
  await Promise.race([once(writer.stdout, 'data'), ended]);
}

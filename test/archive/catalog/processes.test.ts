import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Catalog } from '../../../src/archive/catalog/catalog.js';
import { journalOf, lockFolderOf } from '../../../src/archive/catalog/database.js';
import { bundleProgram } from '../../support/bundle.js';
import { BATCH } from './batches.js';
import { freshPath, listed, open, picture } from './support.js';

let folder: string;
let program: string;
const running = new Set<ChildProcessByStdio<null, Readable, null>>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'albaretto-writers-'));
  // The engine is found from the program as from the source.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  program = await bundleProgram('test/archive/catalog/writer.ts', folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

interface Writer {
  /** What it has said, line by line. */
  readonly said: string[];
  /** Resolves with its exit code, `null` when it was killed. */
  readonly ended: Promise<number | null>;
  /** Resolves when it says the next line, or ends. */
  speaks(): Promise<void>;
  kill(): void;
}

function start(...args: readonly string[]): Writer {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const said: string[] = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return {
    said,
    ended,
    speaks: async () => void (await Promise.race([once(lines, 'line'), ended])),
    kill: () => child.kill('SIGKILL'),
  };
}

/** The batches of each writer that are there, which are there whole. */
async function wholeBatches(catalog: Catalog): Promise<Set<string>> {
  const counts = await catalog.countBy('task');
  expect(counts.filter(({ files }) => files !== BATCH)).toEqual([]);
  return new Set(counts.map(({ key }) => key));
}

test('four processes that record at once all succeed, and no row is lost', async () => {
  const path = freshPath();
  const names = ['a', 'b', 'c', 'd'];
  const writers = names.map((name) => start('record', path, name, '0', '25'));
  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  const catalog = await open(path);
  expect(await catalog.check()).toEqual([]);
  expect((await wholeBatches(catalog)).size).toBe(100);
});

test('of what is killed at any moment, again and again, everything committed is there and nothing else', async () => {
  const path = freshPath();
  const names = ['a', 'b', 'c'];
  const committed = new Map(names.map((name) => [name, -1]));
  const startNext = (name: string) => start('record', path, name, `${committed.get(name)! + 1}`, '1000000');
  const writers = new Map(names.map((name) => [name, startNext(name)]));
  for (let kill = 0; kill < 30; kill += 1) {
    const name = names[kill % names.length]!;
    const writer = writers.get(name)!;
    if (writer.said.length === 0) await writer.speaks();
    await delay(Math.random() * 40);
    writer.kill();
    expect(await writer.ended).toBeNull();
    committed.set(name, Math.max(committed.get(name)!, ...writer.said.map(Number)));
    if (kill + names.length < 30) writers.set(name, startNext(name));
  }
  const catalog = await open(path);
  expect(await catalog.check()).toEqual([]);
  const there = await wholeBatches(catalog);
  for (const [name, last] of committed) {
    expect(last).toBeGreaterThanOrEqual(9);
    for (let batch = 0; batch <= last; batch += 1) expect(there).toContain(`${name}-${batch}`);
    // The one that was being recorded may have been committed before it could be said.
    expect([...there].filter((task) => task.startsWith(`${name}-`)).length - (last + 1)).toBeLessThanOrEqual(1);
  }
  expect(readdirSync(dirname(path)).sort()).toEqual([
    'catalog.sqlite',
    'catalog.sqlite-journal',
    'catalog.sqlite-lock',
  ]);
  expect(readdirSync(lockFolderOf(path))).toEqual(['free']);
});

test('a process that is killed while it makes the catalog leaves one that can be opened', async () => {
  const paths = Array.from({ length: 12 }, freshPath);
  const killed = paths.map(async (path, index) => {
    const writer = start('record', path, 'a', '0', '1000000');
    await delay(100 + 60 * index);
    writer.kill();
    await writer.ended;
    const catalog = await open(path);
    expect(await catalog.check()).toEqual([]);
    const there = await wholeBatches(catalog);
    for (const batch of writer.said) expect(there).toContain(`a-${batch}`);
    await catalog.record([picture('one')]);
    expect(readdirSync(dirname(path))).toHaveLength(3);
  });
  await Promise.all(killed);
});

test('a transaction that was killed when half of it was in the file is undone', async () => {
  const path = freshPath();
  const witness = await open(path);
  await witness.record(Array.from({ length: 400 }, (_, index) => picture(`item-${index}`)));
  const before = readFileSync(path);
  expect(await start('tear', path).ended).toBeNull();
  expect(statSync(journalOf(path)).size).toBeGreaterThan(0);
  expect(readFileSync(path).equals(before)).toBe(false);
  for (const catalog of [await open(path), witness]) {
    expect(await listed(catalog.search({ text: 'robot' }))).toHaveLength(400);
    expect(await catalog.check()).toEqual([]);
  }
  expect(readFileSync(path).equals(before)).toBe(true);
  expect(statSync(journalOf(path)).size).toBe(0);
});

test('the lock keeps processes apart, also when one is killed with it', async () => {
  const lock = `${freshPath()}-lock`;
  expect(await start('hold', lock).ended).toBeNull();
  expect(readdirSync(lock)).toEqual([expect.stringMatching(/^held-/u)]);
  const file = join(dirname(lock), 'number');
  writeFileSync(file, '0');
  const writers = Array.from({ length: 4 }, () => start('count', lock, file, '100'));
  expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
  expect(readFileSync(file, 'utf8')).toBe('400');
});

test('a job and its run are those of another process until that is killed', async () => {
  const path = freshPath();
  const catalog = await open(path);
  const other = start('stay', path, 'job');
  await other.speaks();
  expect(other.said).toEqual(['claimed']);
  const active = await catalog.activeRun('job');
  expect(active?.pid).not.toBe(process.pid);
  expect(await catalog.claimJob('job')).toMatchObject({ kind: 'held', holder: { pid: active?.pid, here: true } });
  expect(await catalog.lastRun('job')).toBeUndefined();
  const waiting = catalog.claimJob('job', { wait: true, onHeld: () => other.kill() });
  expect((await waiting).kind).toBe('claimed');
  expect(await catalog.activeRun('job')).toBeUndefined();
  expect(await catalog.lastRun('job')).toMatchObject({ state: 'interrupted', cursor: 'page-3' });
});

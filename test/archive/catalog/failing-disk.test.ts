import * as nodeFiles from 'node:fs';
import { expect, test } from '@jest/globals';
import { openCatalog } from '../../../src/archive/catalog/catalog.js';
import { type CatalogDatabase, openDatabase } from '../../../src/archive/catalog/database.js';
import { savedFiles } from '../../../src/archive/catalog/saved-files.js';
import type { FileCalls } from '../../../src/archive/catalog/sqlite-files.js';
import { AlbarettoError } from '../../../src/errors.js';
import { closedLater, freshPath, later, listed, open, picture } from './support.js';

/** Files whose call number `fails.at` (from 1) fails once, and its followers too where that is said. */
interface Fails {
  at: number;
  with: string;
  forGood?: boolean;
}

function failingFiles(fails: Fails): { readonly calls: FileCalls; made(): number } {
  let made = 0;
  const counted = <A extends unknown[], R>(call: (...args: A) => R) => {
    return (...args: A): R => {
      made += 1;
      if (made === fails.at || (fails.forGood === true && made > fails.at)) {
        throw Object.assign(new Error(`${fails.with}: made by a test`), { code: fails.with });
      }
      return call(...args);
    };
  };
  const calls = {
    closeSync: nodeFiles.closeSync,
    readSync: nodeFiles.readSync,
    fstatSync: nodeFiles.fstatSync,
    unlinkSync: nodeFiles.unlinkSync,
    fsyncSync: counted(nodeFiles.fsyncSync),
    ftruncateSync: counted(nodeFiles.ftruncateSync),
    openSync: counted(nodeFiles.openSync as (...args: unknown[]) => number),
    writeSync: counted(nodeFiles.writeSync as (...args: unknown[]) => number),
  };
  return { calls: calls as unknown as FileCalls, made: () => made };
}

const FIRST = Array.from({ length: 30 }, (_, index) => picture(`first-${index}`));
const SECOND = Array.from({ length: 30 }, (_, index) => picture(`second-${index}`, { savedAt: later(1) }));

/** Records `SECOND` into a catalog that holds `FIRST`, on a disk that fails; answers what came of it and the calls made. */
async function recordOn(path: string, fails: Fails): Promise<{ error: unknown; made: number; rows: string[] }> {
  const files = failingFiles(fails);
  let database: CatalogDatabase | undefined;
  let error: unknown;
  try {
    database = await openDatabase(path, { fileCalls: files.calls });
    await savedFiles(database).record(SECOND);
  } catch (thrown) {
    error = thrown;
  }
  const made = files.made();
  await database?.close();
  const catalog = await openCatalog(path);
  const rows = (await listed(catalog.search({}, { order: 'oldest' }))).map(({ item }) => item);
  expect(await catalog.check()).toEqual([]);
  await catalog.close();
  return { error, made, rows };
}

async function catalogWithFirst(): Promise<string> {
  const path = freshPath();
  const catalog = await openCatalog(path);
  await catalog.record(FIRST);
  await catalog.close();
  return path;
}

const before = FIRST.map(({ item }) => item);
const after = [...before, ...SECOND.map(({ item }) => item)];

test.each([
  ['EIO', 'E_DESTINATION', false],
  ['ENOSPC', 'E_NO_SPACE', true],
])(
  'a disk that fails with %s at any call of a transaction is told as %s, and nothing is half recorded',
  async (fault, code, forGood) => {
    let path = await catalogWithFirst();
    const codes = new Set<unknown>();
    for (let at = 1; ; at += 1) {
      const { error, made, rows } = await recordOn(path, { at, with: fault, forGood });
      if (made < at) {
        expect(error).toBeUndefined();
        expect(rows).toEqual(after);
        break;
      }
      // The last calls come after the commit: what they fail at is told, or not, and the rows are there.
      expect([before, after]).toContainEqual(rows);
      if (error === undefined) expect(rows).toEqual(after);
      else codes.add(error instanceof AlbarettoError ? error.code : error);
      if (rows.length > before.length) path = await catalogWithFirst();
    }
    expect([...codes]).toEqual([code]);
  },
);

test.each([
  ['EDQUOT', 'E_NO_SPACE', false],
  ['EROFS', 'E_DESTINATION', false],
  ['EMFILE', 'E_UNAVAILABLE', true],
])('%s is told as %s', async (fault, code, retryable) => {
  const path = await catalogWithFirst();
  const { error } = await recordOn(path, { at: 1, with: fault, forGood: true });
  expect(error).toMatchObject({ code, retryable, message: expect.stringContaining(fault) });
});

test('after a failure at any call the same catalog goes on when the disk does', async () => {
  const path = await catalogWithFirst();
  const fails: Fails = { at: Number.POSITIVE_INFINITY, with: 'ENOSPC', forGood: true };
  const files = failingFiles(fails);
  const database = closedLater(await openDatabase(path, { fileCalls: files.calls }));
  const { record, search, forget } = savedFiles(database);
  for (let call = 1; ; call += 1) {
    fails.at = files.made() + call;
    const failure = await record(SECOND).catch((thrown) => thrown);
    const failed = files.made() >= fails.at;
    fails.at = Number.POSITIVE_INFINITY;
    await record(SECOND);
    expect((await listed(search({}, { order: 'oldest' }))).map(({ item }) => item)).toEqual(after);
    if (!failed) break;
    expect(failure).toMatchObject({ code: 'E_NO_SPACE', reach: 'run', hint: expect.anything() });
    await forget({ since: later(1) });
  }
  expect(await (await open(path)).check()).toEqual([]);
});

test('a write that a full disk cuts short is told as a full disk', async () => {
  const path = await catalogWithFirst();
  let left = 9_000;
  const writeSync = (file: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
    const allowed = Math.min(length, left);
    left -= allowed;
    if (allowed === 0) throw Object.assign(new Error('made by a test'), { code: 'ENOSPC' });
    return nodeFiles.writeSync(file, bytes, offset, allowed, position);
  };
  const calls = { ...nodeFiles, writeSync } as unknown as FileCalls;
  const database = closedLater(await openDatabase(path, { fileCalls: calls }));
  await expect(savedFiles(database).record(SECOND)).rejects.toMatchObject({ code: 'E_NO_SPACE' });
  const catalog = await open(path);
  expect(await catalog.check()).toEqual([]);
  expect((await listed(catalog.search({}, { order: 'oldest' }))).map(({ item }) => item)).toEqual(before);
});

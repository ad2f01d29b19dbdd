import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from '@jest/globals';
import { isDamaged, openCatalog, setAside } from '../../../src/archive/catalog/catalog.js';
import { journalOf, lockFolderOf, openDatabase } from '../../../src/archive/catalog/database.js';
import { MIGRATIONS } from '../../../src/archive/catalog/schema.js';
import { closedLater, freshPath, later, listed, NOON, open, picture } from './support.js';

function rights(path: string): number {
  return statSync(path).mode & 0o777;
}

test('the catalog is private: its folder, its file and what is written beside it', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  expect(rights(dirname(path))).toBe(0o700);
  expect(rights(lockFolderOf(path))).toBe(0o700);
  expect([path, journalOf(path)].map(rights)).toEqual([0o600, 0o600]);
  await catalog.close();
  chmodSync(path, 0o644);
  await open(path);
  expect(rights(path)).toBe(0o600);
});

test('a closed catalog leaves its file, an empty journal and a free lock', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  await catalog.close();
  await catalog.close();
  expect(readdirSync(dirname(path)).sort()).toEqual([
    'catalog.sqlite',
    'catalog.sqlite-journal',
    'catalog.sqlite-lock',
  ]);
  expect(statSync(journalOf(path)).size).toBe(0);
  expect(readdirSync(lockFolderOf(path))).toEqual(['free']);
  await expect(catalog.record([])).rejects.toMatchObject({ code: 'E_INTERNAL' });
});

test('closing waits for what was called before', async () => {
  const path = freshPath();
  const catalog = await open(path);
  const recorded = catalog.record([picture('one')]);
  await catalog.close();
  await recorded;
  expect(await listed((await open(path)).search({}))).toHaveLength(1);
});

test('what a newer program wrote is refused and left alone', async () => {
  const path = freshPath();
  const newer = await openDatabase(path, { migrations: [...MIGRATIONS, ['CREATE TABLE something_new (a)']] });
  await newer.close();
  const before = readFileSync(path);
  await expect(openCatalog(path)).rejects.toMatchObject({
    code: 'E_USAGE',
    message: expect.stringContaining('newer albaretto'),
    hint: expect.stringContaining('update'),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a catalog that a newer program migrates meanwhile is written no more', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  const newer = closedLater(
    await openDatabase(path, { migrations: [...MIGRATIONS, ['ALTER TABLE files ADD new TEXT']] }),
  );
  await expect(catalog.record([picture('two')])).rejects.toMatchObject({ code: 'E_USAGE' });
  expect(await newer.read((sql) => sql.all('SELECT item FROM files'))).toMatchObject([{ item: 'one' }]);
});

test('an older catalog becomes the newest step by step, and keeps what it holds', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  await catalog.close();
  const steps = [...MIGRATIONS, ["ALTER TABLE files ADD colour TEXT DEFAULT 'red'"], ['CREATE TABLE more (a)']];
  const newest = closedLater(await openDatabase(path, { migrations: steps }));
  expect(await newest.read((sql) => sql.all('SELECT item, colour FROM files'))).toMatchObject([
    { item: 'one', colour: 'red' },
  ]);
  expect(await newest.read((sql) => sql.all('PRAGMA user_version'))).toMatchObject([
    { user_version: MIGRATIONS.length + 2 },
  ]);
});

test('a step of a migration is made whole or not at all', async () => {
  const path = freshPath();
  await (await openDatabase(path)).close();
  const broken = [...MIGRATIONS, ['CREATE TABLE half (a)', 'no statement at all']];
  await expect(openDatabase(path, { migrations: broken })).rejects.toMatchObject({ code: 'E_INTERNAL' });
  const catalog = closedLater(await openDatabase(path));
  expect(await catalog.read((sql) => sql.all("SELECT name FROM sqlite_schema WHERE name = 'half'"))).toEqual([]);
});

test('a database that is no catalog is refused and left alone', async () => {
  const path = freshPath();
  const other = await openDatabase(path, { migrations: [] });
  await other.write((sql) => sql.run('CREATE TABLE somebody_elses (a)'));
  await other.close();
  const before = readFileSync(path);
  await expect(openCatalog(path)).rejects.toMatchObject({
    code: 'E_USAGE',
    message: expect.stringContaining('no catalog'),
  });
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('an empty file becomes a catalog', async () => {
  const path = freshPath();
  mkdirSync(dirname(path));
  writeFileSync(path, '');
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  expect(await catalog.check()).toEqual([]);
});

test('a file of other bytes is told as damaged, with the remedy, and left alone', async () => {
  const path = freshPath();
  mkdirSync(dirname(path));
  writeFileSync(path, 'no database at all '.repeat(500));
  const failure = await openCatalog(path).catch((thrown) => thrown);
  expect(failure).toMatchObject({ code: 'E_USAGE', hint: expect.stringContaining('adopt <folder>') });
  expect(isDamaged(failure)).toBe(true);
  expect(readFileSync(path, 'utf8')).toBe('no database at all '.repeat(500));
});

test('a file that was overwritten in its middle is told as damaged when that is read', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.record(Array.from({ length: 500 }, (_, index) => picture(`item-${index}`)));
  await catalog.close();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, 4096 * 3));
  const failure = await (await open(path))
    .check()
    .then(async (found) => (found.length > 0 ? listed((await open(path)).search({})) : undefined))
    .catch((thrown) => thrown);
  expect(isDamaged(failure)).toBe(true);
});

test('a catalog that was cut short is told as damaged', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.record(Array.from({ length: 500 }, (_, index) => picture(`item-${index}`)));
  await catalog.close();
  writeFileSync(path, readFileSync(path).subarray(0, 4096 * 2 + 100));
  const failure = await open(path)
    .then(async (cut) => listed(cut.search({})))
    .catch((thrown) => thrown);
  expect(isDamaged(failure)).toBe(true);
});

test('a damaged catalog is set aside whole, and a new one stands in its place', async () => {
  const path = freshPath();
  mkdirSync(dirname(path));
  writeFileSync(path, 'damaged');
  writeFileSync(journalOf(path), 'its journal');
  const moved = await setAside(path, NOON);
  expect(moved).toBe(`${path}.damaged-2024-05-01T12-00-00-000Z`);
  expect(readFileSync(moved, 'utf8')).toBe('damaged');
  expect(readFileSync(journalOf(moved), 'utf8')).toBe('its journal');
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  expect(await catalog.check()).toEqual([]);
  await expect(setAside(`${path}-other`, NOON)).rejects.toMatchObject({ code: 'E_DESTINATION' });
});

test('whoever has the old file open goes on with the new one', async () => {
  const path = freshPath();
  const [first, second] = [await open(path), await open(path)];
  await first.record([picture('one')]);
  await setAside(path, NOON);
  await second.record([picture('two', { savedAt: later(1) })]);
  await first.record([picture('three', { savedAt: later(2) })]);
  expect((await listed(second.search({}))).map(({ item }) => item)).toEqual(['three', 'two']);
});

test('a config folder that vanishes under an open catalog begins anew', async () => {
  const path = freshPath();
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  rmSync(dirname(path), { recursive: true });
  await catalog.record([picture('two')]);
  expect((await listed(catalog.search({}))).map(({ item }) => item)).toEqual(['two']);
});

test('a folder that cannot be made is a failure of the destination', async () => {
  const path = freshPath();
  writeFileSync(dirname(path), 'a file where the folder should be');
  await expect(openCatalog(path)).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'run' });
});

test('a folder in the place of the catalog is told as damaged, and can be set aside', async () => {
  const path = freshPath();
  mkdirSync(path, { recursive: true });
  expect(isDamaged(await openCatalog(path).catch((thrown) => thrown))).toBe(true);
  await setAside(path, NOON);
  await (await open(path)).record([picture('one')]);
});

test('a catalog that was moved with its folder is the same catalog', async () => {
  const [path, moved] = [freshPath(), freshPath()];
  const catalog = await open(path);
  await catalog.record([picture('one')]);
  await catalog.close();
  renameSync(dirname(path), dirname(moved));
  expect(await listed((await open(moved)).search({}))).toMatchObject([{ item: 'one' }]);
});

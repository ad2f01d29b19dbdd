import { expect, test } from '@jest/globals';
import { openDatabase } from '../../../src/archive/catalog/database.js';
import { ownIdentity } from '../../../src/process-identity.js';
import { closedLater, freshPath, later, NOON, NOTHING, open, someRun } from './support.js';

const TOTALS = { saved: 3, present: 2, failed: 1, bytes: 4000 };
const MINUTE = 60_000;

/** Makes every run of the catalog that of another process. */
async function ranBy(path: string, process: { host?: string; pid?: number; start?: string }): Promise<void> {
  const identity = { ...(await ownIdentity()), ...process };
  const database = await openDatabase(path);
  await database.write((sql) =>
    sql.run('UPDATE runs SET host = ?, pid = ?, process_start = ?', identity.host, identity.pid, identity.start),
  );
  await database.close();
}

test('a run goes on, makes progress and ends', async () => {
  const catalog = await open(undefined, { now: () => later(5).getTime() });
  const asked = someRun({ source: 'dalle2', references: ['task-one'], sink: 'google-drive', destination: 'folder' });
  const id = await catalog.beginRun(asked);
  expect(await catalog.lastRun('job')).toBeUndefined();
  expect(await catalog.activeRun('job')).toEqual({
    ...asked,
    id,
    state: 'running',
    saved: 0,
    present: 0,
    failed: 0,
    bytes: 0,
    updatedAt: later(5),
    pid: process.pid,
  });
  await catalog.advanceRun(id, { ...TOTALS, cursor: 'page-2' });
  await catalog.advanceRun(id, { ...TOTALS, saved: 9 });
  await catalog.advanceRun(id, { ...TOTALS, saved: 9, state: 'partial' });
  expect(await catalog.activeRun('job')).toBeUndefined();
  expect(await catalog.lastRun('job')).toMatchObject({
    ...TOTALS,
    saved: 9,
    state: 'partial',
    cursor: 'page-2',
    endedAt: later(5),
  });
});

test.each([
  ['none', [], []],
  ['one', ['./a b'], ['./a b']],
  ['several', ['./s1', 'task-two'], ['./s1', 'task-two']],
  ['one that no line could hold', ['./s1', 'a\nb'], ['./s1']],
  ['so many that they are kept elsewhere', Array.from({ length: 101 }, (_, index) => `task-${index}`), []],
])('a run keeps what was asked for: %s', async (_what, references, kept) => {
  const catalog = await open();
  await catalog.beginRun(someRun({ references }));
  expect(await catalog.runs()).toMatchObject([{ references: kept }]);
});

test('a run that has ended is not changed any more', async () => {
  const catalog = await open();
  const id = await catalog.beginRun(someRun());
  await catalog.advanceRun(id, { ...NOTHING, state: 'complete' });
  await expect(catalog.advanceRun(id, TOTALS)).rejects.toMatchObject({ code: 'E_INTERNAL' });
  await expect(catalog.advanceRun(id, { ...NOTHING, state: 'failed' })).rejects.toMatchObject({ code: 'E_INTERNAL' });
  await expect(catalog.advanceRun(id + 1, { ...NOTHING, state: 'failed' })).rejects.toMatchObject({
    code: 'E_INTERNAL',
  });
  expect(await catalog.lastRun('job')).toMatchObject({ state: 'complete', saved: 0 });
});

test('the last run is the newest that is over, of this job', async () => {
  const catalog = await open();
  const ended = await catalog.beginRun(someRun());
  await catalog.advanceRun(ended, { ...NOTHING, state: 'complete' });
  const other = await catalog.beginRun(someRun({ job: 'another job' }));
  await catalog.advanceRun(other, { ...NOTHING, state: 'failed' });
  const running = await catalog.beginRun(someRun());
  expect(await catalog.lastRun('job')).toMatchObject({ id: ended });
  expect(await catalog.activeRun('job')).toMatchObject({ id: running });
  expect(await catalog.lastRun('a third job')).toBeUndefined();
  expect((await catalog.runs()).map(({ id }) => id)).toEqual([running, other, ended]);
  expect((await catalog.runs({ limit: 1, offset: 1 })).map(({ id }) => id)).toEqual([other]);
});

test('a run whose process ended without a word was interrupted, and can be continued at its cursor', async () => {
  const path = freshPath();
  const catalog = await open(path);
  const id = await catalog.beginRun(someRun());
  await catalog.advanceRun(id, { ...TOTALS, cursor: 'page-7' });
  await ranBy(path, { start: '00000000' });
  expect(await catalog.activeRun('job')).toBeUndefined();
  expect(await catalog.lastRun('job')).toMatchObject({ id, state: 'interrupted', cursor: 'page-7', ...TOTALS });
  expect(await catalog.runs()).toMatchObject([{ state: 'interrupted' }]);
});

test('a run of another machine is believed for a quarter of an hour after its last sign', async () => {
  const path = freshPath();
  const clock = { now: NOON.getTime() };
  const catalog = await open(path, { now: () => clock.now });
  await catalog.beginRun(someRun());
  await ranBy(path, { host: '00000000', pid: 1 });
  clock.now += 14 * MINUTE;
  expect(await catalog.activeRun('job')).toMatchObject({ pid: 1 });
  clock.now += 2 * MINUTE;
  expect(await catalog.activeRun('job')).toBeUndefined();
  expect(await catalog.lastRun('job')).toMatchObject({ state: 'interrupted' });
});

test('runs that were closed with the catalog are there when it is opened again', async () => {
  const path = freshPath();
  const database = closedLater(await openDatabase(path));
  await database.close();
  const first = await open(path);
  const id = await first.beginRun(someRun());
  await first.advanceRun(id, { ...NOTHING, state: 'failed' });
  await first.close();
  const second = await open(path);
  expect(await second.lastRun('job')).toMatchObject({ id, state: 'failed' });
});

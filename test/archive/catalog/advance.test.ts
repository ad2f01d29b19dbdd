import { expect, test } from '@jest/globals';
import type { NewFailure } from '../../../src/archive/catalog/catalog.js';
import { openDatabase } from '../../../src/archive/catalog/database.js';
import { MIGRATIONS } from '../../../src/archive/catalog/schema.js';
import { closedLater, freshPath, later, listed, open, picture, someRun } from './support.js';

const TOTALS = { saved: 1, present: 2, failed: 1, bytes: 4000 };

const failure = (item: string): NewFailure => ({
  source: 'dalle2',
  task: 'task-one',
  item,
  index: 1,
  reference: 'task-one',
  stage: 'fetch',
  code: 'E_TIMEOUT',
  message: 'no byte came',
});

test('files, failures, totals and the place of a run are written down together', async () => {
  const catalog = await open();
  const id = await catalog.beginRun(someRun());
  await catalog.advanceRun(id, { ...TOTALS, cursor: 'page-2', files: [picture('one')], failures: [failure('two')] });
  expect(await catalog.activeRun('job')).toMatchObject({ ...TOTALS, cursor: 'page-2', state: 'running' });
  expect(await listed(catalog.search({}))).toMatchObject([{ item: 'one' }]);
  expect(await catalog.failures('all')).toMatchObject([{ item: 'two', run: id }]);
});

test('a run ends with what it did last', async () => {
  const catalog = await open(undefined, { now: () => later(5).getTime() });
  const id = await catalog.beginRun(someRun());
  await catalog.advanceRun(id, { ...TOTALS, files: [picture('one')], state: 'interrupted' });
  expect(await catalog.activeRun('job')).toBeUndefined();
  expect(await catalog.lastRun('job')).toMatchObject({ ...TOTALS, state: 'interrupted', endedAt: later(5) });
});

test('nothing is written down of a run that is over', async () => {
  const catalog = await open();
  const id = await catalog.beginRun(someRun());
  await catalog.advanceRun(id, { ...TOTALS, state: 'complete' });
  const more = { ...TOTALS, saved: 9, files: [picture('one')], failures: [failure('two')], cursor: 'page-9' };
  for (const run of [id, id + 1]) {
    await expect(catalog.advanceRun(run, more)).rejects.toMatchObject({ code: 'E_INTERNAL' });
  }
  expect(await listed(catalog.search({}))).toEqual([]);
  expect(await catalog.failures('all')).toEqual([]);
  expect(await catalog.lastRun('job')).toMatchObject({ saved: 1, state: 'complete' });
});

test('a place stays until another one is told, and an empty one takes its place too', async () => {
  const catalog = await open();
  const id = await catalog.beginRun(someRun({ cursor: 'from before' }));
  const cursor = async () => (await catalog.activeRun('job'))?.cursor;
  expect(await cursor()).toBe('from before');
  await catalog.advanceRun(id, TOTALS);
  expect(await cursor()).toBe('from before');
  await catalog.advanceRun(id, { ...TOTALS, cursor: 'page-2' });
  await catalog.advanceRun(id, TOTALS);
  expect(await cursor()).toBe('page-2');
  await catalog.advanceRun(id, { ...TOTALS, cursor: '' });
  expect(await cursor()).toBe('');
});

test('a run remembers how its files were named', async () => {
  const catalog = await open();
  await catalog.beginRun(someRun({ layout: '{task}/{id}' }));
  await catalog.beginRun(someRun({ job: 'other' }));
  expect((await catalog.runs()).map(({ layout }) => layout)).toEqual([undefined, '{task}/{id}']);
});

test('runs of a catalog that was made before layouts were remembered have none, and new ones have', async () => {
  const path = freshPath();
  const before = await openDatabase(path, { migrations: MIGRATIONS.slice(0, 1) });
  await before.write((sql) =>
    sql.run(
      `INSERT INTO runs (job, command, state, cursor, started_at, updated_at, host, pid, process_start)
         VALUES ('job', 'fetch x | save y', 'complete', 'page-2', 1, 1, 'host', 1, 'start')`,
    ),
  );
  await before.close();
  const catalog = closedLater(await open(path));
  expect(await catalog.lastRun('job')).toMatchObject({
    command: 'fetch x | save y',
    cursor: 'page-2',
    layout: undefined,
  });
  await catalog.beginRun(someRun({ layout: 'flat' }));
  expect((await catalog.runs({ limit: 1 }))[0]).toMatchObject({ layout: 'flat' });
  expect(await catalog.check()).toEqual([]);
});

import { expect, test } from '@jest/globals';
import type { Catalog, NewFailure } from '../../../src/archive/catalog/catalog.js';
import type { NewRun } from '../../../src/archive/catalog/runs.js';
import { later, NOTHING, open, PLACE, picture, someRun } from './support.js';

function failure(item: string, changes: Partial<NewFailure> = {}): NewFailure {
  const place = { source: 'dalle2', task: 'task-one', reference: 'task-one', item, index: 1 };
  return { ...place, stage: 'fetch', code: 'E_TRUNCATED', message: 'the body ended early', ...changes };
}

function runTo(catalog: Catalog, changes: Partial<NewRun> = { sink: PLACE.sink, destination: PLACE.destination }) {
  return catalog.beginRun(someRun(changes));
}

function fail(catalog: Catalog, run: number, failures: readonly NewFailure[]): Promise<void> {
  return catalog.advanceRun(run, { ...NOTHING, failures });
}

async function items(catalog: Catalog, of: Parameters<Catalog['failures']>[0]): Promise<string[]> {
  return (await catalog.failures(of)).map(({ item }) => item);
}

test('failures are listed as they were recorded', async () => {
  const catalog = await open(undefined, { now: () => later(3).getTime() });
  const run = await runTo(catalog);
  const failures = [failure('two', { index: 2 }), failure('', { stage: 'list', code: 'E_NOT_FOUND', index: 0 })];
  await fail(catalog, run, failures);
  expect(await catalog.failures(run)).toEqual(
    failures.map((one) => ({ ...one, id: expect.any(Number), run, failedAt: later(3) })),
  );
});

test('of several failures of one item the last one counts', async () => {
  const catalog = await open();
  const run = await runTo(catalog);
  await fail(catalog, run, [failure('one'), failure('one', { stage: 'save', code: 'E_NO_SPACE' })]);
  await fail(catalog, run, [failure('two')]);
  expect(await catalog.failures(run)).toMatchObject([{ item: 'one', code: 'E_NO_SPACE' }, { item: 'two' }]);
});

test('an item that is saved has not failed any more', async () => {
  const catalog = await open();
  const run = await runTo(catalog);
  await fail(catalog, run, [failure('one'), failure('two'), failure('three', { source: 'imgur' })]);
  await catalog.record([picture('one'), picture('three')]);
  expect(await items(catalog, run)).toEqual(['two', 'three']);
  await catalog.record([picture('two', { role: 'document', name: 'two.json' })]);
  expect(await items(catalog, run)).toEqual(['two', 'three']);
});

test('an item that is saved elsewhere still fails here', async () => {
  const catalog = await open();
  const run = await runTo(catalog);
  const anywhere = await runTo(catalog, {});
  await fail(catalog, run, [failure('one')]);
  await fail(catalog, anywhere, [failure('one')]);
  await catalog.record([picture('one', { destination: '/other' })]);
  expect(await items(catalog, run)).toEqual(['one']);
  expect(await items(catalog, anywhere)).toEqual([]);
});

test('an item that fails again is listed once, with the run that failed last', async () => {
  const catalog = await open();
  const [first, second] = [await runTo(catalog), await runTo(catalog)];
  await fail(catalog, first, [failure('one'), failure('two')]);
  await fail(catalog, second, [failure('two', { message: 'again' })]);
  expect(await items(catalog, first)).toEqual(['one']);
  expect(await items(catalog, 'last')).toEqual(['two']);
  expect(await items(catalog, 'all')).toEqual(['one', 'two']);
  await catalog.record([picture('two')]);
  expect(await items(catalog, 'last')).toEqual(['one']);
});

test('failures are cleared by their ids', async () => {
  const catalog = await open();
  const run = await runTo(catalog);
  await fail(catalog, run, [failure('one'), failure('two')]);
  const [one] = await catalog.failures(run);
  await catalog.clearFailures([one!.id, 999]);
  expect(await items(catalog, 'all')).toEqual(['two']);
  expect(await catalog.failures(999)).toEqual([]);
});

test('a failure that nobody began a run for is refused, and a long message is cut', async () => {
  const catalog = await open();
  await expect(fail(catalog, 5, [failure('one')])).rejects.toMatchObject({ code: 'E_INTERNAL' });
  const run = await runTo(catalog);
  await fail(catalog, run, [failure('one', { message: 'x'.repeat(100_000) })]);
  expect((await catalog.failures(run))[0]?.message).toHaveLength(2_000);
});

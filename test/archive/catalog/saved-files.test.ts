import { expect, test } from '@jest/globals';
import { fromService } from '../../../src/model.js';
import { later, listed, NOON, open, PLACE, picture, someRun } from './support.js';

test('what is recorded is found again by its item, with every fact', async () => {
  const catalog = await open();
  const run = await catalog.beginRun(someRun());
  const saved = picture('one', { run });
  await catalog.record([saved, picture('two')]);
  const found = await catalog.find({ ...PLACE, items: ['one', 'three'] });
  expect([...found.keys()]).toEqual(['one']);
  expect(found.get('one')).toEqual([{ ...saved, id: expect.any(Number), state: 'saved', checkedAt: NOON }]);
});

test('facts that are not known stay unknown', async () => {
  const catalog = await open();
  const nothing = { md5: undefined, prompt: undefined, title: undefined, itemCreatedAt: undefined, run: undefined };
  await catalog.record([picture('one', nothing)]);
  expect((await catalog.find({ ...PLACE, items: ['one'] })).get('one')).toMatchObject([nothing]);
});

test('the media, companions and documents of an item are rows of their own', async () => {
  const catalog = await open();
  const files = [
    picture('one'),
    picture('one', { role: 'companion', name: 'one.mask.png' }),
    picture('one', { role: 'document', name: 'one.json' }),
    picture('', { role: 'document', name: 'task.json', index: 0 }),
  ];
  await catalog.record(files);
  const found = await catalog.find({ ...PLACE, items: ['one', ''] });
  expect(found.get('one')?.map(({ role, name }) => [role, name])).toEqual([
    ['media', 'one.webp'],
    ['companion', 'one.mask.png'],
    ['document', 'one.json'],
  ]);
  expect(found.get('')?.map(({ name }) => name)).toEqual(['task.json']);
});

test('another destination, sink or source knows nothing of it', async () => {
  const catalog = await open();
  await catalog.record([picture('one')]);
  for (const other of [{ destination: '/other' }, { sink: 'google-drive' }, { source: 'imgur' }]) {
    expect((await catalog.find({ ...PLACE, ...other, items: ['one'] })).size).toBe(0);
  }
});

test('the same file recorded again keeps the moment and the run of its first time', async () => {
  const catalog = await open();
  const [first, second] = [await catalog.beginRun(someRun()), await catalog.beginRun(someRun())];
  await catalog.record([picture('one', { run: first })]);
  await catalog.record([picture('one', { run: second, savedAt: later(60), title: fromService('New title') })]);
  const [row, ...more] = await listed(catalog.search({}));
  expect(more).toEqual([]);
  expect(row).toMatchObject({ savedAt: NOON, run: first, checkedAt: later(60), title: 'New title' });
});

test.each([
  ['other bytes', { sha256: 'c'.repeat(64), size: 7 }],
  ['another place', { location: '/pictures/moved' }],
])('%s under the same name replace what is known', async (_what, changes) => {
  const catalog = await open();
  await catalog.record([picture('one')]);
  await catalog.record([picture('one', { ...changes, savedAt: later(60) })]);
  expect(await listed(catalog.search({}))).toMatchObject([{ ...changes, savedAt: later(60) }]);
});

test('a file that was missing or deleted is saved from when it is recorded again', async () => {
  const catalog = await open();
  await catalog.record([picture('one')]);
  const { id } = (await listed(catalog.search({})))[0]!;
  for (const state of ['missing', 'damaged', 'deleted', 'gone'] as const) {
    await catalog.setState([id], state, later(10));
    expect(await listed(catalog.search({}))).toMatchObject([{ state, checkedAt: later(10) }]);
  }
  await catalog.record([picture('one', { savedAt: later(60) })]);
  expect(await listed(catalog.search({}))).toMatchObject([{ id, state: 'saved', savedAt: later(60) }]);
});

test('files are recorded all or none', async () => {
  const catalog = await open();
  const unknownRun = 77;
  await expect(catalog.record([picture('one'), picture('two', { run: unknownRun })])).rejects.toMatchObject({
    code: 'E_INTERNAL',
  });
  expect(await listed(catalog.search({}))).toEqual([]);
  await catalog.record([picture('one')]);
  expect(await listed(catalog.search({}))).toHaveLength(1);
});

test('states of many files are set at once, and ids that are not there are passed over', async () => {
  const catalog = await open();
  await catalog.record([picture('one'), picture('two'), picture('three')]);
  const rows = await listed(catalog.search({}));
  await catalog.setState([...rows.slice(0, 2).map(({ id }) => id), 999], 'missing', later(5));
  expect((await listed(catalog.search({ state: 'missing' }))).map(({ item }) => item).sort()).toEqual(
    rows
      .slice(0, 2)
      .map(({ item }) => item)
      .sort(),
  );
});

test('texts of a service come back as they went in, but for what no text can hold', async () => {
  const catalog = await open();
  const prompt = fromService('😀 \u202e "; DROP TABLE files; --\n\t\u0007 \ud800 ä\0end');
  await catalog.record([picture('one', { prompt })]);
  const [row] = await listed(catalog.search({}));
  expect(row?.prompt).toBe('😀 \u202e "; DROP TABLE files; --\n\t\u0007 \ufffd ä\ufffdend');
});

test('the common record is kept beside a file, for as long as the file is known', async () => {
  const catalog = await open();
  const record = JSON.stringify({ albaretto: 1, raw: 'x'.repeat(100_000) });
  await catalog.record([picture('one', { record }), picture('two')]);
  const ids = new Map((await listed(catalog.search({}))).map(({ item, id }) => [item, id]));
  expect(await catalog.commonRecord(ids.get('one')!)).toBe(record);
  expect(await catalog.commonRecord(ids.get('two')!)).toBeUndefined();
  await catalog.record([picture('one')]);
  expect(await catalog.commonRecord(ids.get('one')!)).toBe(record);
  await catalog.record([picture('one', { record: '{}' })]);
  expect(await catalog.commonRecord(ids.get('one')!)).toBe('{}');
  await catalog.forget({ item: 'one' });
  expect(await catalog.commonRecord(ids.get('one')!)).toBeUndefined();
});

test('what is forgotten is as if it had never been saved', async () => {
  const catalog = await open();
  await catalog.record([picture('one'), picture('two'), picture('three', { destination: '/other' })]);
  expect(await catalog.forget({ destination: '/pictures', item: 'one' })).toBe(1);
  expect((await catalog.find({ ...PLACE, items: ['one', 'two'] })).size).toBe(1);
  expect(await catalog.forget({ source: 'dalle2' })).toBe(2);
  expect(await listed(catalog.search({}))).toEqual([]);
});

test('nothing is forgotten by a filter that asks for nothing', async () => {
  const catalog = await open();
  await catalog.record([picture('one')]);
  for (const filter of [{}, { source: undefined }, { text: '' }]) {
    await expect(catalog.forget(filter)).rejects.toMatchObject({ code: 'E_USAGE' });
  }
  expect(await catalog.forget({ text: '…!' })).toBe(0);
  expect(await listed(catalog.search({}))).toHaveLength(1);
});

test('files are counted by what they share', async () => {
  const catalog = await open();
  const run = await catalog.beginRun(someRun());
  await catalog.record([
    picture('one', { size: 1, run }),
    picture('two', { size: 10 }),
    picture('three', { size: 100, sink: 'google-drive', mediaType: 'video/mp4', savedAt: later(9) }),
    picture('three', { size: 1000, role: 'document', name: 'three.json', mediaType: 'application/json' }),
  ]);
  expect(await catalog.countBy('sink')).toEqual([
    { key: 'local-filesystem', files: 3, bytes: 1011 },
    { key: 'google-drive', files: 1, bytes: 100 },
  ]);
  expect(await catalog.countBy('mediaType', { role: 'media' })).toEqual([
    { key: 'image/webp', files: 2, bytes: 11 },
    { key: 'video/mp4', files: 1, bytes: 100 },
  ]);
  expect(await catalog.countBy('run', { role: 'media' })).toEqual([
    { key: '', files: 2, bytes: 110 },
    { key: `${run}`, files: 1, bytes: 1 },
  ]);
  expect(await catalog.countBy('state', { source: 'imgur' })).toEqual([]);
  expect(await catalog.destinations()).toEqual([
    { sink: 'google-drive', destination: '/pictures', files: 1, bytes: 100, lastSavedAt: later(9) },
    { sink: 'local-filesystem', destination: '/pictures', files: 3, bytes: 1011, lastSavedAt: NOON },
  ]);
});

test('thousands of items are found in one call', async () => {
  const catalog = await open();
  const items = Array.from({ length: 2300 }, (_, index) => `item-${index}`);
  await catalog.record(items.map((item) => picture(item)));
  const found = await catalog.find({ ...PLACE, items: [...items, 'another'] });
  expect([...found.keys()]).toEqual(items);
});

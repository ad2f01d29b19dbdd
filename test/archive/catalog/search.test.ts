import { expect, test } from '@jest/globals';
import type { Catalog, FileFilter, SearchPage } from '../../../src/archive/catalog/catalog.js';
import { fromService } from '../../../src/model.js';
import { later, listed, open, picture, someRun } from './support.js';

async function items(catalog: Catalog, filter: FileFilter, page?: SearchPage): Promise<string[]> {
  return (await listed(catalog.search(filter, page))).map(({ item }) => item);
}

async function withPrompts(prompts: Readonly<Record<string, string>>): Promise<Catalog> {
  const catalog = await open();
  await catalog.record(
    Object.entries(prompts).map(([item, prompt]) => picture(item, { prompt: fromService(prompt), title: undefined })),
  );
  return catalog;
}

test.each([
  ['robot', ['red', 'many']],
  ['ROBOT', ['red', 'many']],
  ['robots', ['many']],
  ['snow red', ['red']],
  ['red, robot!', ['red']],
  ['obot', []],
  ['robot sea', []],
  ['cafe', ['cafe']],
  ['CAFÉ', ['cafe']],
  ['übermut', ['german']],
  ['straße', ['german']],
  ['красный', ['russian']],
  ['ОДИН', ['russian']],
  ['猫', ['chinese']],
  ['只猫', ['chinese']],
  ['猫只', []],
  ['🤖', ['emoji']],
  ['100', ['percent']],
  ['100%', ['percent']],
  ["' OR 1=1 --", []],
  ['%', []],
  ['…', []],
])('searching the prompts for %j finds %j', async (text, expected) => {
  const catalog = await withPrompts({
    red: 'A red Robot, in the snow',
    many: 'three ROBOTS (blue)',
    cafe: 'Le Cafe\u0301 de nuit',
    german: 'ÜBERMUT auf der Straße',
    russian: 'Один Красный дом',
    chinese: '一只猫在雪地里',
    emoji: 'love🤖machine',
    percent: 'at 100 percent',
  });
  expect((await items(catalog, { text })).sort()).toEqual([...expected].sort());
});

test('titles are searched too, and an empty text asks for nothing', async () => {
  const catalog = await open();
  await catalog.record([picture('one', { prompt: fromService('a cat'), title: fromService('Lighthouse') })]);
  expect(await items(catalog, { text: 'light cat' })).toEqual(['one']);
  expect(await items(catalog, { text: ' ' })).toEqual(['one']);
});

test('every member of a filter must fit', async () => {
  const catalog = await open();
  const run = await catalog.beginRun(someRun());
  await catalog.record([
    picture('a', { savedAt: later(1), task: 't1' }),
    picture('b', { savedAt: later(2), source: 'imgur', run }),
    picture('c', { savedAt: later(3), sink: 'google-drive', destination: 'folder' }),
    picture('d', { savedAt: later(4), role: 'document', name: 'd.json' }),
  ]);
  expect(await items(catalog, {})).toEqual(['d', 'c', 'b', 'a']);
  expect(await items(catalog, { source: 'dalle2', role: 'media' })).toEqual(['c', 'a']);
  expect(await items(catalog, { sink: 'google-drive' })).toEqual(['c']);
  expect(await items(catalog, { destination: 'folder' })).toEqual(['c']);
  expect(await items(catalog, { task: 't1' })).toEqual(['a']);
  expect(await items(catalog, { item: 'b' })).toEqual(['b']);
  expect(await items(catalog, { name: 'd.json' })).toEqual(['d']);
  expect(await items(catalog, { run })).toEqual(['b']);
  expect(await items(catalog, { since: later(2), until: later(4) })).toEqual(['c', 'b']);
  expect(await items(catalog, { state: 'missing' })).toEqual([]);
});

test('a page begins and ends where it is asked to, in both orders', async () => {
  const catalog = await open();
  // Saved within one second, as a batch is: the order of recording decides.
  const all = Array.from({ length: 1203 }, (_, index) => `item-${String(index).padStart(4, '0')}`);
  await catalog.record(all.map((item, index) => picture(item, { savedAt: later(Math.floor(index / 100)) })));
  expect(await items(catalog, {}, { order: 'oldest' })).toEqual(all);
  expect(await items(catalog, {})).toEqual([...all].reverse());
  expect(await items(catalog, {}, { order: 'oldest', offset: 1, limit: 2 })).toEqual(['item-0001', 'item-0002']);
  expect(await items(catalog, {}, { order: 'oldest', offset: 400, limit: 700 })).toEqual(all.slice(400, 1100));
  expect(await items(catalog, {}, { offset: 1203 })).toEqual([]);
  expect(await items(catalog, {}, { limit: 0 })).toEqual([]);
});

test('what is recorded, changed and forgotten during the walk neither repeats nor hides other files', async () => {
  const catalog = await open();
  const all = Array.from({ length: 1200 }, (_, index) => `item-${index}`);
  await catalog.record(all.map((item) => picture(item)));
  const seen: string[] = [];
  for await (const file of catalog.search({}, { order: 'oldest' })) {
    seen.push(file.item);
    if (seen.length % 300 !== 0) continue;
    await catalog.setState([file.id], 'missing', later(1));
    await catalog.forget({ item: file.item });
    await catalog.record([picture(`earlier-${seen.length}`, { savedAt: later(-1) })]);
  }
  expect(seen).toEqual(all);
});

import { describe, expect, test } from '@jest/globals';
import type { Layout } from '../../src/archive/layout.js';
import { sourceLayout } from '../../src/archive/source-layout.js';
import { AlbarettoError } from '../../src/errors.js';
import type { Item, StoreFile } from '../../src/plugin.js';
import { openFolders } from '../../src/transfer/folder-stores.js';
import { type Outgoing, type Placed, type SaveOptions, type SaveResult, saveItems } from '../../src/transfer/save.js';
import { fetchedItem } from '../support/fetched.js';
import { MemorySink } from '../support/memory-sink.js';
import { POSIX } from '../support/unkind-paths.js';

const LAYOUT: Layout = sourceLayout(
  'album',
  {
    namesAreKnown: true,
    media: (item) => ({ folder: [item.taskId], stem: item.id, extension: 'png' }),
    documents: (item) => [
      { folder: [item.taskId], stem: item.id, suffix: '_metadata', extension: 'json', text: `{"id":"${item.id}"}` },
      { folder: ['models'], stem: 'sd', extension: 'json', text: '{}' },
    ],
  },
  POSIX,
);

async function saveAll(
  outgoing: readonly Outgoing<Placed>[],
  more: Partial<SaveOptions> = {},
  before: (file: StoreFile) => void = () => undefined,
) {
  const sink = new MemorySink({ uniqueNames: true, caseSensitive: true, reserves: false });
  const root = await sink.open(undefined, {});
  const folders = openFolders(root, {
    surround: (store) => async (file, given) => {
      before(file);
      return store.put(file, given);
    },
    open: (store, name) => store.folder(name, {}),
  });
  const results: SaveResult<Placed>[] = [];
  const options = { folders, layoutOf: async () => LAYOUT, concurrency: 3, overwrite: false, metadata: true, ...more };
  for await (const result of saveItems(outgoing, options)) results.push(result);
  return { results, names: sink.files.map(({ folder, name }) => `${folder}/${name}`).sort() };
}

const place = (id: string, wantsDocuments: boolean): { readonly place: Placed } => {
  const { item } = fetchedItem({ id });
  return { place: { item, wantsDocuments } };
};
const itemOf = (result: SaveResult<Placed>): Item =>
  result.kind === 'passed' ? result.place.item : result.fetched.item;

describe('an item whose media are there', () => {
  test('is answered in its turn, and nothing is written for it', async () => {
    const { results, names } = await saveAll([place('a', false), fetchedItem({ id: 'b' }), place('c', false)]);
    expect(results.map((result) => `${result.kind} ${itemOf(result).id}`)).toEqual(['passed a', 'saved b', 'passed c']);
    expect(results.map((result) => result.kind === 'passed' && result.files)).toEqual([[], false, []]);
    expect(names).toEqual(['models/sd.json', 'task-1/b.png', 'task-1/b_metadata.json']);
  });

  test('gets its documents where they are looked after, each with the path that it has', async () => {
    const { results, names } = await saveAll([place('a', true)]);
    expect(names).toEqual(['models/sd.json', 'task-1/a_metadata.json']);
    expect(results[0]).toMatchObject({
      kind: 'passed',
      files: [
        { role: 'document', name: 'task-1/a_metadata.json', shared: false, mediaType: 'application/json' },
        { role: 'document', name: 'models/sd.json', shared: true },
      ],
    });
  });

  test('gets none where none are wanted', async () => {
    const { results, names } = await saveAll([place('a', true)], { metadata: false });
    expect([results.map(({ kind }) => kind), names]).toEqual([['passed'], []]);
  });

  test('shares a document with the others: it is written once', async () => {
    const written: string[] = [];
    const outgoing = [place('a', true), place('b', true), fetchedItem({ id: 'c' })];
    await saveAll(outgoing, {}, ({ name }) => void written.push(name));
    expect(written.filter((name) => name === 'sd.json')).toHaveLength(1);
  });

  test('fails when a document of it cannot be written, and the others go on', async () => {
    const { results } = await saveAll([place('a', true), place('b', true)], {}, ({ name }) => {
      if (name === 'a_metadata.json') throw new AlbarettoError({ code: 'E_DESTINATION', message: 'no' });
    });
    expect(results).toMatchObject([
      { kind: 'failed', own: true, error: { code: 'E_DESTINATION' } },
      { kind: 'passed' },
    ]);
    expect(itemOf(results[0]!).id).toBe('a');
  });

  test('is passed after an interruption too, but nothing more is written', async () => {
    const { results, names } = await saveAll([place('a', false), place('b', true)], { signal: AbortSignal.abort() });
    expect(results).toMatchObject([{ kind: 'passed' }, { kind: 'passed', files: [] }]);
    expect(names).toEqual([]);
  });

  test('is passed where a full disk has ended the run, too', async () => {
    const outgoing = [fetchedItem({ id: 'a' }), place('b', true), fetchedItem({ id: 'c' }), place('d', false)];
    const { results } = await saveAll(outgoing, { concurrency: 1 }, () => {
      throw new AlbarettoError({ code: 'E_NO_SPACE', message: 'the disk is full', reach: 'run' });
    });
    expect(results.map(({ kind }) => kind)).toEqual(['failed', 'passed', 'failed', 'passed']);
  });
});

test('files below the destination are told with their folders', async () => {
  const { results } = await saveAll([fetchedItem({ id: 'b' })]);
  expect(results[0]!.kind === 'saved' && results[0]!.files.map(({ role, name }) => `${role} ${name}`)).toEqual([
    'media task-1/b.png',
    'document task-1/b_metadata.json',
    'document models/sd.json',
  ]);
});

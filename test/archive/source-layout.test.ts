import { describe, expect, test } from '@jest/globals';
import { type Layout, pathOf } from '../../src/archive/layout.js';
import { sourceLayout } from '../../src/archive/source-layout.js';
import type { Document, ExistingFile, Item, SourceLayout } from '../../src/plugin.js';
import { bytesInMemory } from '../../src/transfer/bytes.js';
import type { Fetched } from '../../src/transfer/fetch.js';
import { fetchedItem } from '../support/fetched.js';
import { png } from '../support/pictures.js';
import { POSIX, WINDOWS } from '../support/unkind-paths.js';

const MODEL: Document = { kind: 'model', id: 'sd', json: '{"name":"sd"}' };

/** As the gallery downloader names its files: a picture, a record beside it, and models in a folder. */
const GALLERY: SourceLayout = {
  namesAreKnown: true,
  media: (item) => ({ stem: item.id, extension: 'png' }),
  documents: (item) => [
    { stem: item.id, suffix: '_metadata', extension: 'json', text: `{"id":"${item.id}"}`, modifiedAt: item.createdAt },
    ...(item.documents ?? []).map(({ id, json }) => ({ folder: ['models'], stem: id, extension: 'json', text: json })),
  ],
};

const layoutOf = (own: Partial<SourceLayout> = {}, rules = POSIX): Layout =>
  sourceLayout('gallery', { ...GALLERY, ...own }, rules);

function fetchedOf(facts: Partial<Item> = {}, companions: readonly string[] = []): Fetched {
  const fetched = fetchedItem({ id: facts.id ?? 'img-1', companions });
  return { ...fetched, item: { ...fetched.item, ...facts } };
}

function planned(layout: Layout, fetched: Fetched, overwrite = false) {
  const plan = layout.plan(fetched, { overwrite });
  return { media: plan.media, documents: plan.documents(plan.media.map(({ file }) => file.name)) };
}

const paths = (files: readonly { readonly folder: readonly string[]; readonly file: { readonly name: string } }[]) =>
  files.map(({ folder, file }) => pathOf(folder, file.name));

const existing = (bytes: Uint8Array): ExistingFile => ({
  size: bytes.length,
  async *open() {
    yield bytes;
  },
});

describe("a source's own layout", () => {
  test('names pictures and documents as the source says, and writes nothing beyond them', () => {
    const { media, documents } = planned(layoutOf(), fetchedOf({ documents: [MODEL] }));
    expect(paths(media)).toEqual(['img-1.png']);
    expect(paths(documents)).toEqual(['img-1_metadata.json', 'models/sd.json']);
    expect(Buffer.from(documents[0]!.file.bytes.inMemory!).toString('utf8')).toBe('{"id":"img-1"}');
  });

  test('gives unsafe names and folders safe ones, and twins names of their own', () => {
    const layout = layoutOf({ media: (item) => ({ folder: [item.taskId], stem: item.id, extension: 'png' }) }, WINDOWS);
    const [evil, upper, lower] = [
      fetchedOf({ id: '../../x', taskId: '..' }),
      fetchedOf({ id: 'aB' }),
      fetchedOf({ id: 'Ab' }),
    ].map((fetched) => planned(layout, fetched).media[0]!);
    expect([...evil!.folder, evil!.file.name].every((segment) => !/[/\\]|^\.*$/u.test(segment))).toBe(true);
    expect(upper!.file.name.toLowerCase()).not.toBe(lower!.file.name.toLowerCase());
  });

  test('says which documents are an item’s alone and which are shared', () => {
    const { documents } = planned(layoutOf(), fetchedOf({ documents: [MODEL] }));
    expect(documents.map(({ shared }) => shared)).toEqual([false, true]);
  });

  test('puts the time that a document is to have on it, and none where there is none', () => {
    const createdAt = new Date('2024-05-01T12:00:00Z');
    const { documents } = planned(layoutOf(), fetchedOf({ createdAt, documents: [MODEL] }));
    expect(documents.map(({ file }) => file.createdAt)).toEqual([createdAt, undefined]);
  });

  test('gives a document one key in every run, and different ones different keys', () => {
    const keys = () => planned(layoutOf(), fetchedOf({ documents: [MODEL] })).documents.map(({ file }) => file.key);
    expect(keys()).toEqual(keys());
    expect(new Set(keys()).size).toBe(2);
  });

  test('writes the documents of an item whose picture is there already', () => {
    const { item } = fetchedOf({ documents: [MODEL] });
    expect(paths(layoutOf().documentsOf!(item))).toEqual(['img-1_metadata.json', 'models/sd.json']);
    expect(layoutOf({ documents: () => [] }).documentsOf!(item)).toEqual([]);
  });

  test('puts companions beside their item, or where the source says', () => {
    const own = (more: Partial<SourceLayout>) =>
      paths(
        planned(layoutOf({ ...more, media: () => ({ folder: ['a'], stem: 'x', extension: 'png' }) }), edited).media,
      );
    const edited = fetchedOf({}, ['mask-1']);
    expect(own({})).toEqual(['a/x.png', 'a/mask-1.png']);
    const companion: SourceLayout['companion'] = (item, { role }) => ({
      folder: ['edits'],
      stem: item.id,
      suffix: `-${role}`,
      extension: 'png',
    });
    expect(own({ companion })).toEqual(['a/x.png', 'edits/img-1-source.png']);
  });

  test('writes what belongs to a whole task, where the source has something for it', () => {
    const task = { source: 'dalle2', id: 'album', items: [fetchedOf().item], complete: true };
    expect(layoutOf().finish).toBeUndefined();
    const layout = layoutOf({
      finish: ({ id, items, complete }) => [{ stem: id, extension: 'txt', text: `${items.length} ${complete}` }],
    });
    const [order] = layout.finish!(task);
    expect(order).toMatchObject({ folder: [], shared: true, file: { name: 'album.txt', role: 'document' } });
    expect(Buffer.from(order!.file.bytes.inMemory!).toString('utf8')).toBe('1 true');
  });
});

describe('a document that is there', () => {
  const mergeOf = (own: Partial<SourceLayout> = {}) => planned(layoutOf(own), fetchedOf()).documents[0]!.merge!;

  test('gets the text of the source where it differs, and is left as it is where it does not', () => {
    expect(mergeOf()('{"id":"img-1"}')).toBeUndefined();
    expect(mergeOf()('{"id":')).toBe('{"id":"img-1"}');
    expect(mergeOf()('')).toBe('{"id":"img-1"}');
  });

  test('is merged by the source where it says how', () => {
    const merge = mergeOf({
      documents: () => [
        {
          stem: 'x',
          extension: 'json',
          text: 'new',
          merge: (old) => (old.includes('new') ? undefined : `${old} and new`),
        },
      ],
    });
    expect(merge('old')).toBe('old and new');
    expect(merge('old and new')).toBeUndefined();
  });
});

describe('a picture that is there', () => {
  const bytes = png(12, 12, 5);

  test('is known by its name where names are known before the bytes are', () => {
    const { item } = fetchedOf({ size: 300 });
    const sized = layoutOf({ sizeOf: (one) => one.size });
    expect(sized.archived!(item)).toMatchObject({ folder: [], name: 'img-1.png', size: 300 });
    expect(sized.archived!(item).key).toBe(planned(sized, fetchedOf()).media[0]!.file.key);
    expect(layoutOf().archived!(item).size).toBeUndefined();
    expect(layoutOf({ namesAreKnown: false }).archived).toBeUndefined();
  });

  test('and has another size than the service says is no other picture, but a wrong one: it is replaced', async () => {
    const sized = layoutOf({ sizeOf: (item) => item.size });
    const fetched = { ...fetchedOf({ size: 300 }), bytes: bytesInMemory(png(6, 6, 1)) };
    const [own] = planned(sized, fetched).media;
    expect(await own!.file.replaces?.(existing(bytes))).toBe(true);
    const [fitting] = planned(sized, fetchedOf({ size: bytes.length })).media;
    expect(await fitting!.file.replaces?.(existing(bytes))).toBe(false);
    expect(await fitting!.file.replaces?.(existing(Buffer.alloc(bytes.length)))).toBe(false);
  });

  test('and is half a picture is replaced, with or without a size', async () => {
    const half = existing(bytes.subarray(0, bytes.length >> 1));
    expect(await planned(layoutOf(), fetchedOf()).media[0]!.file.replaces?.(half)).toBe(true);
    expect(await planned(layoutOf(), fetchedOf()).media[0]!.file.replaces?.(existing(bytes))).toBe(false);
  });

  test('gets a second name beside it, or is replaced, as it is asked for', () => {
    expect(planned(layoutOf(), fetchedOf()).media[0]!.file.onDifferent).toBe('suffix');
    expect(planned(layoutOf(), fetchedOf(), true).media[0]!.file.onDifferent).toBe('replace');
  });
});

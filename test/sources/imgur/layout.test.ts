import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { readDescriptions, readScript } from '../../../sources/imgur/archive-documents.js';
import { readObjects, writeValue } from '../../../sources/imgur/archive-json.js';
import descriptor from '../../../sources/imgur/index.js';
import type { Item } from '../../../src/plugin.js';
import { closedAfterEach } from '../../support/after-each.js';
import { filesBelow, GOLDEN, GOLDEN_ALBUMS, loadGoldenAlbums } from '../../support/golden.js';
import { MemoryArchive } from './memory-archive.js';
import { SavedAlbums } from './saved-albums.js';

const EXPECTED = join(GOLDEN, 'imgur/expected');
const LOG = 'scraping_logs.json';

let albums: SavedAlbums;

const open = closedAfterEach(SavedAlbums.open, ({ rig }) => rig.shut());

beforeEach(async () => {
  albums = await open();
});

const golden = (path: string) => readFileSync(join(EXPECTED, path));
const names = filesBelow(EXPECTED).filter((name) => name !== 'links.txt');

describe('the golden archive', () => {
  beforeEach(() => loadGoldenAlbums(albums.rig.fake));

  test('is written again to the byte, and nothing beside it', async () => {
    for (const id of GOLDEN_ALBUMS) await albums.save(`album:${id}`);
    expect(albums.archive.paths).toEqual(names);
    for (const name of names) expect([name, albums.archive.files.get(name)]).toEqual([name, golden(name)]);
  });

  test('that the original wrote is left as it is', async () => {
    for (const name of names) albums.archive.files.set(name, golden(name));
    for (const id of GOLDEN_ALBUMS) await albums.save(`album:${id}`);
    expect(albums.archive.written).toEqual([]);
    for (const name of names) expect([name, albums.archive.files.get(name)]).toEqual([name, golden(name)]);
  });

  test('has no second line in its log and no second object, however often it is saved', async () => {
    for (let time = 0; time < 3; time += 1) for (const id of GOLDEN_ALBUMS) await albums.save(`album:${id}`);
    for (const name of names) expect([name, albums.archive.files.get(name)]).toEqual([name, golden(name)]);
  });

  test('has names and sizes that are known before anything is fetched', async () => {
    for (const id of GOLDEN_ALBUMS) {
      for (const { items } of await albums.rig.list(`album:${id}`)) {
        for (const item of items) {
          const { folder, stem, extension } = albums.archive.layout.media(item, item.mediaType);
          const name = `${folder!.join('/')}/${stem}.${extension}`;
          expect(names).toContain(name);
          expect(albums.archive.layout.sizeOf!(item)).toBe(golden(name).length);
        }
      }
    }
    expect(albums.archive.layout.namesAreKnown).toBe(true);
    expect(albums.rig.fake.requests.every(({ host }) => host === 'api')).toBe(true);
  });

  test('tells the order and the descriptions of an album by itself', async () => {
    for (const id of GOLDEN_ALBUMS) {
      const { data } = JSON.parse(readFileSync(join(GOLDEN, `imgur/album-${id}.response.json`), 'utf8'));
      await albums.save(`album:${id}`);
      expect(readScript(albums.script(id)!)).toEqual(data.images.map((image: { id: string }) => image.id));
      expect([...readDescriptions(albums.descriptions(id)!)]).toEqual(
        data.images.map((image: { id: string; description: string | null }) => [image.id, image.description]),
      );
      expect(JSON.parse(albums.metadata(id)!)).toEqual({
        id: data.id,
        datetime: data.datetime,
        title: data.title,
        description: data.description,
        n_media: data.images.length,
      });
    }
  });

  test('can be saved anew from what was read back of it, where only the items tell the order', async () => {
    const id = GOLDEN_ALBUMS[0];
    await albums.save(`album:${id}`);
    const order = readScript(albums.script(id)!);
    const described = readDescriptions(albums.descriptions(id)!);
    const documents = [{ kind: 'album', id, json: albums.metadata(id)! }];
    const items = (await albums.rig.list(`album:${id}`)).flatMap((listed) => listed.items);
    const again = order.map((own, position): Item => {
      const raw = { json: JSON.stringify({ id: own, description: described.get(own) ?? null }), redacted: [] };
      return { ...items.find((item) => item.id === own)!, index: position + 1, raw, documents };
    });
    const copy = await MemoryArchive.open(descriptor.layout!);
    copy.save(
      id,
      again.map((item) => ({ item, bytes: Buffer.alloc(1), mediaType: item.mediaType! })),
    );
    for (const kind of ['metadata', 'script', 'descriptions']) {
      const path = `${id}/${kind}_${id}.json`;
      expect(copy.text(path)).toBe(albums.archive.text(path));
    }
    expect(copy.text(LOG)).toBe(`\n${albums.metadata(id)}`);
  });
});

describe('names', () => {
  test.each([
    ['jpeg', undefined, 'jpg'],
    ['jpeg', { ext: 'jpeg' }, 'jpg'],
    ['png', undefined, 'png'],
    ['apng', undefined, 'png'],
    ['webp', undefined, 'webp'],
    ['mp4', undefined, 'mp4'],
    ['gif', undefined, 'mp4'],
    ['gif', { animated: false }, 'gif'],
    ['gif', { mp4: 'missing' }, 'gif'],
  ] as const)('of a %s (%j) end with .%s', async (format, more, extension) => {
    const album = albums.rig.fake.addAlbum({ images: [{ format, ...more }] });
    await albums.save(`album:${album.id}`);
    expect(albums.archive.paths).toContain(`${album.id}/${album.images[0]!.id}.${extension}`);
  });

  test('of a GIF are its own with --animated original', async () => {
    albums = await open({ options: { animated: 'original' } });
    const album = albums.rig.fake.addAlbum({ images: [{ id: 'imageAA', format: 'gif' }] });
    await albums.save(`album:${album.id}`);
    expect(albums.archive.paths).toContain(`${album.id}/imageAA.gif`);
  });

  test('of a GIF and of its MP4 form stand beside each other with --animated both', async () => {
    albums = await open({ options: { animated: 'both' } });
    const album = albums.rig.fake.addAlbum({ images: [{ id: 'imageAA', format: 'gif' }] });
    await albums.save(`album:${album.id}`);
    expect(albums.archive.files.get(`${album.id}/imageAA.gif`)).toEqual(album.images[0]!.files.original);
    expect(albums.archive.files.get(`${album.id}/imageAA.mp4`)).toEqual(album.images[0]!.files.video);
  });

  test('follow the bytes where these are no video at all', async () => {
    const album = albums.rig.fake.addAlbum({ images: [{ format: 'gif' }] });
    const items = (await albums.rig.list(`album:${album.id}`)).flatMap((listed) => listed.items);
    expect(albums.archive.layout.media(items[0]!, 'image/png').extension).toBe('png');
    expect(albums.archive.layout.media(items[0]!, 'video/quicktime').extension).toBe('mp4');
    expect(albums.archive.layout.media({ ...items[0]!, mediaType: 'text/html' }, undefined).extension).toBe('bin');
  });
});

describe('an image without album', () => {
  test('has a folder of its own with the same three documents', async () => {
    const image = { id: 'imageAA', title: 'A cat’s', description: 'é', created: 1_600_000_000 };
    albums.rig.fake.addImage(image);
    await albums.save('image:imageAA');
    expect(albums.archive.paths).toEqual([
      'imageAA/descriptions_imageAA.json',
      'imageAA/imageAA.jpg',
      'imageAA/metadata_imageAA.json',
      'imageAA/script_imageAA.json',
      LOG,
    ]);
    const line =
      '{"id": "imageAA", "datetime": 1600000000, "title": "A cat\\u2019s", "description": "\\u00e9", "n_media": 1}';
    expect(albums.metadata('imageAA')).toBe(line);
    expect(albums.script('imageAA')).toBe('{"0": "imageAA"}');
    expect(albums.descriptions('imageAA')).toBe('{"imageAA": "\\u00e9"}');
    expect(albums.archive.text(LOG)).toBe(`\n${line}`);
  });
});

test('a number that JavaScript cannot hold is written as it came', () => {
  const json =
    '{"id":"album01","datetime":16000000000000000001,"title":null,"description":null,"images":[{"id":"a","description":""}]}';
  const item: Item = {
    source: 'imgur',
    taskId: 'album01',
    id: 'a',
    index: 1,
    generation: {},
    raw: { json: '{}', redacted: [] },
    documents: [{ kind: 'album', id: 'album01', json }],
  };
  albums.archive.save('album01', [{ item, bytes: Buffer.alloc(1), mediaType: 'image/png' }]);
  expect(albums.metadata('album01')).toBe(
    '{"id": "album01", "datetime": 16000000000000000001, "title": null, "description": null, "n_media": 1}',
  );
  expect(albums.descriptions('album01')).toBe('{"a": ""}');
  expect(writeValue(readObjects(albums.metadata('album01')!).objects[0]!)).toBe(albums.metadata('album01'));
});

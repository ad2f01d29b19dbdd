import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readDescriptions, readScript } from '../../../sources/imgur/archive-documents.js';
import { readObjects, writeValue } from '../../../sources/imgur/archive-json.js';
import descriptor from '../../../sources/imgur/index.js';
import type { Item } from '../../../src/plugin.js';
import { download } from '../../../src/transfer/download.js';
import type { FakeAlbum } from '../../fakes/imgur/index.js';
import { filesBelow, GOLDEN, GOLDEN_ALBUMS, loadGoldenAlbums } from '../../support/golden.js';
import { type ImgurRig, type ImgurRigOptions, openImgurRig } from '../../support/imgur-rig.js';
import { MemoryArchive, type StoredItem } from './memory-archive.js';

const EXPECTED = join(GOLDEN, 'imgur/expected');
const LOG = 'scraping_logs.json';

let rig: ImgurRig;
let archive: MemoryArchive;

async function open(options: ImgurRigOptions = {}): Promise<void> {
  await rig?.shut();
  rig = await openImgurRig(options);
  archive = await MemoryArchive.open(descriptor.layout!);
}

beforeEach(() => open());
afterEach(() => rig.shut());

async function fetchBytes(item: Pick<Item, 'id' | 'taskId'>) {
  const { bytes, mediaType } = await download(item, rig.source, {
    client: rig.client,
    plugin: 'imgur',
    trusted: rig.trusted,
    maxBytes: 10_000_000,
    retry: { sleep: rig.clock.sleep },
    now: rig.clock.now,
  });
  return { bytes: bytes.inMemory!, mediaType };
}

/** Fetches and saves what a reference names; what cannot be fetched is left out. Answers how many were. */
async function save(reference: string, { whole = true } = {}): Promise<number> {
  let missing = 0;
  for (const { task, items } of await rig.list(reference)) {
    const stored: StoredItem[] = [];
    for (const item of items) {
      const fetched = await fetchBytes(item).catch(() => undefined);
      if (fetched === undefined) {
        missing += 1;
        continue;
      }
      const companions = [];
      for (const companion of item.companions ?? [])
        companions.push({ ...companion, ...(await fetchBytes(companion)) });
      stored.push({ item, ...fetched, companions });
    }
    archive.save(task.id, stored, whole && missing === 0);
  }
  return missing;
}

const metadata = (id: string) => archive.text(`${id}/metadata_${id}.json`);
const script = (id: string) => archive.text(`${id}/script_${id}.json`);
const descriptions = (id: string) => archive.text(`${id}/descriptions_${id}.json`);
const golden = (path: string) => readFileSync(join(EXPECTED, path));
const names = filesBelow(EXPECTED).filter((name) => name !== 'links.txt');

/** An album of three with descriptions, saved once. */
async function saveAlbum(): Promise<FakeAlbum> {
  const images = [{ id: 'imageAA', description: 'first' }, { id: '1234567' }, { id: 'imageCC', description: 'third' }];
  const album = rig.fake.addAlbum({ id: 'album01', title: 'T', created: 1_600_000_000, images });
  await save('album:album01');
  archive.written.length = 0;
  return album;
}

describe('the golden archive', () => {
  beforeEach(() => loadGoldenAlbums(rig.fake));

  test('is written again to the byte, and nothing beside it', async () => {
    for (const id of GOLDEN_ALBUMS) await save(`album:${id}`);
    expect(archive.paths).toEqual(names);
    for (const name of names) expect([name, archive.files.get(name)]).toEqual([name, golden(name)]);
  });

  test('that the original wrote is left as it is', async () => {
    for (const name of names) archive.files.set(name, golden(name));
    for (const id of GOLDEN_ALBUMS) await save(`album:${id}`);
    expect(archive.written).toEqual([]);
    for (const name of names) expect([name, archive.files.get(name)]).toEqual([name, golden(name)]);
  });

  test('has no second line in its log and no second object, however often it is saved', async () => {
    for (let time = 0; time < 3; time += 1) for (const id of GOLDEN_ALBUMS) await save(`album:${id}`);
    for (const name of names) expect([name, archive.files.get(name)]).toEqual([name, golden(name)]);
  });

  test('has names and sizes that are known before anything is fetched', async () => {
    for (const id of GOLDEN_ALBUMS) {
      for (const { items } of await rig.list(`album:${id}`)) {
        for (const item of items) {
          const { folder, stem, extension } = archive.layout.media(item, item.mediaType);
          const name = `${folder!.join('/')}/${stem}.${extension}`;
          expect(names).toContain(name);
          expect(archive.layout.sizeOf!(item)).toBe(golden(name).length);
        }
      }
    }
    expect(archive.layout.namesAreKnown).toBe(true);
    expect(rig.fake.requests.every(({ host }) => host === 'api')).toBe(true);
  });

  test('tells the order and the descriptions of an album by itself', async () => {
    for (const id of GOLDEN_ALBUMS) {
      const { data } = JSON.parse(readFileSync(join(GOLDEN, `imgur/album-${id}.response.json`), 'utf8'));
      await save(`album:${id}`);
      expect(readScript(script(id)!)).toEqual(data.images.map((image: { id: string }) => image.id));
      expect([...readDescriptions(descriptions(id)!)]).toEqual(
        data.images.map((image: { id: string; description: string | null }) => [image.id, image.description]),
      );
      expect(JSON.parse(metadata(id)!)).toEqual({
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
    await save(`album:${id}`);
    const order = readScript(script(id)!);
    const described = readDescriptions(descriptions(id)!);
    const documents = [{ kind: 'album', id, json: metadata(id)! }];
    const items = (await rig.list(`album:${id}`)).flatMap((listed) => listed.items);
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
      expect(copy.text(path)).toBe(archive.text(path));
    }
    expect(copy.text(LOG)).toBe(`\n${metadata(id)}`);
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
    const album = rig.fake.addAlbum({ images: [{ format, ...more }] });
    await save(`album:${album.id}`);
    expect(archive.paths).toContain(`${album.id}/${album.images[0]!.id}.${extension}`);
  });

  test('of a GIF are its own with --animated original', async () => {
    await open({ options: { animated: 'original' } });
    const album = rig.fake.addAlbum({ images: [{ id: 'imageAA', format: 'gif' }] });
    await save(`album:${album.id}`);
    expect(archive.paths).toContain(`${album.id}/imageAA.gif`);
  });

  test('of a GIF and of its MP4 form stand beside each other with --animated both', async () => {
    await open({ options: { animated: 'both' } });
    const album = rig.fake.addAlbum({ images: [{ id: 'imageAA', format: 'gif' }] });
    await save(`album:${album.id}`);
    expect(archive.files.get(`${album.id}/imageAA.gif`)).toEqual(album.images[0]!.files.original);
    expect(archive.files.get(`${album.id}/imageAA.mp4`)).toEqual(album.images[0]!.files.video);
  });

  test('follow the bytes where these are no video at all', async () => {
    const album = rig.fake.addAlbum({ images: [{ format: 'gif' }] });
    const items = (await rig.list(`album:${album.id}`)).flatMap((listed) => listed.items);
    expect(archive.layout.media(items[0]!, 'image/png').extension).toBe('png');
    expect(archive.layout.media(items[0]!, 'video/quicktime').extension).toBe('mp4');
    expect(archive.layout.media({ ...items[0]!, mediaType: 'text/html' }, undefined).extension).toBe('bin');
  });
});

describe('an image without album', () => {
  test('has a folder of its own with the same three documents', async () => {
    const image = { id: 'imageAA', title: 'A cat’s', description: 'é', created: 1_600_000_000 };
    rig.fake.addImage(image);
    await save('image:imageAA');
    expect(archive.paths).toEqual([
      'imageAA/descriptions_imageAA.json',
      'imageAA/imageAA.jpg',
      'imageAA/metadata_imageAA.json',
      'imageAA/script_imageAA.json',
      LOG,
    ]);
    const line =
      '{"id": "imageAA", "datetime": 1600000000, "title": "A cat\\u2019s", "description": "\\u00e9", "n_media": 1}';
    expect(metadata('imageAA')).toBe(line);
    expect(script('imageAA')).toBe('{"0": "imageAA"}');
    expect(descriptions('imageAA')).toBe('{"imageAA": "\\u00e9"}');
    expect(archive.text(LOG)).toBe(`\n${line}`);
  });
});

describe('an album that changed', () => {
  test('by growing has its new images in their places, and another line in the log', async () => {
    await saveAlbum();
    const before = archive.text(LOG);
    rig.fake.setAlbum('album01', {
      images: ([one, ...others]) => [one!, rig.fake.addImage({ id: 'imageBB', description: 'new' }), ...others],
    });
    await save('album:album01');
    expect(script('album01')).toBe('{"0": "imageAA", "1": "imageBB", "2": "1234567", "3": "imageCC"}');
    expect(descriptions('album01')).toBe('{"imageAA": "first", "imageBB": "new", "1234567": null, "imageCC": "third"}');
    expect(metadata('album01')).toContain('"n_media": 4');
    expect(archive.text(LOG)).toBe(`${before}\n${metadata('album01')}`);
  });

  test('by another title and other descriptions tells the new ones', async () => {
    await saveAlbum();
    rig.fake.setAlbum('album01', { title: 'Another' });
    rig.fake.setImage('1234567', { description: 'second' });
    await save('album:album01');
    expect(descriptions('album01')).toBe('{"imageAA": "first", "1234567": "second", "imageCC": "third"}');
    expect(metadata('album01')).toContain('"title": "Another"');
    expect(archive.written.sort()).toEqual(['album01/descriptions_album01.json', 'album01/metadata_album01.json', LOG]);
  });

  test('by another order has the new one', async () => {
    await saveAlbum();
    rig.fake.setAlbum('album01', { images: (images) => images.toReversed() });
    await save('album:album01');
    expect(readScript(script('album01')!)).toEqual(['imageCC', '1234567', 'imageAA']);
    // The log says nothing that has changed.
    expect(archive.written).not.toContain(LOG);
  });

  test('by losing an image keeps its file and its records, behind those that are there', async () => {
    await saveAlbum();
    rig.fake.setAlbum('album01', { images: (images) => images.slice(1) });
    await save('album:album01');
    expect(archive.paths).toContain('album01/imageAA.jpg');
    expect(script('album01')).toBe('{"0": "1234567", "1": "imageCC", "2": "imageAA"}');
    expect(descriptions('album01')).toBe('{"1234567": null, "imageCC": "third", "imageAA": "first"}');
    expect(metadata('album01')).toContain('"n_media": 2');
    archive.written.length = 0;
    await save('album:album01');
    expect(archive.written).toEqual([]);
  });

  test('and back again has two lines more in the log: the last one counts', async () => {
    await saveAlbum();
    rig.fake.setAlbum('album01', { title: 'Another' });
    await save('album:album01');
    rig.fake.setAlbum('album01', { title: 'T' });
    await save('album:album01');
    const titles = readObjects(archive.text(LOG)!).objects.map((object) => object.get('title'));
    expect(titles).toEqual(['T', 'Another', 'T']);
  });
});

describe('an album that holds an image twice', () => {
  test('has it twice in its order, once in its descriptions, and counts both', async () => {
    const [one, two] = [rig.fake.addImage({ id: 'imageAA' }), rig.fake.addImage({ id: 'imageBB' })];
    rig.fake.addAlbum({ id: 'album01', images: [one, two, one] });
    await save('album:album01');
    expect(script('album01')).toBe('{"0": "imageAA", "1": "imageBB", "2": "imageAA"}');
    expect(descriptions('album01')).toBe('{"imageAA": null, "imageBB": null}');
    expect(metadata('album01')).toContain('"n_media": 3');
    archive.written.length = 0;
    await save('album:album01');
    expect(archive.written).toEqual([]);
  });
});

describe('an album that is not all there', () => {
  test('because an image was removed though it is listed has its documents, and no line in the log', async () => {
    rig.fake.addAlbum({ id: 'album01', images: [{ id: 'imageAA' }, { id: 'imageBB', removed: true }] });
    expect(await save('album:album01')).toBe(1);
    expect(archive.paths).toEqual([
      'album01/descriptions_album01.json',
      'album01/imageAA.jpg',
      'album01/metadata_album01.json',
      'album01/script_album01.json',
    ]);
    expect(readScript(script('album01')!)).toEqual(['imageAA', 'imageBB']);
  });

  test('because a part was asked for has no line either', async () => {
    rig.fake.addAlbum({ id: 'album01', images: 2 });
    await save('album:album01', { whole: false });
    expect(archive.text(LOG)).toBeUndefined();
    await save('album:album01');
    expect(archive.text(LOG)).toBe(`\n${metadata('album01')}`);
  });

  test('because nothing of it is there has no documents', async () => {
    rig.fake.addAlbum({ id: 'album01', images: [{ removed: true }] });
    await save('album:album01');
    expect(archive.paths).toEqual([]);
  });
});

describe('what old runs and people left', () => {
  const put = (path: string, text: string) => archive.files.set(path, Buffer.from(text, 'utf8'));
  const DESCRIPTIONS = 'album01/descriptions_album01.json';
  const SCRIPT = 'album01/script_album01.json';

  beforeEach(async () => {
    await saveAlbum();
  });

  test('a description for each run becomes one: the last that knows a medium counts, and none is lost', async () => {
    const right = descriptions('album01')!;
    put(DESCRIPTIONS, `{"goneAAA": "kept", "goneBBB": "old"}{"goneBBB": "new", "imageAA": "x"}${right}`);
    await save('album:album01');
    expect(descriptions('album01')).toBe(`${right.slice(0, -1)}, "goneAAA": "kept", "goneBBB": "new"}`);
    put(DESCRIPTIONS, `${right}${right}`);
    await save('album:album01');
    expect(descriptions('album01')).toBe(right);
  });

  test.each([
    ['half of it', (text: string) => text.slice(0, 20)],
    ['half of a second one', (text: string) => `${text}${text.slice(0, 20)}`],
    ['nothing', () => ''],
    ['no JSON at all', () => 'see below'],
    ['zeros', () => '\0'.repeat(50)],
  ])('a document of which there is %s is written anew', async (_what, spoil) => {
    for (const path of [DESCRIPTIONS, SCRIPT]) {
      const right = archive.text(path)!;
      put(path, spoil(right));
      await save('album:album01');
      expect(archive.text(path)).toBe(right);
    }
  });

  test('documents that a person has indented anew are left as they are while they say the same', async () => {
    for (const path of [DESCRIPTIONS, SCRIPT]) {
      const pretty = archive.text(path)!.replaceAll(', ', ',\n    ').replace('{', '{\n    ').replace('}', '\n}\n');
      put(path, pretty);
      await save('album:album01');
      expect(archive.text(path)).toBe(pretty);
    }
  });

  test('a log that a person has indented anew, with doubled lines and blank ones, is read and gets no other', async () => {
    const line = metadata('album01')!;
    const pretty = line.replaceAll(', ', ',\n  ').replace('{', '{\n  ').replace('}', '\n}');
    const other = line.replace('album01', 'album02');
    for (const log of [
      `\n${line}\n${line}\n\n`,
      `${pretty}\n${other}`,
      `\r\n${line}\r\n${other}`,
      `{"id": "al\n${line}`,
    ]) {
      put(LOG, log);
      await save('album:album01');
      expect(archive.text(LOG)).toBe(log);
    }
  });

  test('a log without this album, or with an older line behind the right one, gets one more', async () => {
    const line = metadata('album01')!;
    const other = line.replace('album01', 'album02');
    const older = line.replace('"n_media": 3', '"n_media": 2');
    for (const log of ['', `\n${other}`, `\n${line}\n${older}`, `\n${line.slice(0, 30)}`, 'my albums']) {
      put(LOG, log);
      await save('album:album01');
      expect(archive.text(LOG)).toBe(`${log}\n${line}`);
    }
  });

  test('an order with gaps, or in the wrong sequence, is read by its numbers', () => {
    expect(readScript('{"10": "c", "2": "b", "0": "a", "x": "z", "3": null}')).toEqual(['a', 'b', 'c']);
    expect(readScript('{"0": "old"}{"0": "new"}{}')).toEqual(['new']);
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
  archive.save('album01', [{ item, bytes: Buffer.alloc(1), mediaType: 'image/png' }]);
  expect(metadata('album01')).toBe(
    '{"id": "album01", "datetime": 16000000000000000001, "title": null, "description": null, "n_media": 1}',
  );
  expect(descriptions('album01')).toBe('{"a": ""}');
  expect(writeValue(readObjects(metadata('album01')!).objects[0]!)).toBe(metadata('album01'));
});

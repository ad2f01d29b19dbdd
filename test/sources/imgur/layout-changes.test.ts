import { beforeEach, describe, expect, test } from '@jest/globals';
import { readScript } from '../../../sources/imgur/archive-documents.js';
import { readObjects } from '../../../sources/imgur/archive-json.js';
import type { Answer } from '../../fakes/imgur/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { SavedAlbums } from './saved-albums.js';

const LOG = 'scraping_logs.json';

let albums: SavedAlbums;

const open = closedAfterEach(SavedAlbums.open, ({ rig }) => rig.shut());

beforeEach(async () => {
  albums = await open();
});

describe('an album that changed', () => {
  test('by growing has its new images in their places, and another line in the log', async () => {
    await albums.saveAlbum();
    const before = albums.archive.text(LOG);
    albums.rig.fake.setAlbum('album01', {
      images: ([one, ...others]) => [one!, albums.rig.fake.addImage({ id: 'imageBB', description: 'new' }), ...others],
    });
    await albums.save('album:album01');
    expect(albums.script('album01')).toBe('{"0": "imageAA", "1": "imageBB", "2": "1234567", "3": "imageCC"}');
    expect(albums.descriptions('album01')).toBe(
      '{"imageAA": "first", "imageBB": "new", "1234567": null, "imageCC": "third"}',
    );
    expect(albums.metadata('album01')).toContain('"n_media": 4');
    expect(albums.archive.text(LOG)).toBe(`${before}\n${albums.metadata('album01')}`);
  });

  test('by another title and other descriptions tells the new ones', async () => {
    await albums.saveAlbum();
    albums.rig.fake.setAlbum('album01', { title: 'Another' });
    albums.rig.fake.setImage('1234567', { description: 'second' });
    await albums.save('album:album01');
    expect(albums.descriptions('album01')).toBe('{"imageAA": "first", "1234567": "second", "imageCC": "third"}');
    expect(albums.metadata('album01')).toContain('"title": "Another"');
    expect(albums.archive.written.sort()).toEqual([
      'album01/descriptions_album01.json',
      'album01/metadata_album01.json',
      LOG,
    ]);
  });

  test('by another order has the new one', async () => {
    await albums.saveAlbum();
    albums.rig.fake.setAlbum('album01', { images: (images) => images.toReversed() });
    await albums.save('album:album01');
    expect(readScript(albums.script('album01')!)).toEqual(['imageCC', '1234567', 'imageAA']);
    // The log says nothing that has changed.
    expect(albums.archive.written).not.toContain(LOG);
  });

  test('by losing an image keeps its file and its records, behind those that are there', async () => {
    await albums.saveAlbum();
    albums.rig.fake.setAlbum('album01', { images: (images) => images.slice(1) });
    await albums.save('album:album01');
    expect(albums.archive.paths).toContain('album01/imageAA.jpg');
    expect(albums.script('album01')).toBe('{"0": "1234567", "1": "imageCC", "2": "imageAA"}');
    expect(albums.descriptions('album01')).toBe('{"1234567": null, "imageCC": "third", "imageAA": "first"}');
    expect(albums.metadata('album01')).toContain('"n_media": 2');
    albums.archive.written.length = 0;
    await albums.save('album:album01');
    expect(albums.archive.written).toEqual([]);
  });

  test('and back again has two lines more in the log: the last one counts', async () => {
    await albums.saveAlbum();
    albums.rig.fake.setAlbum('album01', { title: 'Another' });
    await albums.save('album:album01');
    albums.rig.fake.setAlbum('album01', { title: 'T' });
    await albums.save('album:album01');
    const titles = readObjects(albums.archive.text(LOG)!).objects.map((object) => object.get('title'));
    expect(titles).toEqual(['T', 'Another', 'T']);
  });
});

describe('an album that holds an image twice', () => {
  test('has it twice in its order, once in its descriptions, and counts both', async () => {
    const [one, two] = [albums.rig.fake.addImage({ id: 'imageAA' }), albums.rig.fake.addImage({ id: 'imageBB' })];
    albums.rig.fake.addAlbum({ id: 'album01', images: [one, two, one] });
    await albums.save('album:album01');
    expect(albums.script('album01')).toBe('{"0": "imageAA", "1": "imageBB", "2": "imageAA"}');
    expect(albums.descriptions('album01')).toBe('{"imageAA": null, "imageBB": null}');
    expect(albums.metadata('album01')).toContain('"n_media": 3');
    albums.archive.written.length = 0;
    await albums.save('album:album01');
    expect(albums.archive.written).toEqual([]);
  });
});

describe('an album that is not all there', () => {
  test('because an image was removed though it is listed has its documents, and no line in the log', async () => {
    albums.rig.fake.addAlbum({ id: 'album01', images: [{ id: 'imageAA' }, { id: 'imageBB', removed: true }] });
    expect(await albums.save('album:album01')).toBe(1);
    expect(albums.archive.paths).toEqual([
      'album01/descriptions_album01.json',
      'album01/imageAA.jpg',
      'album01/metadata_album01.json',
      'album01/script_album01.json',
    ]);
    expect(readScript(albums.script('album01')!)).toEqual(['imageAA', 'imageBB']);
  });

  test('because an image of it cannot be read has no line until it can, and counts it all the same', async () => {
    albums.rig.fake.addAlbum({ id: 'album01', images: [{ id: 'imageAA' }, { id: 'imageBB' }, { id: 'imageCC' }] });
    const change = (answer: Answer): Answer => {
      const envelope = JSON.parse(answer.body.toString('utf8'));
      envelope.data.images[1] = null;
      return { ...answer, body: Buffer.from(JSON.stringify(envelope)) };
    };
    albums.rig.fake.faults.inject({ what: { kind: 'changed', change } });
    expect(await albums.save('album:album01')).toBe(0);
    expect(albums.archive.text(LOG)).toBeUndefined();
    expect(readScript(albums.script('album01')!)).toEqual(['imageAA', 'imageCC']);
    expect(JSON.parse(albums.metadata('album01')!).n_media).toBe(3);
    await albums.save('album:album01');
    expect(albums.archive.text(LOG)).toBe(`\n${albums.metadata('album01')}`);
    expect(readScript(albums.script('album01')!)).toEqual(['imageAA', 'imageBB', 'imageCC']);
  });

  test('because a part was asked for has no line either', async () => {
    albums.rig.fake.addAlbum({ id: 'album01', images: 2 });
    await albums.save('album:album01', { whole: false });
    expect(albums.archive.text(LOG)).toBeUndefined();
    await albums.save('album:album01');
    expect(albums.archive.text(LOG)).toBe(`\n${albums.metadata('album01')}`);
  });

  test('because nothing of it is there has no documents', async () => {
    albums.rig.fake.addAlbum({ id: 'album01', images: [{ removed: true }] });
    await albums.save('album:album01');
    expect(albums.archive.paths).toEqual([]);
  });
});

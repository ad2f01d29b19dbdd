import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Document, Item } from '../../../src/plugin.js';
import type { Answer } from '../../fakes/imgur/index.js';
import { notFoundPage } from '../../fakes/imgur/troubles.js';
import { type ImgurRig, openImgurRig } from '../../support/imgur-rig.js';

let rig: ImgurRig;

beforeEach(async () => {
  rig = await openImgurRig();
});
afterEach(() => rig.shut());

async function only(reference: string) {
  const [first, ...more] = await rig.list(reference);
  expect(more).toEqual([]);
  return first!;
}

const albumDocument = (item: Item | undefined): Document => item!.documents!.find(({ kind }) => kind === 'album')!;

/** The API's answer with a change in its `data`. */
const changed = (change: (data: Record<string, unknown>) => unknown) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => {
    const envelope = JSON.parse(answer.body.toString('utf8'));
    return { ...answer, body: Buffer.from(JSON.stringify({ ...envelope, data: change(envelope.data) })) };
  },
});

describe('an album', () => {
  test('has all its images in display order, in one request, however many they are', async () => {
    const album = rig.fake.addAlbum({ images: 120 });
    const { task, items } = await only(`album:${album.id}`);
    expect(items.map(({ id }) => id)).toEqual(album.images.map(({ id }) => id));
    expect(items.map(({ index }) => index)).toEqual(album.images.map((_image, position) => position + 1));
    expect(task.count).toBe(120);
    expect(rig.asked()).toEqual([`/3/album/${album.id}`]);
  });

  test('keeps title, time and size of each image; its description stays in the record', async () => {
    const image = { title: 'Étape 1', description: 'first\nsecond', width: 30, height: 20, created: 1_600_000_001 };
    const album = rig.fake.addAlbum({ title: 'A trip', created: 1_600_000_000, images: [image] });
    const { task, items } = await only(`album:${album.id}`);
    expect(task).toMatchObject({ id: album.id, title: 'A trip', createdAt: new Date(1_600_000_000_000) });
    expect(items[0]).toMatchObject({
      source: 'imgur',
      taskId: album.id,
      title: 'Étape 1',
      mediaType: 'image/jpeg',
      size: album.images[0]!.files.size,
      createdAt: new Date(1_600_000_001_000),
      generation: { width: 30, height: 20 },
    });
    expect(items[0]!.generation.prompt).toBeUndefined();
    expect(JSON.parse(items[0]!.raw.json).image.description).toBe('first\nsecond');
    expect(JSON.parse(items[0]!.raw.json).album).not.toHaveProperty('images');
  });

  test('without titles has none', async () => {
    const album = rig.fake.addAlbum({ images: [{ title: null }, { title: '' }] });
    const { task, items } = await only(`album:${album.id}`);
    expect([task, ...items].every((entry) => !('title' in entry))).toBe(true);
  });

  test('that holds an image twice has it once, at its first place; the order is whole in the document', async () => {
    const [one, two, three] = [rig.fake.addImage(), rig.fake.addImage(), rig.fake.addImage()];
    const album = rig.fake.addAlbum({ images: [one, two, one, three, two] });
    const { task, items } = await only(`album:${album.id}`);
    expect(items.map(({ id, index }) => [id, index])).toEqual([
      [one.id, 1],
      [two.id, 2],
      [three.id, 3],
    ]);
    expect(task.count).toBe(3);
    const { images } = JSON.parse(albumDocument(items[0]).json);
    expect(images.map(({ id }: { id: string }) => id)).toEqual([one.id, two.id, one.id, three.id, two.id]);
  });

  test('gives all its items the very same document, with every number as it was written', async () => {
    const album = rig.fake.addAlbum({ images: 3 });
    const { items } = await only(`album:${album.id}`);
    const document = albumDocument(items[0]);
    expect(items.every((item) => albumDocument(item) === document)).toBe(true);
    expect(document.id).toBe(album.id);
    expect(document.json).toContain('"nsfw_score":0.10');
    const bandwidth = JSON.parse(document.json).images[0].bandwidth;
    expect(bandwidth).toBeGreaterThan(2 ** 32);
  });

  test('without images has no items', async () => {
    const album = rig.fake.addAlbum();
    const { task, items } = await only(`album:${album.id}`);
    expect([task.count, items]).toEqual([0, []]);
    expect(rig.asked()).toHaveLength(1);
  });

  test('whose record came without its images is asked for them', async () => {
    const album = rig.fake.addAlbum({ images: 4 });
    rig.fake.faults.inject({ what: changed(({ images: _images, ...record }) => record) });
    const { items } = await only(`album:${album.id}`);
    expect(items.map(({ id }) => id)).toEqual(album.images.map(({ id }) => id));
    expect(rig.asked()).toEqual([`/3/album/${album.id}`, `/3/album/${album.id}/images`]);
    expect(JSON.parse(albumDocument(items[0]).json).images).toHaveLength(4);
  });

  test('whose record came with a part of its images is asked for all', async () => {
    const album = rig.fake.addAlbum({ images: 12 });
    const cut = changed((data) => ({ ...data, images: (data.images as unknown[]).slice(0, 10) }));
    rig.fake.faults.inject({ what: cut });
    expect((await only(`album:${album.id}`)).items).toHaveLength(12);
    expect(rig.warnings).toEqual([]);
  });

  test('that counts more images than there are says so', async () => {
    const album = rig.fake.addAlbum({ images: 2 });
    rig.fake.faults.inject({ what: changed((data) => ({ ...data, images_count: 5 })) });
    expect((await only(`album:${album.id}`)).items).toHaveLength(2);
    expect(rig.warnings).toEqual([`the album ${album.id} says that it has 5 images, and lists 2`]);
  });

  test.each([
    ['null', () => null],
    ['an image without an id', ({ id: _id, ...image }: Record<string, unknown>) => image],
  ])('of which %s is in the place of an image has all others, says so, and keeps the place', async (_what, odd) => {
    const album = rig.fake.addAlbum({ images: 3 });
    const spoil = changed((data) => {
      const images = data.images as Record<string, unknown>[];
      return { ...data, images: images.with(1, odd(images[1]!) as Record<string, unknown>) };
    });
    rig.fake.faults.inject({ what: spoil });
    const { task, items } = await only(`album:${album.id}`);
    const [one, , three] = album.images;
    expect(items.map(({ id, index }) => [id, index])).toEqual([
      [one!.id, 1],
      [three!.id, 2],
    ]);
    expect(task.count).toBe(2);
    expect(rig.warnings).toEqual([`the album ${album.id}: images that cannot be read are left out (1)`]);
    const { images } = JSON.parse(albumDocument(items[0]).json);
    expect(images).toEqual([
      expect.objectContaining({ id: one!.id }),
      null,
      expect.objectContaining({ id: three!.id }),
    ]);
    expect(rig.asked()).toHaveLength(1);
  });

  test('of which no image can be read is a bad answer', async () => {
    const album = rig.fake.addAlbum({ images: 2 });
    rig.fake.faults.inject({ what: changed((data) => ({ ...data, images: [null, {}] })) });
    await expect(only(`album:${album.id}`)).rejects.toMatchObject({ code: 'E_BAD_ANSWER' });
  });

  test('of the owner is kept without what lets its holder delete it', async () => {
    await rig.shut();
    rig = await openImgurRig({ credential: 'c'.repeat(40), accessToken: 'c'.repeat(40) });
    const account = rig.fake.oauth.account.username;
    const album = rig.fake.addAlbum({ account, images: [{ account, name: 'IMG_1' }] });
    const { task, items } = await only(`album:${album.id}`);
    const kept = JSON.stringify([task.raw, items]);
    expect(kept).toContain('IMG_1');
    expect(kept).not.toContain('xyz42');
    expect(JSON.parse(items[0]!.raw.json).image.deletehash).toBe('?…');
    expect(items[0]!.raw.redacted).toEqual(['album.deletehash', 'image.deletehash']);
    expect(task.raw!.redacted).toEqual(['deletehash']);
  });
});

describe('an image by itself', () => {
  test('is a task of one', async () => {
    const image = rig.fake.addImage({ title: 'A cat', created: 1_600_000_000 });
    const { task, items } = await only(`image:${image.id}`);
    expect(task).toMatchObject({ id: image.id, title: 'A cat', count: 1, createdAt: new Date(1_600_000_000_000) });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ id: image.id, taskId: image.id, index: 1 });
    expect(Object.keys(JSON.parse(items[0]!.raw.json))).toEqual(['image']);
    expect(rig.asked()).toEqual([`/3/image/${image.id}`]);
  });

  test('several of them are tasks of their own; one that is gone is told behind the others', async () => {
    const [one, two] = [rig.fake.addImage(), rig.fake.addImage()];
    const found: string[] = [];
    const work = (async () => {
      for await (const task of rig.source.open(`image:${one.id},0000000,${two.id}`, {})) found.push(task.id);
    })();
    await expect(work).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: expect.stringContaining('Unable to find an image with the id, 0000000'),
    });
    expect(found).toEqual([one.id, two.id]);
  });

  test('that could be a thumbnail is the image of which it is one', async () => {
    const image = rig.fake.addImage({ id: 'c0VeR11' });
    expect((await only('thumbnail:c0VeR11h')).task.id).toBe(image.id);
    expect(rig.asked()).toEqual(['/3/image/c0VeR11']);
  });

  test('whose id only ends like a thumbnail is found by its whole id', async () => {
    const image = rig.fake.addImage({ id: 'c0VeR11h' });
    expect((await only('thumbnail:c0VeR11h')).task.id).toBe(image.id);
    expect(rig.asked()).toEqual(['/3/image/c0VeR11', '/3/image/c0VeR11h']);
  });

  test('that is neither is explained', async () => {
    await expect(rig.list('thumbnail:c0VeR11h')).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: 'c0VeR11h is no image that Imgur shows, nor is c0VeR11, of which it could be a thumbnail',
    });
  });
});

describe.each(['any', 'gallery'])('an id that may be either (%s)', (kind) => {
  test('is an album where there is one', async () => {
    const album = rig.fake.addAlbum({ images: 1 });
    expect((await only(`${kind}:${album.id}`)).task.id).toBe(album.id);
    expect(rig.asked()).toEqual([`/3/album/${album.id}`]);
  });

  test('is an image otherwise', async () => {
    const image = rig.fake.addImage({ gallery: {} });
    expect((await only(`${kind}:${image.id}`)).items.map(({ id }) => id)).toEqual([image.id]);
    expect(rig.asked()).toEqual([`/3/album/${image.id}`, `/3/image/${image.id}`]);
  });

  test('is an image where a missing album is told by a page', async () => {
    const image = rig.fake.addImage();
    rig.fake.faults.inject({ what: notFoundPage() });
    expect((await only(`${kind}:${image.id}`)).task.id).toBe(image.id);
  });

  test('that is neither is explained', async () => {
    await expect(rig.list(`${kind}:0000000`)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'imgur',
      message: '0000000 is neither an album nor an image that Imgur shows',
      hint: expect.stringContaining('capital and small letters differ'),
    });
  });
});

describe('what is not there', () => {
  test('is told in the words of the service', async () => {
    await expect(rig.list('album:0000000')).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: expect.stringContaining('Unable to find an album with the id, 0000000.'),
    });
  });

  test('is told under a page of HTML too, and is not asked for again', async () => {
    rig.fake.faults.inject({ what: notFoundPage() });
    await expect(rig.list('album:0000000')).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'imgur' });
    expect(rig.asked()).toHaveLength(1);
  });
});

test.each(['list:user/somebody', 'list:subreddit/pics', 'list:gallery'])(
  'a list (%s) is refused with what to do instead, and nothing is asked',
  async (reference) => {
    await expect(rig.list(reference)).rejects.toMatchObject({
      code: 'E_USAGE',
      plugin: 'imgur',
      message: expect.stringContaining(reference.slice('list:'.length)),
      hint: expect.stringContaining('--all'),
    });
    expect(rig.asked()).toEqual([]);
  },
);

test('an answer that is none is a bad one', async () => {
  const album = rig.fake.addAlbum({ images: 1 });
  for (const data of [null, true, [], 'favorited', { id: 5 }, { ...album, id: '../x' }, { id: 'x', images: {} }]) {
    rig.fake.faults.inject({ what: changed(() => data) });
    await expect(rig.list(`album:${album.id}`)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'imgur' });
    rig.fake.faults.clear();
  }
});

test('an abort ends the wait for an album and leaves nothing running', async () => {
  const album = rig.fake.addAlbum({ images: 1 });
  rig.fake.faults.inject({ what: { kind: 'stall', when: 'during' } });
  const controller = new AbortController();
  const next = rig.source.open(`album:${album.id}`, { signal: controller.signal })[Symbol.asyncIterator]().next();
  while (rig.running() === 0) await new Promise(setImmediate);
  controller.abort();
  await expect(next).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  while (rig.running() > 0) await new Promise(setImmediate);
});

test('the Client-ID goes to the API with its own word, and to nobody else', async () => {
  const album = rig.fake.addAlbum({ images: 2 });
  await only(`album:${album.id}`);
  expect(rig.fake.requests[0]!.headers.authorization).toBe(`Client-ID ${rig.fake.oauth.clientId}`);
  expect(rig.fake.leaks()).toEqual([]);
});

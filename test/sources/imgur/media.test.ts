import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Item, Located, OptionValues } from '../../../src/plugin.js';
import type { FakeImage, NewImage } from '../../fakes/imgur/index.js';
import { sha256, sha256Of } from '../../support/digests.js';
import { type ImgurRig, openImgurRig } from '../../support/imgur-rig.js';

let rig: ImgurRig;

async function open(options: OptionValues = {}, mediaOrigin?: string): Promise<void> {
  await rig?.shut();
  rig = await openImgurRig({ options, ...(mediaOrigin === undefined ? {} : { mediaOrigin }) });
}

beforeEach(() => open());
afterEach(() => rig.shut());

/** The only item of an album of one. */
async function listOne(image: NewImage | FakeImage): Promise<{ item: Item; image: FakeImage }> {
  const album = rig.fake.addAlbum({ images: [image] });
  const [listed] = await rig.list(`album:${album.id}`);
  return { item: listed!.items[0]!, image: album.images[0]! };
}

async function urlOf(item: Located): Promise<URL> {
  const location = await rig.source.locate(item, { renew: false });
  if (location.kind !== 'request') throw new Error('there is a link');
  return new URL(location.url);
}

describe('the original bytes', () => {
  test.each([
    ['JPEG', { format: 'jpeg' }, 'image/jpeg'],
    ['JPEG that is linked as .jpeg', { format: 'jpeg', ext: 'jpeg' }, 'image/jpeg'],
    ['PNG', { format: 'png' }, 'image/png'],
    ['moving PNG', { format: 'apng' }, 'image/png'],
    ['WebP', { format: 'webp' }, 'image/webp'],
    ['moving WebP', { format: 'webp', animated: true }, 'image/webp'],
    ['MP4', { format: 'mp4', hasSound: true }, 'video/mp4'],
    ['GIF that does not move', { format: 'gif', animated: false }, 'image/gif'],
  ] as const)('of a %s are fetched whole', async (_what, made, mediaType) => {
    const { item, image } = await listOne(made);
    expect(item).toMatchObject({ mediaType, size: image.files.size });
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.original!));
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('come without asking the API again, with nothing but what the host bears', async () => {
    const { item } = await listOne({});
    await rig.fetchBytes(item);
    expect(rig.asked()).toHaveLength(1);
    const { headers } = rig.fake.requests.at(-1)!;
    expect(headers).toMatchObject({ accept: '*/*', 'accept-encoding': 'identity' });
    expect([headers.referer, headers.authorization, headers.cookie]).toEqual([undefined, undefined, undefined]);
  });

  test('of a link with a query come from the file itself', async () => {
    const { item, image } = await listOne({ linkQuery: '1' });
    expect((await urlOf(item)).search).toBe('');
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.original!));
  });

  test('of links that are not https any more are asked for over https', async () => {
    await open({}, 'https://i.imgur.com');
    const { item, image } = await listOne({ plainLinks: true, linkQuery: '1' });
    expect((await urlOf(item)).href).toBe(`https://i.imgur.com/${image.id}.jpg`);
  });
});

describe('a GIF that moves', () => {
  test('is fetched as its MP4 form where nothing is said', async () => {
    const { item, image } = await listOne({ format: 'gif' });
    expect(item).toMatchObject({ mediaType: 'video/mp4', size: image.files.video!.length });
    expect(item.companions).toBeUndefined();
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.video!));
  });

  test('whose MP4 form is not told is fetched as it is', async () => {
    const { item, image } = await listOne({ format: 'gif', mp4: 'missing' });
    expect(item).toMatchObject({ mediaType: 'image/gif', size: image.files.size });
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.original!));
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['', {}],
    [', of which the service says no more than its size of 0,', { processing: undefined }],
  ])('whose MP4 form is still being made%s is fetched as it is', async (_what, extra) => {
    const { item, image } = await listOne({ format: 'gif', mp4: 'pending', extra });
    expect(item).toMatchObject({ mediaType: 'image/gif', size: image.files.size });
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.original!));
  });

  test('whose MP4 form has no size yet is fetched as that, of whatever size', async () => {
    const extra = { mp4_size: 0, processing: { status: 'completed' } };
    const { item, image } = await listOne({ format: 'gif', extra });
    expect(item.mediaType).toBe('video/mp4');
    expect(item).not.toHaveProperty('size');
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.video!));
  });

  test('is fetched as it is with --animated original', async () => {
    await open({ animated: 'original' });
    const { item, image } = await listOne({ format: 'gif' });
    expect(item).toMatchObject({ mediaType: 'image/gif', size: image.files.size });
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.original!));
  });

  test('of more than 20 MB is fetched whole, and not as the smaller copy that its link names', async () => {
    await open({ animated: 'original' });
    const size = 21 * 1024 * 1024;
    const { item, image } = await listOne({ format: 'gif', size });
    expect(JSON.parse(item.raw.json).image.link).toMatch(new RegExp(`/${image.id}h\\.gif$`, 'u'));
    expect((await urlOf(item)).pathname).toBe(`/${image.id}.gif`);
    expect((await rig.fetchBytes(item)).bytes.size).toBe(size);
  });

  test('whose own id ends with the letter of the smaller copy keeps it', async () => {
    await open({ animated: 'original' });
    const { item } = await listOne({ format: 'gif', id: 'c0VeR1h' });
    expect((await urlOf(item)).pathname).toBe('/c0VeR1h.gif');
  });

  test('is fetched in both forms with --animated both', async () => {
    await open({ animated: 'both' });
    const { item, image } = await listOne({ format: 'gif' });
    expect(item).toMatchObject({ mediaType: 'image/gif', size: image.files.size });
    expect(item.companions).toEqual([{ id: `${image.id}-video`, role: 'video', taskId: item.taskId }]);
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.original!));
    expect(sha256Of(await rig.fetchBytes(item.companions![0]!))).toBe(sha256(image.files.video!));
  });

  test.each(['missing', 'pending'] as const)(
    'with --animated both has no companion where its MP4 form is %s',
    async (mp4) => {
      await open({ animated: 'both' });
      const { item } = await listOne({ format: 'gif', mp4 });
      expect(item.companions).toBeUndefined();
    },
  );

  test('that was listed as one form is fetched as that, whatever the option says by now', async () => {
    const { item, image } = await listOne({ format: 'gif' });
    await open({ animated: 'original' });
    const again = rig.fake.addImage({ id: image.id, format: 'gif' });
    rig.fake.addAlbum({ id: item.taskId, images: [again] });
    const location = await rig.source.locate(item, { renew: false });
    expect(location).toMatchObject({ url: expect.stringMatching(/\.mp4$/u) });
    const { mediaType: _unsaid, ...located } = item;
    expect(await rig.source.locate(located, { renew: false })).toMatchObject({ url: expect.stringMatching(/\.gif$/u) });
  });
});

test('another word than these for --animated is a usage error', async () => {
  await expect(openImgurRig({ options: { animated: 'webm' } })).rejects.toMatchObject({ code: 'E_USAGE' });
});

describe('what stands in for a file', () => {
  const cases: readonly (readonly [string, NewImage])[] = [
    ['a picture', {}],
    ['a picture of unknown size', { extra: { size: 0 } }],
    ['a PNG', { format: 'png' }],
    ['a GIF', { format: 'gif' }],
    ['a video of unknown size', { format: 'mp4', extra: { size: 0, mp4_size: 0 } }],
  ];

  test.each(cases)('%s that was removed is E_NOT_FOUND, and its placeholder is not kept', async (_what, image) => {
    const { item } = await listOne({ ...image, removed: true });
    await expect(rig.fetchBytes(item)).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'imgur' });
  });

  test('a removed image that happens to have the size of the placeholder is found out by its address', async () => {
    const { item } = await listOne({ format: 'png', size: 503, removed: true });
    expect(item.size).toBe(503);
    await expect(rig.fetchBytes(item)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('an image of just that size is none', async () => {
    const { item, image } = await listOne({ format: 'png', size: 503 });
    expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(image.files.original!));
  });

  test('the placeholder of a region is no picture of the declared size', async () => {
    const { item } = await listOne({ format: 'png' });
    rig.fake.regionBlocked = true;
    await expect(rig.fetchBytes(item)).rejects.toMatchObject({ code: 'E_FORMAT', plugin: 'imgur' });
  });

  test.each<[string, NewImage]>([
    ['a picture', { extra: { size: 0 } }],
    ['a video', { format: 'mp4', extra: { size: 0, mp4_size: 0 } }],
    ['the video of a GIF', { format: 'gif', extra: { mp4_size: 0 } }],
  ])('the placeholder of a region is none of another kind where the size of %s is not known', async (_what, image) => {
    const { item } = await listOne(image);
    rig.fake.regionBlocked = true;
    await expect(rig.fetchBytes(item)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      hint: expect.stringContaining('may not be seen from here'),
    });
  });
});

describe('locating', () => {
  test('an item of an earlier run asks for its album once, however many items there are', async () => {
    const album = rig.fake.addAlbum({ images: 5 });
    const located = album.images.map(({ id }) => ({ id, taskId: album.id }));
    await Promise.all(located.map((item) => rig.source.locate(item, { renew: false })));
    expect(rig.asked()).toEqual([`/3/album/${album.id}`]);
  });

  test('an image by itself asks for it alone', async () => {
    const { id } = rig.fake.addImage();
    await rig.source.locate({ id, taskId: id }, { renew: false });
    expect(rig.asked()).toEqual([`/3/image/${id}`]);
  });

  test('an image that its album has lost finds it by itself', async () => {
    const album = rig.fake.addAlbum({ images: 2 });
    const lost = album.images[0]!;
    rig.fake.setAlbum(album.id, { images: (images) => images.slice(1) });
    const url = await urlOf({ id: lost.id, taskId: album.id });
    expect(url.pathname).toBe(`/${lost.id}.jpg`);
    expect(rig.asked()).toEqual([`/3/album/${album.id}`, `/3/image/${lost.id}`]);
  });

  test('an image of an album that is gone finds it by itself', async () => {
    const album = rig.fake.addAlbum({ images: 1 });
    rig.fake.removeAlbum(album.id);
    expect((await urlOf({ id: album.images[0]!.id, taskId: album.id })).pathname).toMatch(/\.jpg$/u);
  });

  test('the video of an image by itself', async () => {
    await open({ animated: 'both' });
    const image = rig.fake.addImage({ format: 'gif' });
    const url = await urlOf({ id: `${image.id}-video`, taskId: image.id });
    expect(url.pathname).toBe(`/${image.id}.mp4`);
    expect(rig.asked()).toEqual([`/3/image/${image.id}`]);
  });

  test('an image without a link is a bad answer that says so', async () => {
    for (const link of ['', 'javascript:alert(1)', 'file:///etc/passwd', 'https://', 7]) {
      const { item } = await listOne({ extra: { link } });
      const work = rig.source.locate(item, { renew: false });
      await expect(work).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'imgur' });
    }
  });
});

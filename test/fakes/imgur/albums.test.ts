import { describe, expect, test } from '@jest/globals';
import type { NewImage } from './index.js';
import { ids, json, type Loose, START, useFakeImgur } from './session.js';

const session = useFakeImgur();
const { api, bearer, client, data, post } = session;

describe('an album', () => {
  test('is told in other words by the two APIs', async () => {
    const images: NewImage[] = [{ id: 'c0VeR11', description: 'first step', format: 'jpeg', ext: 'jpeg' }];
    session.fake.addAlbum({ id: 'aB3dE5f', title: 'Trip', images });
    const second = Math.floor(START / 1000);
    expect(await data('/3/album/aB3dE5f')).toMatchObject({
      title: 'Trip',
      description: null,
      datetime: second,
      cover: 'c0VeR11',
      account_id: null,
      privacy: 'hidden',
      nsfw: null,
      link: 'https://imgur.com/a/aB3dE5f',
      images_count: 1,
      images: [{ id: 'c0VeR11', title: null, description: 'first step', type: 'image/jpeg', edited: '0' }],
    });
    expect(await post('/albums/aB3dE5f?include=media,tags,account')).toMatchObject({
      title: 'Trip',
      description: '',
      created_at: '2021-12-01T12:00:00Z',
      cover_id: 'c0VeR11',
      account_id: 0,
      privacy: 'private',
      is_mature: false,
      url: 'https://imgur.com/a/aB3dE5f',
      image_count: 1,
      tags: [],
      media: [
        {
          mime_type: 'image/jpeg',
          type: 'image',
          ext: 'jpeg',
          url: `${session.mediaOrigin}/c0VeR11.jpeg`,
          metadata: { title: '', description: 'first step', is_animated: false },
        },
      ],
    });
  });

  test('without images has an empty list in the older API and none in the newer', async () => {
    const { id } = session.fake.addAlbum();
    expect(await data(`/3/album/${id}`)).toMatchObject({ images: [], images_count: 0, cover: null });
    expect(await post(`/albums/${id}?include=media`)).not.toHaveProperty('media');
  });

  test.each([1, 51, 130])('of %d images comes in one answer, in order', async (count) => {
    const { id, images } = session.fake.addAlbum({ images: count });
    const shown = ids(images);
    expect(new Set(shown).size).toBe(count);
    expect(ids((await data(`/3/album/${id}`)).images)).toEqual(shown);
    expect(ids(await data(`/3/album/${id}/images`))).toEqual(shown);
    expect(ids((await post(`/albums/${id}?include=media`)).media)).toEqual(shown);
  });

  test('may hold one image twice', async () => {
    const image = session.fake.addImage();
    const { id } = session.fake.addAlbum({ images: [image, {}, image] });
    const shown = ids((await data(`/3/album/${id}`)).images);
    expect(shown).toEqual([image.id, expect.not.stringMatching(image.id), image.id]);
  });

  test('tells its media only to those who ask', async () => {
    const { id } = session.fake.addAlbum({ images: 2 });
    expect(await post(`/albums/${id}`)).not.toHaveProperty('media');
    expect(await post(`/albums/${id}`)).toMatchObject({ image_count: 2 });
  });

  test('keeps every character of its texts, and an empty text apart from none', async () => {
    const description = 'Grandmother’s recipe:\n\téclairs\r\n🧁 \u202egpj';
    const images = [{ description }, { description: '' }, { description: null }];
    const { id } = session.fake.addAlbum({ description, images });
    const album = await data(`/3/album/${id}`);
    const texts = (list: Loose[]) => list.map((image) => image.description ?? image.metadata?.description);
    expect(album.description).toBe(description);
    expect(texts(album.images)).toEqual([description, '', undefined]);
    expect(texts((await post(`/albums/${id}?include=media`)).media)).toEqual([description, '', '']);
  });

  test('can grow, lose images and be described anew while it is asked for', async () => {
    const { id, images } = session.fake.addAlbum({ images: 3 });
    session.fake.setAlbum(id, { title: 'New', images: (old) => [...old.slice(1), {}] });
    const album = await data(`/3/album/${id}`);
    expect(album).toMatchObject({ title: 'New', images_count: 3 });
    expect(ids(album.images).slice(0, 2)).toEqual(ids(images.slice(1)));
    session.fake.setImage(images[1]!.id, { description: 'better' });
    session.fake.removeImage(images[2]!.id);
    const changed = (await data(`/3/album/${id}`)).images;
    expect(changed).toMatchObject([{ description: 'better' }, {}]);
    session.fake.removeAlbum(id);
    expect((await api(`/3/album/${id}`)).status).toBe(404);
  });

  test('carries fields and numbers that JavaScript cannot hold', async () => {
    const { id } = session.fake.addAlbum({ images: 1, extra: { new_field: ['x'] } });
    const text = (await api(`/3/album/${id}`)).body.toString('utf8');
    for (const raw of ['"nsfw_score":0.10', '"safe_flags":', '"safeFlags":', '"new_field":["x"]']) {
      expect(text).toContain(raw);
    }
    expect(json(await api(`/3/album/${id}`)).data.images[0].bandwidth).toBeGreaterThan(2 ** 32);
  });

  test('lets its owner alone delete it', async () => {
    const { id } = session.fake.addAlbum({ account: 'someone', images: 1 });
    expect(await data(`/3/album/${id}`, client())).not.toHaveProperty('deletehash');
    const { deletehash, images } = await data(`/3/album/${id}`, bearer());
    expect([deletehash, images[0].deletehash]).toEqual([expect.any(String), expect.any(String)]);
  });

  test('and its images answer with `.json` behind the address, and one by one', async () => {
    const { id, images } = session.fake.addAlbum({ images: 2 });
    expect((await data(`/3/album/${id}.json`)).id).toBe(id);
    expect((await data(`/3/album/${id}/image/${images[1]!.id}`)).id).toBe(images[1]!.id);
    expect((await data(`/3/image/${images[1]!.id}`)).id).toBe(images[1]!.id);
    const other = session.fake.addImage();
    expect((await api(`/3/album/${id}/image/${other.id}`)).status).toBe(404);
  });
});

describe('what is missing', () => {
  test.each([
    ['/3/album/nOtHeRe', 'Unable to find an album with the id, nOtHeRe.'],
    ['/3/image/nOtHeRe', 'Unable to find an image with the id, nOtHeRe'],
  ])('%s is a 404 that names it', async (path, error) => {
    const answer = await api(path);
    expect(answer.status).toBe(404);
    expect(json(answer)).toEqual({ data: { error, request: path, method: 'GET' }, success: false, status: 404 });
  });

  test('is told in a list of errors by the newer API, which knows no image as an album', async () => {
    const { id } = session.fake.addImage();
    const answer = await api(`/post/v1/albums/${id}`);
    expect([answer.status, json(answer).errors[0].code]).toEqual([404, '404']);
    expect((await post(`/media/${id}?include=media`)).media).toMatchObject([{ id }]);
  });

  test('is an id in other letters, small for large', async () => {
    session.fake.addImage({ id: 'aB3dE5f' });
    expect((await api('/3/image/Ab3De5F')).status).toBe(404);
  });
});

describe('a post of the gallery', () => {
  test('is an album or a single image, and says which', async () => {
    const album = session.fake.addAlbum({ images: 2, gallery: { slug: 'two-red-ferns', ups: 30, tags: ['ferns'] } });
    const image = session.fake.addImage({ gallery: {} });
    expect(await data(`/3/gallery/${album.id}`)).toMatchObject({
      is_album: true,
      ups: 30,
      points: 28,
      in_gallery: true,
    });
    expect(await data(`/3/gallery/album/${album.id}`)).toMatchObject({ tags: [{ name: 'ferns' }] });
    expect(await data(`/3/gallery/${image.id}`)).toMatchObject({ is_album: false, comment_count: 3 });
    expect((await api(`/3/gallery/image/${album.id}`)).status).toBe(404);
    const url = `https://imgur.com/gallery/two-red-ferns-${album.id}`;
    expect(await post(`/posts/${album.id}?include=media`)).toMatchObject({ is_album: true, url });
    expect(await post(`/posts/${image.id}`)).toMatchObject({ is_album: false, image_count: 1 });
  });

  test('is nothing that was never made public', async () => {
    const { id } = session.fake.addAlbum();
    expect((await api(`/3/gallery/${id}`)).status).toBe(404);
    expect((await api(`/post/v1/posts/${id}`)).status).toBe(404);
  });
});

test('an answer that the client has is a 304 without a body', async () => {
  const { id } = session.fake.addAlbum({ images: 1 });
  const { headers } = await api(`/3/album/${id}`);
  expect(headers.etag).toMatch(/^W\/"[0-9a-f]{40}"$/u);
  const again = await api(`/3/album/${id}`, { ...client(), 'If-None-Match': headers.etag! });
  expect([again.status, again.body.length]).toEqual([304, 0]);
  session.fake.setAlbum(id, { title: 'other' });
  expect((await api(`/3/album/${id}`, { ...client(), 'If-None-Match': headers.etag! })).status).toBe(200);
});

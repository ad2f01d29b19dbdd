import { describe, expect, test } from '@jest/globals';
import { ids, useFakeImgur } from './session.js';

const session = useFakeImgur();
const { api, bearer, client, data } = session;

describe('the images of an account', () => {
  test('come in pages that are counted from 0, the newest first, until one is empty', async () => {
    const made = Array.from({ length: 120 }, () => session.fake.addImage({ account: 'someone' }));
    session.fake.addImage({ account: 'other' });
    const newest = ids(made).reverse();
    const page = async (path: string) => ids(await data(`/3/account/me/images${path}`, bearer()));
    expect(await page('')).toEqual(newest.slice(0, 50));
    expect(await page('/2')).toEqual(newest.slice(100));
    expect(await page('/3')).toEqual([]);
    expect(await page('?page=1&perPage=1000')).toEqual(newest.slice(100));
    expect(await data('/3/account/someone/images/count', bearer())).toBe(120);
  });

  test('are shown to their owner alone', async () => {
    session.fake.addImage({ account: 'someone', name: 'IMG_1' });
    expect((await api('/3/account/me/images', client())).status).toBe(401);
    expect((await api('/3/account/someone/images', client())).status).toBe(401);
    expect(await data('/3/account/someone/images', bearer())).toMatchObject([{ account_id: 12_345, name: 'IMG_1' }]);
  });
});

describe('the albums of an account', () => {
  test('are all of them for the owner and the public ones for others', async () => {
    const hidden = session.fake.addAlbum({ account: 'someone', images: 2 });
    const open = session.fake.addAlbum({ account: 'someone', privacy: 'public' });
    for (const [user, headers, expected] of [
      ['me', bearer(), [open.id, hidden.id]],
      ['someone', client(), [open.id]],
    ] as const) {
      const albums = await data(`/3/account/${user}/albums/0`, headers);
      expect(ids(albums)).toEqual(expected);
      expect(albums[0]).not.toHaveProperty('images');
      expect(await data(`/3/account/${user}/albums/ids`, headers)).toEqual(expected);
      expect(await data(`/3/account/${user}/albums/count`, headers)).toBe(expected.length);
    }
    expect(await data('/3/account/me/albums/1', bearer())).toEqual([]);
  });

  test('of nobody are a 404', async () => {
    expect((await api('/3/account/nobody/albums/ids')).status).toBe(404);
  });
});

test('a favourite is answered with a mere word', async () => {
  const { id } = session.fake.addImage();
  const answer = await api(`/3/image/${id}/favorite`, {}, { headers: bearer(), method: 'POST' });
  expect(answer.body.toString('utf8')).toBe('{"data":"favorited","success":true,"status":200}');
  expect(answer.headers).toMatchObject({ 'x-post-rate-limit-remaining': '1249', 'x-post-rate-limit-reset': '3600' });
});

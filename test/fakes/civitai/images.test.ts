import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { DAY, json, START, useFakeCivitai } from './session.js';

const session = useFakeCivitai();
const { site } = session;

interface Images {
  items: { id: number; url: string; meta: unknown; nsfwLevel: string; nsfw: boolean; tags?: object[] }[];
  metadata: { nextCursor?: string; nextPage?: string; currentPage?: number; pageSize?: number };
}

const images = async (query = '') => json<Images>(await site(`/api/v1/images${query}`));
const idsOf = ({ items }: Images) => items.map(({ id }) => id);

describe('the public list', () => {
  test('is 100 pictures a page, and the next page is an absolute link', async () => {
    const ids = session.fake.addImages(250).map(({ id }) => id);
    const seen: number[] = [];
    let path: string | undefined = '/api/v1/images?sort=Newest';
    for (let pages = 0; path !== undefined; pages += 1) {
      const { items, metadata }: Images = json(await site(path));
      seen.push(...items.map(({ id }) => id));
      expect(metadata.nextPage === undefined).toBe(pages === 2);
      path = metadata.nextPage?.slice(session.origins.siteOrigin.length);
    }
    expect(seen).toEqual(ids.toReversed());
  });

  test('keeps its pages where they were although a picture is new', async () => {
    const ids = session.fake.addImages(4).map(({ id }) => id);
    const first = await images('?limit=2&sort=Newest');
    session.fake.addImage({ created: START + 1_000 });
    const second = await images(`?limit=2&sort=Newest&cursor=${encodeURIComponent(first.metadata.nextCursor!)}`);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(ids.toReversed());
    expect(second.metadata).toEqual({});
  });

  test('has numbered pages down to the thousandth picture', async () => {
    session.fake.addImages(5);
    const { items, metadata } = await images('?limit=2&page=2');
    expect(items).toHaveLength(2);
    expect(metadata).toMatchObject({ currentPage: 2, pageSize: 2, nextPage: expect.stringContaining('page=3') });
    expect((await site('/api/v1/images?limit=100&page=10')).status).toBe(200);
    const answer = await site('/api/v1/images?limit=100&page=11');
    expect([answer.status, json(answer)]).toEqual([
      429,
      { error: "You've requested too many pages, please use cursors instead" },
    ]);
  });

  test('shows PG alone unless a level is asked for', async () => {
    for (const browsingLevel of [1, 2, 4, 8, 16, 32]) session.fake.addImage({ browsingLevel });
    const levels = async (query: string) => (await images(query)).items.map(({ nsfwLevel }) => nsfwLevel).sort();
    expect(await levels('')).toEqual(['None']);
    expect(await levels('?nsfw=Soft')).toEqual(['None', 'Soft']);
    expect(await levels('?nsfw=X')).toEqual(['Mature', 'None', 'Soft', 'X', 'X']);
    expect(await levels('?nsfw=true')).toEqual(['Blocked', 'Mature', 'X', 'X']);
    expect(await levels('?browsingLevel=31')).toHaveLength(5);
    await session.restartWith({ regionRestricted: true });
    for (const browsingLevel of [1, 2, 4]) session.fake.addImage({ browsingLevel });
    expect(await levels('?browsingLevel=31')).toEqual(['None', 'Soft']);
  });

  test('has the data of a picture only where it is asked for, wrapped twice where the database answers', async () => {
    const { id, meta } = session.fake.addImage({ prompt: 'a red kite' });
    const read = async (query: string) => (await images(query)).items[0]!.meta;
    expect(await read('')).toBeNull();
    expect(await read('?withMeta=true')).toMatchObject({ prompt: 'a red kite', 'Model hash': '879db523c3' });
    const nested = { id, meta: expect.objectContaining({ prompt: 'a red kite' }) };
    expect(await read(`?imageId=${id}&withMeta=true`)).toEqual(nested);
    expect(await read('?modelId=4201&withMeta=true')).toEqual(nested);
    expect(await read('?modelId=4201&modelVersionId=130072&withMeta=true')).toMatchObject({ prompt: 'a red kite' });
    expect(await read(`?imageId=${id}&withMeta=true&flatMeta=true`)).toMatchObject({ prompt: 'a red kite' });
    expect(Object.keys(meta!)).toContain('Clip skip');
    session.fake.addImage({ meta: null, created: START + 1 });
    expect(await read('?withMeta=true&sort=Newest')).toBeNull();
    expect((await images('?requiringMeta=true')).items).toHaveLength(1);
  });

  test('is filtered by post, user, kind, tag and period, and sorted', async () => {
    const post = session.fake.addImages(3, () => ({ postId: 77 })).map(({ id }) => id);
    const other = session.fake.addImage({
      username: 'Other',
      format: 'mp4',
      likes: 9,
      tags: [{ id: 1, name: 'sky' }],
    }).id;
    const old = session.fake.addImage({ created: START - 2 * DAY, comments: 4 }).id;
    expect(idsOf(await images('?postId=77&sort=Oldest'))).toEqual(post);
    expect(idsOf(await images('?username=other'))).toEqual([other]);
    expect(idsOf(await images('?type=video'))).toEqual([other]);
    expect((await images('?tags=1&withTags=true')).items).toMatchObject([
      { id: other, tags: [{ id: 1, name: 'sky' }] },
    ]);
    expect(idsOf(await images('?period=Day'))).not.toContain(old);
    expect(idsOf(await images('?limit=1'))).toEqual([other]);
    expect(idsOf(await images('?limit=1&sort=Most%20Comments'))).toEqual([old]);
    expect(idsOf(await images('?limit=1&sort=Oldest'))).toEqual([old]);
  });

  test('leaves out a picture that has a page', async () => {
    const { id, postId } = session.fake.addImage({ listed: false });
    expect(await images(`?imageId=${id}`)).toEqual({ items: [], metadata: {} });
    expect((await site(`/images/${id}`)).headers['content-type']).toContain('text/html');
    expect((await site(`/posts/${postId}`)).status).toBe(200);
    session.fake.removeImage(id);
    expect((await site(`/images/${id}`)).status).toBe(404);
    expect((await site('/posts/1')).status).toBe(404);
  });

  test.each(['limit=201', 'imageId=x', 'sort=Best', 'type=sound', 'nsfw=Very'])(
    'refuses %s in the words of its validator',
    async (query) => {
      const answer = await site(`/api/v1/images?${query}`);
      expect(answer.status).toBe(400);
      const { error } = json<{ error: { name: string; message: string } }>(answer);
      expect([error.name, JSON.parse(error.message)]).toMatchObject(['ZodError', [{ path: [query.split('=')[0]] }]]);
    },
  );

  test('is too busy on order, and says when to come back', async () => {
    session.fake.overloadSite(2);
    for (const status of [503, 503, 200]) expect((await site('/api/v1/images')).status).toBe(status);
    session.fake.overloadSite();
    const answer = await site('/api/v1/images');
    expect([answer.headers['retry-after'], answer.headers['cache-control']]).toEqual(['2', 'no-store']);
    expect(json(answer)).toEqual({ error: expect.stringContaining('overloaded') });
  });

  test('may be kept by caches for five minutes', async () => {
    expect((await site('/api/v1/images')).headers['cache-control']).toContain('s-maxage=300');
  });
});

describe('a published file', () => {
  test('is the original whatever its name says, and another in every other width', async () => {
    const { uuid, original } = session.fake.addImage({ format: 'png' });
    const { url } = (await images()).items[0]!;
    expect(url).toBe(`${session.origins.cdnOrigin}/xG1nkqKTMzGDvpLrqFT7WA/${uuid}/original=true/${uuid}.jpeg`);
    const { headers, body } = await exchange(url);
    expect([headers['content-type'], body.equals(original)]).toEqual(['image/png', true]);
    const small = await exchange(url.replace('original=true', 'width=450,optimized=true'));
    expect([small.headers['content-type'], small.body.equals(original)]).toEqual(['image/jpeg', false]);
    expect((await exchange(url.replace(uuid, 'other'))).status).toBe(404);
  });

  test('of a video ends with mp4', async () => {
    session.fake.addImage({ format: 'mp4' });
    const { url } = (await images()).items[0]!;
    expect(url).toMatch(/\.mp4$/u);
    expect((await exchange(url)).headers['content-type']).toBe('video/mp4');
  });

  test('needs no key, and one that comes is told of', async () => {
    session.fake.addImage();
    const { url } = (await images()).items[0]!;
    await exchange(url, { headers: session.bearer() });
    await site('/api/v1/images', session.bearer());
    expect(session.fake.leaks().map(({ host }) => host)).toEqual(['cdn']);
  });
});

test('the site says whose key it is', async () => {
  expect(json(await site('/api/v1/me', session.bearer()))).toMatchObject({ id: 1_234_567, username: 'fernwatcher' });
  const answer = await site('/api/v1/me');
  expect([answer.status, json(answer)]).toEqual([401, { error: 'Unauthorized' }]);
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer, FakePublicImage } from '../../fakes/civitai/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type CivitaiRig, openCivitaiRig } from '../../support/civitai-rig.js';
import { sha256, sha256Of } from '../../support/digests.js';

let rig: CivitaiRig;

// What is published is asked for without the key, and nothing of it at the orchestrator.
const open = closedAfterEach(openCivitaiRig, async (other) => {
  expect(other.asked()).toEqual([]);
  expect(other.fake.changes()).toEqual([]);
  for (const { headers } of other.fake.requests) expect(headers.authorization).toBeUndefined();
  await other.shut();
});

beforeEach(async () => {
  rig = await open();
});

const QUERY = 'limit=200&browsingLevel=31&withMeta=true&flatMeta=true';

/** The site's answer with a change in its images. */
const changed = (change: (image: Record<string, unknown>) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => {
    const page = JSON.parse(answer.body.toString('utf8'));
    return { ...answer, body: Buffer.from(JSON.stringify({ ...page, items: page.items.map(change) })) };
  },
});

/** Images of one post, newest last. */
const addPost = (count: number): FakePublicImage[] => rig.fake.addImages(count, () => ({ postId: 9_500_000 }));

describe('a published image', () => {
  test('has what its maker wrote of it, and its size', async () => {
    const made = rig.fake.addImage({ prompt: 'a kite', created: 1_790_000_000_000 });
    const { task, items } = await rig.list(`image-${made.id}`);
    expect(task).toMatchObject({ source: 'civitai', id: `image-${made.id}`, prompt: 'a kite', count: 1 });
    expect(task.createdAt).toEqual(new Date(1_790_000_000_000));
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({ id: String(made.id), taskId: task.id, index: 1, mediaType: 'image/jpeg' });
    expect(items[0]!.expiresAt).toBeUndefined();
    expect(items[0]!.generation).toEqual({
      prompt: 'a kite',
      negativePrompt: 'blurry',
      model: 'dreamshaper_8',
      seed: '9007199254740994',
      width: 512,
      height: 768,
      steps: 30,
      sampler: 'DPM++ 2M Karras',
      guidance: 7,
    });
    expect(items[0]!.raw.json).toContain('"cfgScale":7.0');
    expect(items[0]!.raw.redacted).toEqual([]);
    expect(rig.askedOfSite()).toEqual([`/api/v1/images?imageId=${made.id}&${QUERY}`]);
  });

  test.each(['jpeg', 'png', 'webp', 'mp4'] as const)(
    'that is %s comes as its original, byte for byte',
    async (format) => {
      const made = rig.fake.addImage({ format });
      const [item] = (await rig.list(`image-${made.id}`)).items;
      expect(item!.mediaType).toBe(format === 'mp4' ? 'video/mp4' : 'image/jpeg');
      const fetched = await rig.fetchBytes(item!);
      expect(sha256Of(fetched)).toBe(sha256(made.original));
      // The name says JPEG whatever it is: the bytes decide.
      expect(fetched.mediaType).toBe(made.mediaType);
    },
  );

  test.each(['width=450', 'anim=false,width=450', 'w%3D450,optimized=true', '%zz'])(
    'whose link leads to another size (%s) comes as its original',
    async (size) => {
      const made = rig.fake.addImage();
      rig.fake.faults.inject({
        what: changed((image) => ({ ...image, url: String(image.url).replace('original=true', size) })),
      });
      const [item] = (await rig.list(`image-${made.id}`)).items;
      expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.original));
    },
  );

  test.each([1, 2, 4, 8, 16])('with the rating %i is had: whoever names it has chosen it', async (browsingLevel) => {
    const made = rig.fake.addImage({ browsingLevel });
    expect((await rig.list(`image-${made.id}`)).items).toHaveLength(1);
  });

  test('without its data has only its size', async () => {
    const made = rig.fake.addImage({ meta: null });
    const [item] = (await rig.list(`image-${made.id}`)).items;
    expect(item!.generation).toEqual({ model: 'SD 1.5', width: 512, height: 768 });
  });

  test('whose data are wrapped once more has them all the same', async () => {
    const made = rig.fake.addImage({ prompt: 'a kite' });
    rig.fake.faults.inject({ what: changed((image) => ({ ...image, meta: { id: image.id, meta: image.meta } })) });
    expect((await rig.list(`image-${made.id}`)).items[0]!.generation.prompt).toBe('a kite');
  });

  test.each([
    ['has no page', undefined],
    ['has a page and is left out by the site', { listed: false }],
    ['was blocked', { browsingLevel: 32 }],
  ])('that %s is E_NOT_FOUND', async (_why, given) => {
    const id = given === undefined ? 5 : rig.fake.addImage(given).id;
    await expect(rig.list(`image-${id}`)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'civitai',
      message: expect.stringContaining(`image-${id}: the site tells of no such thing`),
    });
  });

  test('is found anew by whoever only wrote its ids down', async () => {
    const made = rig.fake.addImage();
    const ids = { id: String(made.id), taskId: `image-${made.id}` };
    expect(sha256Of(await rig.fetchBytes(ids))).toBe(sha256(made.original));
    await expect(rig.source.locate({ ...ids, id: '6' }, { renew: false })).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
    });
  });

  test('whose link is refused is looked up once more', async () => {
    const made = rig.fake.addImage();
    const [item] = (await rig.list(`image-${made.id}`)).items;
    rig.fake.faults.inject({ host: 'cdn', what: { kind: 'status', status: 404, body: '' } });
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.original));
    expect(rig.askedOfSite()).toHaveLength(2);
  });

  test('without a link is listed, and is E_NOT_FOUND when it is fetched', async () => {
    const made = rig.fake.addImage();
    rig.fake.faults.inject({ count: 9, what: changed((image) => ({ ...image, url: null })) });
    const [item] = (await rig.list(`image-${made.id}`)).items;
    await expect(rig.fetchBytes(item!)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: expect.stringContaining('no link'),
    });
  });

  test('needs no key at all', async () => {
    rig = await open({ credential: 'my password' });
    const made = rig.fake.addImage();
    const [item] = (await rig.list(`image-${made.id}`)).items;
    expect(sha256Of(await rig.fetchBytes(item!))).toBe(sha256(made.original));
  });
});

describe('a post', () => {
  test('has its images oldest first, as its page mostly has them', async () => {
    const made = addPost(5);
    rig.fake.addImage();
    const { task, items } = await rig.list('post-9500000');
    expect(task).toMatchObject({ id: 'post-9500000', count: 5, createdAt: new Date(made[0]!.created) });
    expect(items.map(({ index, id, taskId }) => [index, id, taskId])).toEqual(
      made.map(({ id }, position) => [position + 1, String(id), 'post-9500000']),
    );
    expect(rig.askedOfSite()).toEqual([`/api/v1/images?postId=9500000&sort=Oldest&${QUERY}`]);
    for (const [position, item] of items.entries()) {
      expect(sha256Of(await rig.fetchBytes(item))).toBe(sha256(made[position]!.original));
    }
  });

  test('with more images than one page has is read by its cursors, page by page', async () => {
    const made = addPost(450);
    const tasks: { count: number | undefined; ids: string[] }[] = [];
    for await (const task of rig.source.open('post-9500000', {})) {
      const ids: string[] = [];
      expect(rig.askedOfSite()).toHaveLength(1);
      for await (const { id } of task.items) {
        ids.push(id);
        expect(rig.askedOfSite()).toHaveLength(Math.ceil(ids.length / 200));
      }
      tasks.push({ count: task.count, ids });
    }
    expect(tasks).toEqual([{ count: undefined, ids: made.map(({ id }) => String(id)) }]);
    expect(rig.askedOfSite().every((target) => !target.includes('page='))).toBe(true);
  });

  test('has all images beside one that cannot be read, and says so once', async () => {
    const made = addPost(3);
    rig.fake.faults.inject({
      count: 2,
      what: {
        kind: 'changed',
        change(answer) {
          const page = JSON.parse(answer.body.toString('utf8'));
          page.items[1] = null;
          return { ...answer, body: Buffer.from(JSON.stringify(page)) };
        },
      },
    });
    const { task, items } = await rig.list('post-9500000');
    expect(items.map(({ id, index }) => [id, index])).toEqual([
      [String(made[0]!.id), 1],
      [String(made[2]!.id), 2],
    ]);
    expect(task.count).toBe(2);
    expect(rig.warnings).toEqual(['post-9500000: images that cannot be read are left out (1)']);
  });

  test('does not follow a link to a next page that leads elsewhere', async () => {
    addPost(250);
    rig.fake.faults.inject({
      what: {
        kind: 'changed',
        change(answer) {
          const page = JSON.parse(answer.body.toString('utf8'));
          page.metadata.nextPage = 'https://example.org/api/v1/images?cursor=x';
          return { ...answer, body: Buffer.from(JSON.stringify(page)) };
        },
      },
    });
    expect((await rig.list('post-9500000')).items).toHaveLength(250);
  });

  test('whose pages bring nothing new ends', async () => {
    addPost(250);
    let first: Answer | undefined;
    const change = (answer: Answer): Answer => {
      first ??= answer;
      return first;
    };
    rig.fake.faults.inject({ count: 99, what: { kind: 'changed', change } });
    expect((await rig.list('post-9500000')).items).toHaveLength(200);
    expect(rig.askedOfSite()).toHaveLength(2);
  });

  test('that has no images is E_NOT_FOUND', async () => {
    await expect(rig.list('post-7')).rejects.toMatchObject({ code: 'E_NOT_FOUND', plugin: 'civitai' });
  });

  test('shows an image that the site does not tell of by its number', async () => {
    const made = addPost(3);
    const [item] = (await rig.list('post-9500000')).items;
    rig = await open();
    const [same] = rig.fake.addImages(3, (index) => ({ postId: 9_500_000, id: made[index]!.id }));
    const page = JSON.stringify({ items: [], metadata: {} });
    rig.fake.faults.inject({ path: /imageId=/u, count: 9, what: { kind: 'status', status: 200, body: page } });
    expect(sha256Of(await rig.fetchBytes({ id: item!.id, taskId: item!.taskId }))).toBe(sha256(same!.original));
    expect(rig.askedOfSite().map((target) => target.split('=')[0])).toEqual([
      '/api/v1/images?imageId',
      '/api/v1/images?postId',
    ]);
  });

  test('an abort between two pages is an interruption', async () => {
    addPost(250);
    const controller = new AbortController();
    let listed = 0;
    const work = (async () => {
      for await (const task of rig.source.open('post-9500000', { signal: controller.signal })) {
        for await (const _item of task.items) {
          listed += 1;
          if (listed === 200) controller.abort();
        }
      }
    })();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(listed).toBe(200);
  });
});

describe('the site', () => {
  test('that is too busy is asked again when it says so', async () => {
    const made = rig.fake.addImage();
    rig.fake.overloadSite(2);
    expect((await rig.list(`image-${made.id}`)).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([2000, 2000]);
  });

  test('that stays too busy is told in its words', async () => {
    rig.fake.overloadSite(99);
    await expect(rig.list('image-5')).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: expect.stringContaining('temporarily overloaded'),
    });
  });

  test('that refuses a question says why', async () => {
    const body = JSON.stringify({ error: { name: 'ZodError', message: 'Invalid input: expected number' } });
    rig.fake.faults.inject({ what: { kind: 'status', status: 400, body } });
    await expect(rig.list('image-5')).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: 'reading image 5: Invalid input: expected number (HTTP 400)',
    });
  });

  test('in a country where only harmless pictures are shown tells of no others', async () => {
    rig = await open({ regionRestricted: true });
    const made = rig.fake.addImage({ browsingLevel: 16 });
    await expect(rig.list(`image-${made.id}`)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test.each([
    ['an image without a number', (image: object) => ({ ...image, id: undefined })],
    ['an image whose number is a path', (image: object) => ({ ...image, id: '../x' })],
    ['no image', () => null],
  ])('that answers %s gives a bad answer', async (_what, change) => {
    const made = rig.fake.addImage();
    rig.fake.faults.inject({ what: changed(change as (image: Record<string, unknown>) => object) });
    await expect(rig.list(`image-${made.id}`)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'civitai' });
  });
});

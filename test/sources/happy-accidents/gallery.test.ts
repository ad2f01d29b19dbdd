import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../fakes/happy-accidents/index.js';
import {
  type HappyAccidentsRig,
  type HappyAccidentsRigOptions,
  listAll,
  openHappyAccidentsRig,
  START,
  taskIds,
} from '../../support/happy-accidents-rig.js';

let rig: HappyAccidentsRig;

beforeEach(async () => {
  rig = await openHappyAccidentsRig({ options: { 'page-size': '10' } });
});
afterEach(() => rig.shut());

async function reopen(options: HappyAccidentsRigOptions): Promise<void> {
  await rig.shut();
  rig = await openHappyAccidentsRig({ options: { 'page-size': '10' }, ...options });
}

let minutes = 0;

/** A minute apart, each newer than all before it; answers the ids as the gallery lists them, newest first. */
function addInferences(count: number): string[] {
  for (let number = 0; number < count; number += 1) {
    minutes += 1;
    rig.fake.addInference({ madeAt: START + minutes * 60_000, modelId: 'm' });
  }
  return rig.fake.inferences.map(({ id }) => id);
}

const changedPage = (change: (page: { items: Record<string, unknown>[]; paginationMetadata: object }) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => {
    const page = JSON.parse(answer.body.toString('utf8'));
    return { ...answer, body: Buffer.from(JSON.stringify({ ...page, ...change(page) })) };
  },
});

describe('the gallery', () => {
  test('is read in pages from number 0, with the size that was asked for, and only where there are images', async () => {
    const all = addInferences(25);
    for (const status of ['PENDING', 'FAILED'] as const) rig.fake.addInference({ status });
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.asked()).toEqual(
      [0, 1, 2].map((page) => `/inferences?current_page=${page}&page_size=10&has_images=true`),
    );
  });

  test('is read a hundred inferences at a time where nobody says anything else', async () => {
    await reopen({ options: {} });
    addInferences(3);
    await taskIds(rig);
    expect(rig.asked()).toEqual(['/inferences?current_page=0&page_size=100&has_images=true']);
  });

  test('begins at the page that is asked for', async () => {
    await reopen({ options: { 'page-size': '10', 'start-page': '2' } });
    const all = addInferences(25);
    expect(await taskIds(rig)).toEqual(all.slice(20));
    expect(rig.pages()).toEqual([2]);
  });

  test.each([
    [{ 'page-size': '0' }, '--page-size is a whole number from 1 to 1000'],
    [{ 'page-size': '1001' }, '--page-size'],
    [{ 'page-size': 'many' }, '--page-size'],
    [{ 'start-page': '-1' }, '--start-page is a whole number from 0'],
    [{ 'start-page': '1.5' }, '--start-page'],
  ])('is not read with %j', async (options: Record<string, string>, message) => {
    await expect(openHappyAccidentsRig({ options })).rejects.toMatchObject({
      code: 'E_USAGE',
      plugin: 'happy-accidents',
      message: expect.stringContaining(message),
    });
  });

  test('without anything in it is empty', async () => {
    expect(await taskIds(rig)).toEqual([]);
    expect(rig.pages()).toEqual([0]);
  });

  test('asks for the next page when the last task of this one was taken, and for no model before an item is', async () => {
    addInferences(12);
    const tasks = rig.source.all!({})[Symbol.asyncIterator]();
    for (let number = 0; number < 10; number += 1) await tasks.next();
    expect(rig.asked()).toHaveLength(1);
    await tasks.next();
    expect(rig.pages()).toEqual([0, 1]);
    expect(rig.asked()).toHaveLength(2);
  });

  test('marks the last task of each page', async () => {
    const all = addInferences(25);
    const marked = (await listAll(rig.source.all!({}))).filter(({ task }) => task.endsPage === true);
    expect(marked.map(({ task }) => task.id)).toEqual([all[9], all[19], all[24]]);
  });

  test('tells each inference with its number of images and the time of its first one', async () => {
    const madeAt = Date.UTC(2023, 6, 1, 12);
    rig.fake.addInference({ count: 3, madeAt, prompt: 'a tin robot' });
    const [{ task, items }] = (await listAll(rig.source.all!({}))) as [Awaited<ReturnType<typeof listAll>>[number]];
    expect(task).toMatchObject({ count: 3, prompt: 'a tin robot', createdAt: new Date(madeAt) });
    expect(items.map(({ index, createdAt }) => [index, createdAt?.getTime()])).toEqual([
      [1, madeAt],
      [2, madeAt + 1000],
      [3, madeAt + 2000],
    ]);
  });

  test('stops where so many images as were asked for are listed', async () => {
    for (let number = 0; number < 30; number += 1) rig.fake.addInference({ count: 2 });
    expect(await taskIds(rig, { limit: 5 })).toHaveLength(3);
    expect(rig.pages()).toEqual([0]);
    expect(await taskIds(rig, { limit: 21 })).toHaveLength(11);
    expect(rig.pages()).toEqual([0, 0, 1]);
  });

  test.each(['with', 'without'] as const)(
    'is found in the form %s a slash, and the token goes along',
    async (slashes) => {
      await reopen({ slashes });
      const all = addInferences(12);
      expect(await taskIds(rig)).toEqual(all);
      const passed = rig.fake.requests.filter(({ status }) => status === 200);
      expect(passed).toHaveLength(2);
      for (const { headers } of passed) expect(headers.authorization).toBe(`Bearer ${rig.fake.token}`);
      expect(rig.fake.leaks()).toEqual([]);
    },
  );
});

describe('the end of the gallery', () => {
  test('is where the service says that there is no further page, though this one is full', async () => {
    addInferences(20);
    await taskIds(rig);
    expect(rig.pages()).toEqual([0, 1]);
  });

  test.each(['wrong', 'right', 'missing', 'null'] as const)(
    'is a page that is not full where the service says nothing of a next one; its total is %s',
    async (totalItems) => {
      await reopen({ hasNextPage: false, totalItems });
      const all = addInferences(25);
      expect(await taskIds(rig)).toEqual(all);
      expect(rig.pages()).toEqual([0, 1, 2]);
    },
  );

  test('is an empty page where all pages before it were full', async () => {
    await reopen({ hasNextPage: false });
    const all = addInferences(20);
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.pages()).toEqual([0, 1, 2]);
  });

  test('is not where a service gives smaller pages than it was asked for, and says so', async () => {
    await reopen({ hasNextPage: false, options: { 'page-size': '20' } });
    const all = addInferences(25);
    for (let number = 0; number < 3; number += 1) {
      const items = rig.fake.inferences.slice(number * 10, number * 10 + 10).map(({ record }) => record);
      const capped = changedPage(() => ({ items, paginationMetadata: { currentPage: number, pageSize: 10 } }));
      rig.fake.faults.inject({ path: new RegExp(`current_page=${number}&`, 'u'), what: capped });
    }
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.pages()).toEqual([0, 1, 2]);
  });

  test('is not an empty page after which more are promised', async () => {
    const all = addInferences(15);
    const empty = changedPage(() => ({ items: [], paginationMetadata: { hasNextPage: true } }));
    rig.fake.faults.inject({ path: /current_page=0/u, what: empty });
    expect(await taskIds(rig)).toEqual(all.slice(10));
  });

  test('is told as an error where pages come for ever and bring nothing new', async () => {
    const all = addInferences(10);
    let first: Buffer | undefined;
    const same = (answer: Answer): Answer => {
      first ??= Buffer.from(answer.body.toString('utf8').replace('"hasNextPage":false', '"hasNextPage":true'));
      return { ...answer, body: first };
    };
    rig.fake.faults.inject({ count: 99, what: { kind: 'changed', change: same } });
    const found: string[] = [];
    const work = (async () => {
      for await (const { id } of rig.source.all!({})) found.push(id);
    })();
    await expect(work).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      plugin: 'happy-accidents',
      message: expect.stringContaining('nothing new for 20 pages, up to page 20'),
      hint: expect.stringContaining('current_page'),
    });
    expect(found).toEqual(all);
    expect(rig.pages()).toHaveLength(21);
  });
});

describe('images that are made while the gallery is read', () => {
  test('push others to the next page, where they are left out', async () => {
    const before = addInferences(35);
    rig.fake.afterPages(1, () => addInferences(4));
    rig.fake.afterPages(2, () => addInferences(13));
    const found: string[] = [];
    for await (const { id } of rig.source.all!({})) found.push(id);
    expect(found).toEqual(before);
    expect(rig.pages()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('and are too many for one page come along, and still none is missing or doubled', async () => {
    const before = addInferences(30);
    rig.fake.afterPages(1, () => addInferences(57));
    const found = await taskIds(rig);
    expect(found.filter((id) => before.includes(id))).toEqual(before);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(30 + 57 - 10);
  });

  test('of an inference whose first images were listed are listed with their own numbers', async () => {
    rig.fake.addInference({ id: 'grows', count: 3, modelId: 'm' });
    addInferences(9);
    const shown = (count: number) =>
      changedPage(({ items }) => ({
        items: items.map((item) =>
          item.inferenceId === 'grows' ? { ...item, images: (item.images as []).slice(0, count) } : item,
        ),
        paginationMetadata: { hasNextPage: count < 3 },
      }));
    rig.fake.faults.inject({ path: /current_page=0/u, what: shown(1) });
    rig.fake.faults.inject({ path: /current_page=1/u, what: { kind: 'changed', change: (answer) => answer } });
    rig.fake.afterPages(1, () => addInferences(3));
    const grown = (await listAll(rig.source.all!({}))).filter(({ task }) => task.id === 'grows');
    expect(grown.map(({ items }) => items.map(({ index }) => index))).toEqual([[1], [2, 3]]);
  });
});

describe('a time', () => {
  /** Each a day older than the one before; what the inferences say of their own time is the day of the migration. */
  const day = (number: number) => new Date(Date.UTC(2023, 10, 30) - number * 86_400_000);

  beforeEach(() => {
    for (let number = 34; number >= 0; number -= 1) {
      rig.fake.addInference({ id: `day-${number}`, madeAt: day(number).getTime() });
    }
  });

  const days = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `day-${from + at}`);

  test('since which images are wanted ends the listing after a page on which all is older', async () => {
    expect(await taskIds(rig, { since: day(7) })).toEqual(days(0, 8));
    expect(rig.pages()).toEqual([0, 1]);
  });

  test('that lies on the end of a page costs one page more', async () => {
    expect(await taskIds(rig, { since: day(9) })).toEqual(days(0, 10));
    expect(rig.pages()).toEqual([0, 1]);
  });

  test('until which images are wanted leaves out what is newer, and goes on', async () => {
    expect(await taskIds(rig, { until: day(24) })).toEqual(days(25, 35));
    expect(rig.pages()).toEqual([0, 1, 2, 3]);
  });

  test('and another one enclose what is listed', async () => {
    expect(await taskIds(rig, { since: day(17), until: day(12) })).toEqual(days(13, 18));
    expect(rig.pages()).toEqual([0, 1, 2]);
  });

  test('is looked at image by image', async () => {
    const madeAt = Date.UTC(2023, 11, 24);
    rig.fake.addInference({ id: 'spread', count: 4, madeAt });
    const [first] = await listAll(rig.source.all!({ since: new Date(madeAt + 1000), until: new Date(madeAt + 3000) }));
    expect(first!.task).toMatchObject({ id: 'spread', count: 2 });
    expect(first!.items.map(({ index }) => index)).toEqual([2, 3]);
  });

  test('that an image does not tell makes it wanted, and keeps the listing going', async () => {
    rig.fake.addInference({ id: 'timeless', madeAt: day(15).getTime() + 1, imageFields: () => ({ createdAt: null }) });
    expect(await taskIds(rig, { since: day(3) })).toEqual([...days(0, 4), 'timeless']);
    expect(rig.pages()).toEqual([0, 1, 2]);
  });

  test('without a zone means UTC, and one with an offset is understood', async () => {
    const moment = Date.UTC(2023, 11, 24, 18);
    for (const createdAt of ['2023-12-24T18:00:00.000001', '2023-12-24T20:00:00+02:00']) {
      rig.fake.addInference({ id: 'zoned', madeAt: moment, imageFields: () => ({ createdAt }) });
      const [first] = await listAll(rig.source.all!({ limit: 1 }));
      expect(first!.items[0]!.createdAt).toEqual(new Date(moment));
    }
  });
});

describe('a stall', () => {
  test('is waited out with a word, and every image is listed', async () => {
    const stalls: number[] = [];
    await reopen({
      options: { 'page-size': '100' },
      stall: { everyImages: 1000, milliseconds: 120_000 },
      async wait(milliseconds) {
        stalls.push(milliseconds);
        await rig.beSlow();
      },
    });
    rig.fake.addGallery(2500, 7);
    const wanted = rig.fake.inferences.filter(({ images }) => images.length > 0).map(({ id }) => id);
    expect(await taskIds(rig)).toEqual(wanted);
    expect(stalls).toEqual([120_000, 120_000]);
    expect(rig.progress).toHaveLength(2);
    expect(rig.progress[0]).toMatch(/^page \d+ of the gallery is slow; .* a minute or two after every 1,000 images$/u);
    expect(rig.warnings).toEqual([]);
  });

  test('of more than 240 seconds is still none too long', async () => {
    const asked: (number | undefined)[] = [];
    const { default: descriptor } = await import('../../../sources/happy-accidents/index.js');
    const source = (await descriptor.load()).create({
      ...({} as Parameters<Awaited<ReturnType<typeof descriptor.load>>['create']>[0]),
      options: {},
      sleep: async () => undefined,
      progress: () => undefined,
      http: {
        json: async ({ firstByte }) => {
          asked.push(firstByte);
          const value = { items: [], paginationMetadata: { hasNextPage: false } };
          return { status: 200, headers: {}, value, lossless: () => value };
        },
        bytes: () => Promise.reject(new Error('not asked for')),
        fetch: () => Promise.reject(new Error('not asked for')),
      },
    });
    expect(await listAll(source.all!({}))).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBeGreaterThanOrEqual(240_000);
  });

  test('does not keep an interruption waiting', async () => {
    addInferences(3);
    const controller = new AbortController();
    rig.fake.faults.inject({ what: { kind: 'stall', when: 'before' } });
    const work = taskIds(rig, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('a page that the service does not give', () => {
  async function failsAfter(count: number, code: string): Promise<void> {
    const found: string[] = [];
    const work = (async () => {
      for await (const { id } of rig.source.all!({})) found.push(id);
    })();
    await expect(work).rejects.toMatchObject({ code, plugin: 'happy-accidents' });
    expect(found).toHaveLength(count);
  }

  test('because the token ran out in the middle ends the run with a remedy, in the words of the service', async () => {
    await reopen({ tokenLifetime: 3_600_000 });
    addInferences(25);
    rig.fake.afterPages(1, () => rig.fake.clock.advance(3_600_000));
    const work = taskIds(rig);
    await expect(work).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('Signature has expired.'),
      hint: expect.stringContaining('copy a fresh one'),
    });
    expect(rig.pages()).toEqual([0, 1]);
  });

  test.each([
    ['an empty body', { kind: 'empty' }],
    ['half of the JSON', { kind: 'shortened' }],
    ['status 500', { kind: 'status', status: 500 }],
    ['a page of HTML', { kind: 'html', status: 200 }],
    ['a reset connection', { kind: 'reset', when: 'during' }],
  ] as const)('but %s, is asked for again', async (_name, what) => {
    const all = addInferences(15);
    rig.fake.faults.inject({ path: /current_page=1/u, count: 2, what });
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.pages()).toEqual([0, 1, 1, 1]);
  });

  test('because it was asked too often is asked for again when the service says', async () => {
    const all = addInferences(15);
    rig.fake.faults.inject({ path: /current_page=1/u, what: { kind: 'rate-limit', retryAfter: '17' } });
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.clock.waits).toEqual([17_000]);
  });

  test.each([
    ['E_BAD_ANSWER', { kind: 'empty' }],
    ['E_UNAVAILABLE', { kind: 'status', status: 500 }],
    ['E_RATE_LIMITED', { kind: 'rate-limit' }],
  ] as const)('for good ends the listing with %s: nothing is left out silently', async (code, what) => {
    addInferences(25);
    rig.fake.faults.inject({ path: /current_page=1/u, count: 99, what });
    await failsAfter(10, code);
    expect(rig.pages()).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('because a parameter is refused is told in the words of FastAPI', async () => {
    await reopen({ longestPage: 50, options: { 'page-size': '100' } });
    await expect(taskIds(rig)).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: expect.stringContaining('query.page_size: ensure this value is less than or equal to 50 (HTTP 422)'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test.each([
    ['a list', []],
    ['null', null],
    ['no items', { paginationMetadata: {} }],
    ['items that are none', { items: {} }],
  ])('in its form, but %s, is E_BAD_ANSWER', async (_name, body) => {
    rig.fake.faults.inject({ what: { kind: 'status', status: 200, body: JSON.stringify(body) } });
    await failsAfter(0, 'E_BAD_ANSWER');
  });

  test('at the address where the service once was has a hint of its end', async () => {
    const { default: descriptor } = await import('../../../sources/happy-accidents/index.js');
    const { AlbarettoError } = await import('../../../src/plugin.js');
    const source = (await descriptor.load()).create({
      ...({} as Parameters<Awaited<ReturnType<typeof descriptor.load>>['create']>[0]),
      baseUrl: descriptor.baseUrl,
      options: {},
      sleep: async () => undefined,
      progress: () => undefined,
      http: {
        json: () => Promise.reject(new AlbarettoError({ code: 'E_NETWORK', message: 'its name is not known' })),
        bytes: () => Promise.reject(new Error('not asked for')),
        fetch: () => Promise.reject(new Error('not asked for')),
      },
    });
    await expect(listAll(source.all!({}))).rejects.toMatchObject({
      code: 'E_NETWORK',
      hint: expect.stringContaining('closed in May 2024; --base-url'),
    });
  });
});

describe('an entry of the gallery that cannot be read', () => {
  test.each([
    ['has no id', { inferenceId: null }],
    ['has a path for an id', { inferenceId: '../../up' }],
    ['is no record', null],
  ])('because it %s, is left out with a word, and the others are listed', async (_name, change) => {
    const [newest, , oldest] = addInferences(3);
    const spoiled = changedPage(({ items }) => ({
      items: items.map((item, at) => (at !== 1 ? item : change === null ? 'nothing' : { ...item, ...change })),
    }));
    rig.fake.faults.inject({ what: spoiled });
    expect(await taskIds(rig)).toEqual([newest, oldest]);
    expect(rig.warnings).toEqual([expect.stringMatching(/^page 0 of the gallery: entry 2 is left out: /u)]);
  });

  test('because it is nested too deeply to be written down, is left out with a word too', async () => {
    const [newest, middle, oldest] = addInferences(3);
    const deep = JSON.parse(`${'['.repeat(300)}1${']'.repeat(300)}`);
    const spoiled = changedPage(({ items }) => ({
      items: items.map((item, at) => (at === 1 ? { ...item, deep } : item)),
    }));
    rig.fake.faults.inject({ what: spoiled });
    expect(await taskIds(rig)).toEqual([newest, oldest]);
    expect(rig.warnings).toEqual([
      `an inference is left out: reading ${middle}: the service answered a record nested too deeply`,
    ]);
  });

  test('has images of which one is none: the others keep their numbers', async () => {
    rig.fake.addInference({ count: 3, imageFields: (index) => (index === 1 ? { id: 7 } : {}) });
    const [{ items }] = (await listAll(rig.source.all!({}))) as [Awaited<ReturnType<typeof listAll>>[number]];
    expect(items.map(({ index }) => index)).toEqual([1, 3]);
  });
});

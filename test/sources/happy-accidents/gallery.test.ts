import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Answer } from '../../fakes/happy-accidents/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type HappyAccidentsRig, openHappyAccidentsRig, taskIds } from '../../support/happy-accidents-rig.js';
import { listAll } from '../../support/listed.js';
import { addInferences, changedPage, openTens } from './gallery-pages.js';

let rig: HappyAccidentsRig;

const open = closedAfterEach(openTens, (other) => other.shut());
beforeEach(async () => {
  rig = await open();
});

describe('the gallery', () => {
  test('is read in pages from number 0, with the size that was asked for, and only where there are images', async () => {
    const all = addInferences(rig, 25);
    for (const status of ['PENDING', 'FAILED'] as const) rig.fake.addInference({ status });
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.asked()).toEqual(
      [0, 1, 2].map((page) => `/inferences?current_page=${page}&page_size=10&has_images=true`),
    );
  });

  test('is read a hundred inferences at a time where nobody says anything else', async () => {
    rig = await open({ options: {} });
    addInferences(rig, 3);
    await taskIds(rig);
    expect(rig.asked()).toEqual(['/inferences?current_page=0&page_size=100&has_images=true']);
  });

  test('begins at the page that is asked for', async () => {
    rig = await open({ options: { 'page-size': '10', 'start-page': '2' } });
    const all = addInferences(rig, 25);
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
    addInferences(rig, 12);
    const tasks = rig.source.all!({})[Symbol.asyncIterator]();
    for (let number = 0; number < 10; number += 1) await tasks.next();
    expect(rig.asked()).toHaveLength(1);
    await tasks.next();
    expect(rig.pages()).toEqual([0, 1]);
    expect(rig.asked()).toHaveLength(2);
  });

  test('marks the last task of each page', async () => {
    const all = addInferences(rig, 25);
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
      rig = await open({ slashes });
      const all = addInferences(rig, 12);
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
    addInferences(rig, 20);
    await taskIds(rig);
    expect(rig.pages()).toEqual([0, 1]);
  });

  test.each(['wrong', 'right', 'missing', 'null'] as const)(
    'is a page that is not full where the service says nothing of a next one; its total is %s',
    async (totalItems) => {
      rig = await open({ hasNextPage: false, totalItems });
      const all = addInferences(rig, 25);
      expect(await taskIds(rig)).toEqual(all);
      expect(rig.pages()).toEqual([0, 1, 2]);
    },
  );

  test('is an empty page where all pages before it were full', async () => {
    rig = await open({ hasNextPage: false });
    const all = addInferences(rig, 20);
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.pages()).toEqual([0, 1, 2]);
  });

  test('is not where a service gives smaller pages than it was asked for, and says so', async () => {
    rig = await open({ hasNextPage: false, options: { 'page-size': '20' } });
    const all = addInferences(rig, 25);
    for (let number = 0; number < 3; number += 1) {
      const items = rig.fake.inferences.slice(number * 10, number * 10 + 10).map(({ record }) => record);
      const capped = changedPage(() => ({ items, paginationMetadata: { currentPage: number, pageSize: 10 } }));
      rig.fake.faults.inject({ path: new RegExp(`current_page=${number}&`, 'u'), what: capped });
    }
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.pages()).toEqual([0, 1, 2]);
  });

  test('is not an empty page after which more are promised', async () => {
    const all = addInferences(rig, 15);
    const empty = changedPage(() => ({ items: [], paginationMetadata: { hasNextPage: true } }));
    rig.fake.faults.inject({ path: /current_page=0/u, what: empty });
    expect(await taskIds(rig)).toEqual(all.slice(10));
  });

  test('is told as an error where pages come for ever and bring nothing new', async () => {
    const all = addInferences(rig, 10);
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
    const before = addInferences(rig, 35);
    rig.fake.afterPages(1, () => addInferences(rig, 4));
    rig.fake.afterPages(2, () => addInferences(rig, 13));
    const found: string[] = [];
    for await (const { id } of rig.source.all!({})) found.push(id);
    expect(found).toEqual(before);
    expect(rig.pages()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('and are too many for one page come along, and still none is missing or doubled', async () => {
    const before = addInferences(rig, 30);
    rig.fake.afterPages(1, () => addInferences(rig, 57));
    const found = await taskIds(rig);
    expect(found.filter((id) => before.includes(id))).toEqual(before);
    expect(new Set(found).size).toBe(found.length);
    expect(found).toHaveLength(30 + 57 - 10);
  });

  test('of an inference whose first images were listed are listed with their own numbers', async () => {
    rig.fake.addInference({ id: 'grows', count: 3, modelId: 'm' });
    addInferences(rig, 9);
    const shown = (count: number) =>
      changedPage(({ items }) => ({
        items: items.map((item) =>
          item.inferenceId === 'grows' ? { ...item, images: (item.images as []).slice(0, count) } : item,
        ),
        paginationMetadata: { hasNextPage: count < 3 },
      }));
    rig.fake.faults.inject({ path: /current_page=0/u, what: shown(1) });
    rig.fake.faults.inject({ path: /current_page=1/u, what: { kind: 'changed', change: (answer) => answer } });
    rig.fake.afterPages(1, () => addInferences(rig, 3));
    const grown = (await listAll(rig.source.all!({}))).filter(({ task }) => task.id === 'grows');
    expect(grown.map(({ items }) => items.map(({ index }) => index))).toEqual([[1], [2, 3]]);
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { closedAfterEach } from '../../support/after-each.js';
import { type HappyAccidentsRig, taskIds } from '../../support/happy-accidents-rig.js';
import { listAll } from '../../support/listed.js';
import { addInferences, openTens } from './gallery-pages.js';

let rig: HappyAccidentsRig;

const open = closedAfterEach(openTens, (other) => other.shut());
beforeEach(async () => {
  rig = await open();
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
    rig = await open({
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
    addInferences(rig, 3);
    const controller = new AbortController();
    rig.fake.faults.inject({ what: { kind: 'stall', when: 'before' } });
    const work = taskIds(rig, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

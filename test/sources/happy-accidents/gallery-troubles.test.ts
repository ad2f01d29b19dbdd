import { beforeEach, describe, expect, test } from '@jest/globals';
import { closedAfterEach } from '../../support/after-each.js';
import { type HappyAccidentsRig, taskIds } from '../../support/happy-accidents-rig.js';
import { listAll } from '../../support/listed.js';
import { addInferences, changedPage, openTens } from './gallery-pages.js';

let rig: HappyAccidentsRig;

const open = closedAfterEach(openTens, (other) => other.shut());
beforeEach(async () => {
  rig = await open();
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
    rig = await open({ tokenLifetime: 3_600_000 });
    addInferences(rig, 25);
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
    const all = addInferences(rig, 15);
    rig.fake.faults.inject({ path: /current_page=1/u, count: 2, what });
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.pages()).toEqual([0, 1, 1, 1]);
  });

  test('because it was asked too often is asked for again when the service says', async () => {
    const all = addInferences(rig, 15);
    rig.fake.faults.inject({ path: /current_page=1/u, what: { kind: 'rate-limit', retryAfter: '17' } });
    expect(await taskIds(rig)).toEqual(all);
    expect(rig.clock.waits).toEqual([17_000]);
  });

  test.each([
    ['E_BAD_ANSWER', { kind: 'empty' }],
    ['E_UNAVAILABLE', { kind: 'status', status: 500 }],
    ['E_RATE_LIMITED', { kind: 'rate-limit' }],
  ] as const)('for good ends the listing with %s: nothing is left out silently', async (code, what) => {
    addInferences(rig, 25);
    rig.fake.faults.inject({ path: /current_page=1/u, count: 99, what });
    await failsAfter(10, code);
    expect(rig.pages()).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('because a parameter is refused is told in the words of FastAPI', async () => {
    rig = await open({ longestPage: 50, options: { 'page-size': '100' } });
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
    const [newest, , oldest] = addInferences(rig, 3);
    const spoiled = changedPage(({ items }) => ({
      items: items.map((item, at) => (at !== 1 ? item : change === null ? 'nothing' : { ...item, ...change })),
    }));
    rig.fake.faults.inject({ what: spoiled });
    expect(await taskIds(rig)).toEqual([newest, oldest]);
    expect(rig.warnings).toEqual([expect.stringMatching(/^page 0 of the gallery: entry 2 is left out: /u)]);
  });

  test('because it is nested too deeply to be written down, is left out with a word too', async () => {
    const [newest, middle, oldest] = addInferences(rig, 3);
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

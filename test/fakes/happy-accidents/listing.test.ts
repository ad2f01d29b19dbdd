import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { type InferenceRecord, json, START, useFakeHappyAccidents } from './session.js';

const session = useFakeHappyAccidents();
const { api, bearer, page } = session;

const ids = (items: readonly InferenceRecord[]) => items.map(({ inferenceId }) => inferenceId);

function addInferences(count: number): string[] {
  return Array.from({ length: count }, (_, index) => session.fake.addInference({ madeAt: START - 1_000 + index }).id);
}

describe('the listing of inferences', () => {
  test('counts its pages from 0 and begins with the newest', async () => {
    const newestFirst = addInferences(7).toReversed();
    const pages = [await page(0, 3), await page(1, 3), await page(2, 3), await page(3, 3)];
    expect(pages.flatMap(({ items }) => ids(items))).toEqual(newestFirst);
    expect(pages.map(({ items }) => items.length)).toEqual([3, 3, 1, 0]);
    expect(pages.map(({ paginationMetadata }) => paginationMetadata)).toEqual(
      [true, true, false, false].map((hasNextPage, currentPage) => ({
        currentPage,
        pageSize: 3,
        totalItems: null,
        hasNextPage,
      })),
    );
  });

  test('shows 30 inferences where no size is asked for', async () => {
    addInferences(31);
    expect(json<{ items: object[] }>(await api('/inferences')).items).toHaveLength(30);
    expect(json(await api('/inferences/count'))).toBe(31);
  });

  test('leaves out what has no images only if it is asked to', async () => {
    const { id } = session.fake.addInference();
    for (const status of ['PENDING', 'FAILED'] as const) session.fake.addInference({ status });
    expect((await page(0)).items).toHaveLength(3);
    expect((await page(0, 30, '&has_images=False')).items).toHaveLength(3);
    for (const truth of ['true', 'True']) {
      expect(ids((await page(0, 30, `&has_images=${truth}`)).items)).toEqual([id]);
    }
  });

  test.each([
    ['current_page=-1', 'value_error.number.not_ge'],
    ['current_page=two', 'type_error.integer'],
    ['page_size=0', 'value_error.number.not_ge'],
    ['page_size=1001', 'value_error.number.not_le'],
    ['has_images=maybe', 'type_error.bool'],
  ])('refuses %s in the words of FastAPI', async (query, type) => {
    const answer = await api(`/inferences?${query}`);
    expect(answer.status).toBe(422);
    const [name] = query.split('=');
    expect(json(answer)).toMatchObject({ detail: [{ loc: ['query', name], msg: expect.any(String), type }] });
  });

  test('can keep silent about what comes next and lie about how much there is', async () => {
    await session.restart({ hasNextPage: false, totalItems: 'wrong' });
    addInferences(5);
    expect((await page(0, 2)).paginationMetadata).toEqual({ currentPage: 0, pageSize: 2, totalItems: 2 });
    await session.restart({ hasNextPage: false, totalItems: 'missing' });
    expect((await page(0, 2)).paginationMetadata).toEqual({ currentPage: 0, pageSize: 2 });
    await session.restart({ totalItems: 'right' });
    addInferences(5);
    expect((await page(0, 2)).paginationMetadata).toMatchObject({ totalItems: 5 });
  });

  test('shifts when an inference is made or goes away between two pages', async () => {
    const newestFirst = addInferences(6).toReversed();
    session.fake.afterPages(1, () => session.fake.addInference());
    session.fake.afterPages(2, () => session.fake.removeInference(newestFirst[0]!));
    const first = ids((await page(0, 2)).items);
    const second = ids((await page(1, 2)).items);
    const third = ids((await page(2, 2)).items);
    expect(first).toEqual(newestFirst.slice(0, 2));
    expect(second).toEqual(newestFirst.slice(1, 3));
    expect(third).toEqual(newestFirst.slice(4));
  });
});

describe('the slash at the end', () => {
  test('may stand there or not', async () => {
    const expected = [addInferences(1)[0]!];
    for (const path of ['/inferences', '/inferences/', '/inferences/?current_page=0']) {
      expect(ids(json<{ items: InferenceRecord[] }>(await api(path)).items)).toEqual(expected);
    }
  });

  test.each([
    ['with', '/inferences?page_size=2&x=%3a', '/inferences/?page_size=2&x=%3a'],
    ['without', '/inferences/?page_size=2&x=%3a', '/inferences?page_size=2&x=%3a'],
  ] as const)('leads on to the form %s it, where only that is served', async (slashes, asked, right) => {
    await session.restart({ slashes });
    const answer = await api(asked, {});
    expect([answer.status, answer.headers.location]).toEqual([307, `${session.apiUrl}${right}`]);
    expect((await exchange(answer.headers.location!)).status).toBe(401);
    expect((await exchange(answer.headers.location!, { headers: bearer() })).status).toBe(200);
    const { id } = session.fake.addInference();
    expect((await api(`/inferences/${id}`)).status).toBe(200);
    expect((await api(`/inferences/${id}/`)).status).toBe(307);
  });
});

describe('a stall', () => {
  test('comes before the answer that follows so many listed images', async () => {
    const waits: number[] = [];
    const wait = async (milliseconds: number) => void waits.push(milliseconds);
    await session.restart({ stall: { everyImages: 10, milliseconds: 90_000 }, wait });
    for (let index = 0; index < 8; index += 1) session.fake.addInference({ count: 4 });
    const counts: number[] = [];
    for (let number = 0; number < 9; number += 1) {
      await page(number, 1);
      counts.push(waits.length);
    }
    expect(counts).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 3]);
    expect(new Set(waits)).toEqual(new Set([90_000]));
  });

  test('delays the answer in real time and changes nothing in it', async () => {
    await session.restart({ stall: { everyImages: 1, milliseconds: 120 } });
    const expected = addInferences(1);
    await page(0);
    const begun = performance.now();
    expect(ids((await page(0)).items)).toEqual(expected);
    expect(performance.now() - begun).toBeGreaterThan(100);
  });
});

test('what is no endpoint, or asked for in another way, is refused with a detail', async () => {
  expect((await exchange(`${session.apiUrl}/nothing`)).status).toBe(404);
  expect((await exchange(`${session.apiUrl.replace('/v1', '')}/inferences`)).status).toBe(404);
  const answer = await exchange(`${session.apiUrl}/inferences`, { method: 'DELETE', headers: bearer() });
  expect([answer.status, json(answer)]).toEqual([405, { detail: 'Method Not Allowed' }]);
});

import { describe, expect, test } from '@jest/globals';
import { exchange } from '../../support/exchange.js';
import { type List, START, useFakeReplicate } from './session.js';

const session = useFakeReplicate();
const { api, follow } = session;
const DAY = 24 * 3_600_000;

async function pagesFrom(link: string | null, name: 'next' | 'previous' = 'next'): Promise<List[]> {
  const pages: List[] = [];
  for (let to = link; to !== null; to = pages.at(-1)![name]) pages.push(await follow(to));
  return pages;
}

function idsOf(pages: readonly List[]): string[] {
  return pages.flatMap(({ results }) => results.map(({ id }) => id));
}

describe('the history', () => {
  test('has pages of 100, newest first, and no page behind the last', async () => {
    const ids = session.fake.addPredictions(250).map(({ id }) => id);
    const pages = await pagesFrom(`${session.apiUrl}/predictions`);
    expect(pages.map(({ results }) => results.length)).toEqual([100, 100, 50]);
    expect(idsOf(pages)).toEqual(ids.toReversed());
    expect(pages[0]!.previous).toBeNull();
    expect(pages[2]!.next).toBeNull();
  });

  test('is one empty page where nothing was made', async () => {
    expect(await follow(`${session.apiUrl}/predictions`)).toEqual({ previous: null, next: null, results: [] });
  });

  test('links to other pages by absolute URLs on its own origin', async () => {
    session.fake.addPredictions(101);
    const { next } = await follow(`${session.apiUrl}/predictions`);
    expect(next!.startsWith(`${session.apiUrl}/predictions?cursor=`)).toBe(true);
    const cursor = Buffer.from(new URL(next!).searchParams.get('cursor')!, 'base64').toString('latin1');
    expect(cursor).toBe('p=2026-11-20+08%3A58%3A20.123000%2B00%3A00');
  });

  test('leads back by the same pages', async () => {
    session.fake.addPredictions(250);
    const pages = await pagesFrom(`${session.apiUrl}/predictions`);
    const back = await pagesFrom(pages.at(-1)!.previous, 'previous');
    expect(idsOf(back.toReversed())).toEqual(idsOf(pages.slice(0, 2)));
  });

  test('misses and repeats nothing where many have one time', async () => {
    const ids = session.fake.addPredictions(350, (index) => ({ created: START - (index < 20 ? DAY : 0) }));
    const pages = await pagesFrom(`${session.apiUrl}/predictions`);
    expect(idsOf(pages)).toEqual(ids.map(({ id }) => id).toReversed());
  });

  test('goes on where it was when something was added at the front', async () => {
    session.fake.addPredictions(150);
    const { next, results } = await follow(`${session.apiUrl}/predictions`);
    session.fake.addPrediction();
    const rest = await follow(next!);
    expect(rest.results).toHaveLength(50);
    expect(results.map(({ id }) => id)).not.toContain(rest.results[0]!.id);
  });

  test('shows what was removed as such, without its data', async () => {
    session.fake.addPredictions(3, (index) => ({ source: index === 1 ? 'web' : 'api' }));
    session.fake.clock.advance(2 * 3_600_000);
    const { results } = await follow(`${session.apiUrl}/predictions`);
    expect(results.map(({ data_removed }) => data_removed)).toEqual([true, false, true]);
    expect(results[0]).toMatchObject({ input: {}, output: null });
  });

  test('has no logs and ends no prediction that is running', async () => {
    session.fake.addPrediction({ pollsBeforeEnd: 1 });
    for (let poll = 0; poll < 3; poll += 1) {
      const { results } = await follow(`${session.apiUrl}/predictions`);
      expect(results[0]!.status).toBe('starting');
      expect(results[0]).not.toHaveProperty('logs');
    }
  });
});

describe('a filter', () => {
  test('takes the first time in and leaves the second out, on every page', async () => {
    session.fake.addPredictions(300, (index) => ({ created: START - index * 1_000 }));
    const times = [START - 210_000, START - 10_000].map((time) => encodeURIComponent(new Date(time).toISOString()));
    const link = `${session.apiUrl}/predictions?created_after=${times[0]}&created_before=${times[1]}`;
    const pages = await pagesFrom(link);
    expect(pages.map(({ results }) => results.length)).toEqual([100, 100]);
    expect(pages[0]!.next).toContain('created_after=');
  });

  test('source=web shows those of the last 14 days that were made on the site', async () => {
    for (const [source, days] of [['web', 13] as const, ['web', 15] as const, ['api', 1] as const]) {
      session.fake.addPrediction({ source, created: START - days * DAY });
    }
    expect((await follow(`${session.apiUrl}/predictions?source=web`)).results).toHaveLength(1);
  });

  test.each([
    ['source=api', 400],
    ['created_after=yesterday', 400],
    ['cursor=nonsense', 404],
  ])('%s is refused', async (query, status) => {
    expect((await api(`/predictions?${query}`)).status).toBe(status);
  });
});

test('uploaded files have a list of their own and expire after a day', async () => {
  const id = session.fake.addUpload();
  expect((await api(`/files/${id}`)).status).toBe(200);
  expect((await follow(`${session.apiUrl}/files`)).results).toMatchObject([{ id, content_type: 'image/png' }]);
  session.fake.clock.advance(DAY);
  expect((await api(`/files/${id}`)).status).toBe(404);
});

test('a version is known by its 64 digits', async () => {
  const { version } = session.fake.addPrediction().given;
  const url = (id: string) => `${session.apiUrl}/models/acme/kites/versions/${id}`;
  const status = async (id: string) => (await exchange(url(id), { headers: session.bearer() })).status;
  expect([await status(version), await status('hidden')]).toEqual([200, 404]);
});

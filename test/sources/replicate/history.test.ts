import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Item, ListOptions, Task } from '../../../src/plugin.js';
import { changed, openReplicateRig, type ReplicateRig, START } from '../../support/replicate-rig.js';

let rig: ReplicateRig;

beforeEach(async () => {
  rig = await openReplicateRig();
});
afterEach(() => rig.shut());

const HOUR = 3_600_000;

async function tasks(options: ListOptions = {}): Promise<Task[]> {
  return (await rig.history(options)).map(({ task }) => task);
}

const ids = async (options: ListOptions = {}) => (await tasks(options)).map(({ id }) => id);

/** Newest first, as the fake lists them. */
const all = () => rig.fake.predictions.map(({ id }) => id);

describe('the list of predictions', () => {
  test('is read page by page, newest first, by the links of the service', async () => {
    rig.fake.addPredictions(250);
    expect(await ids()).toEqual(all());
    expect(rig.asked()).toHaveLength(3);
    expect(rig.asked()[0]).toBe('/predictions');
    expect(rig.asked()[1]).toMatch(/^\/predictions\?cursor=[\w%=]+$/u);
  });

  test('with nothing in it is empty', async () => {
    expect(await ids()).toEqual([]);
  });

  test('asks for the next page when the last task of this one was taken', async () => {
    rig.fake.addPredictions(150);
    const taken = rig.source.all!({})[Symbol.asyncIterator]();
    for (let number = 0; number < 100; number += 1) await taken.next();
    expect(rig.asked()).toHaveLength(1);
    await taken.next();
    expect(rig.asked()).toHaveLength(2);
  });

  test('has those of the API and of the site, and those that share a moment', async () => {
    rig.fake.addPredictions(220, (index) => ({ source: index % 2 === 0 ? 'web' : 'api', created: START - 1_000 }));
    expect(await ids()).toEqual(all());
  });

  test('marks the last task of each page, and each task with where to go on', async () => {
    rig.fake.addPredictions(150);
    const listed = await tasks();
    expect(listed.flatMap(({ endsPage }, index) => (endsPage === true ? [index] : []))).toEqual([99, 149]);
    expect(listed[3]!.cursor).toBe(`${listed[3]!.createdAt!.toISOString()} ${listed[3]!.id}`);
  });

  test('marks the last task of a page also where it has no items', async () => {
    rig.fake.addPredictions(120, (index) => (index === 20 || index === 0 ? { status: 'processing' } : {}));
    const listed = await tasks();
    expect(listed.flatMap(({ endsPage }, index) => (endsPage === true ? [index] : []))).toEqual([99, 119]);
    expect([99, 119].map((index) => [listed[index]!.absent, typeof listed[index]!.cursor])).toEqual([
      ['pending', 'string'],
      ['pending', 'string'],
    ]);
  });

  test('ends a page on which nothing can be fetched', async () => {
    rig.fake.addPredictions(130, (index) => ({ created: START - (index < 30 ? 4 : 3) * HOUR + index }));
    const listed = await tasks();
    expect(new Set(listed.map(({ absent }) => absent))).toEqual(new Set(['gone']));
    expect(listed.flatMap(({ endsPage }, index) => (endsPage === true ? [index] : []))).toEqual([99, 129]);
    expect(await ids({ cursor: listed[99]!.cursor })).toEqual(all().slice(100));
  });

  test('marks the last task of a page also where it has no files', async () => {
    rig.fake.addPredictions(120, (index) => (index >= 10 && index < 30 ? { output: 'text' } : {}));
    const listed = await tasks();
    expect(listed.map(({ endsPage }) => endsPage === true).indexOf(true)).toBe(99);
    expect(listed.filter(({ absent }) => absent === 'none')).toHaveLength(20);
  });

  test('leaves out, with a word, an entry that cannot be read, and lists the others', async () => {
    const [older] = rig.fake.addPredictions(2);
    rig.fake.faults.inject({
      what: changed((json) => {
        const [first, second] = json.results as object[];
        return { ...json, results: [{ ...first, status: null }, second] };
      }),
    });
    expect(await ids()).toEqual([older!.id]);
    expect(rig.warnings).toEqual(['reading page 1 of the predictions: 1 that cannot be read are left out']);
  });

  test('has what a prediction had made before it was stopped', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({
      what: changed((json) => ({ ...json, results: [{ ...(json.results as object[])[0], status: 'canceled' }] })),
    });
    const [{ task, items }] = (await rig.history()) as [{ task: Task; items: Item[] }];
    expect([task.id, task.absent, items.length]).toEqual([made.id, undefined, 1]);
  });

  test('has what is still being made, and what is deleted, and what has no files, without items', async () => {
    const removed = rig.fake.addPredictions(2, (index) => ({ created: START - 3 * HOUR + index }));
    const good = rig.fake.addPrediction({ created: START - 5_000 });
    const failed = rig.fake.addPrediction({ created: START - 4_500, status: 'failed' });
    const stopped = rig.fake.addPrediction({ created: START - 4_000, status: 'canceled' });
    const text = rig.fake.addPrediction({ created: START - 3_900, output: 'text' });
    const running = rig.fake.addPrediction({ created: START - 3_000, status: 'processing', prompt: 'a kite' });
    const listed = await rig.history();
    expect(listed.map(({ task, items }) => [task.id, task.absent, task.count, items.length])).toEqual([
      [running.id, 'pending', 0, 0],
      [text.id, 'none', 0, 0],
      [stopped.id, 'none', 0, 0],
      [failed.id, 'none', 0, 0],
      [good.id, undefined, 1, 1],
      [removed[1]!.id, 'gone', 0, 0],
      [removed[0]!.id, 'gone', 0, 0],
    ]);
    const { items: _none, cursor: _place, ...pending } = listed[0]!.task;
    const known = { source: 'replicate', id: running.id, createdAt: new Date(running.created) };
    expect(pending).toEqual({ ...known, prompt: 'a kite', absent: 'pending', count: 0 });
    expect(listed[6]!.task.createdAt).toEqual(new Date(START - 3 * HOUR));
    expect(listed[6]!.task).not.toHaveProperty('prompt');
    expect(rig.warnings).toEqual([]);
    expect(rig.asked()).toHaveLength(1);
  });

  test('leaves out, with a word, an output that is nested too deeply, and lists the others', async () => {
    const [older, newer] = rig.fake.addPredictions(2);
    const deep = (depth: number): unknown => (depth === 0 ? 'end' : [deep(depth - 1)]);
    rig.fake.faults.inject({
      what: changed((json) => {
        const [first, second] = json.results as object[];
        return { ...json, results: [{ ...first, output: deep(150) }, second] };
      }),
    });
    expect((await tasks()).map(({ id, absent }) => [id, absent])).toEqual([
      [newer!.id, 'none'],
      [older!.id, undefined],
    ]);
    expect(rig.warnings).toEqual([expect.stringContaining(`${newer!.id} is left out: `)]);
  });

  test('has each prediction once where a page repeats the end of the last one', async () => {
    rig.fake.addPredictions(150);
    let last: unknown;
    rig.fake.faults.inject({
      count: 9,
      what: changed((json) => {
        const results = json.results as unknown[];
        const repeated = last === undefined ? results : [last, ...results];
        last = results.at(-1);
        return { ...json, results: repeated };
      }),
    });
    expect(await ids()).toEqual(all());
  });

  test('an outage in the middle ends it: nothing is left out silently', async () => {
    rig.fake.addPredictions(150);
    rig.fake.faults.inject({ path: /cursor=/u, count: 99, what: { kind: 'html' } });
    await expect(ids()).rejects.toMatchObject({ code: 'E_UNAVAILABLE', plugin: 'replicate' });
    expect(rig.asked()).toHaveLength(6);
  });

  test('an abort between two tasks is an interruption', async () => {
    rig.fake.addPredictions(5);
    const controller = new AbortController();
    const walk = async () => {
      for await (const _task of rig.source.all!({ signal: controller.signal })) controller.abort();
    };
    await expect(walk()).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('links to the next page', () => {
  const leadTo = (next: (link: string) => unknown) =>
    rig.fake.faults.inject({ what: changed((json) => ({ ...json, next: next(String(json.next)) })) });

  test.each([
    ['another host', 'https://evil.example.org/v1/predictions?cursor=x'],
    ['another port', 'http://127.0.0.1:9/v1/predictions?cursor=x'],
    ['a private address', 'http://169.254.169.254/latest/meta-data'],
    ['a file', 'file:///etc/passwd'],
  ])('that lead to %s are refused, and nothing is asked there', async (_what, link) => {
    rig.fake.addPredictions(150);
    leadTo(() => link);
    const listed: string[] = [];
    const walk = async () => {
      for await (const { id } of rig.source.all!({})) listed.push(id);
    };
    await expect(walk()).rejects.toMatchObject({ code: 'E_UNSAFE_ADDRESS', plugin: 'replicate' });
    expect(listed).toHaveLength(100);
    expect(rig.asked()).toHaveLength(1);
    expect(rig.fake.leaks()).toEqual([]);
  });

  test('that lead to another path of the API stay at the list', async () => {
    rig.fake.addPredictions(150);
    leadTo((link) => link.replace('/v1/predictions?', '/v1/account/../../elsewhere?'));
    expect(await ids()).toEqual(all());
    expect(rig.asked()[1]).toMatch(/^\/predictions\?cursor=/u);
  });

  test('of Replicate itself are followed at the address that the person gave', async () => {
    rig.fake.addPredictions(150);
    leadTo((link) => link.replace(rig.apiOrigin, 'https://api.replicate.com'));
    expect(await ids()).toEqual(all());
  });

  test('that are no URL are a bad answer', async () => {
    rig.fake.addPredictions(150);
    leadTo(() => 'next page');
    await expect(ids()).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'replicate' });
  });

  test('that lead round in a circle end it', async () => {
    rig.fake.addPredictions(250);
    const seen: string[] = [];
    rig.fake.faults.inject({
      count: 99,
      what: changed((json) => {
        seen.push(String(json.next));
        return { ...json, next: seen[seen.length - 1] === 'null' ? seen[0] : json.next };
      }),
    });
    await expect(ids()).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: expect.stringContaining('does not end'),
    });
    expect(rig.asked()).toHaveLength(3);
  });

  test('that are always new, to pages that are always the same, end after twenty of them', async () => {
    rig.fake.addPredictions(3);
    let number = 0;
    const next = () => `${rig.apiOrigin}/v1/predictions?page=${number++}`;
    rig.fake.faults.inject({ count: 99, what: changed((json) => ({ ...json, next: next() })) });
    await expect(ids()).rejects.toMatchObject({ code: 'E_BAD_ANSWER' });
    expect(rig.asked()).toHaveLength(21);
  });
});

describe('a time', () => {
  test('is asked of the service', async () => {
    rig.fake.addPredictions(250);
    const [since, until] = [new Date(START - 150_000), new Date(START - 20_000)];
    const listed = await tasks({ since, until });
    expect(listed.map(({ id }) => id)).toEqual(
      rig.fake.predictions.filter(({ created }) => created >= +since && created <= +until).map(({ id }) => id),
    );
    expect(listed).toHaveLength(131);
    const query = new URLSearchParams(rig.asked()[0]!.split('?')[1]);
    expect(query.get('created_after')).toBe(since.toISOString());
    expect(query.get('created_before')).toBe(new Date(+until + 1).toISOString());
  });

  test('ends the list early where the service does not heed it', async () => {
    rig.fake.addPredictions(350);
    const unheeding = rig.fake.recordOf.bind(rig.fake);
    const pages = [0, 100, 200, 300].map((start) => rig.fake.predictions.slice(start, start + 100).map(unheeding));
    let page = 0;
    const next = () => `${rig.apiOrigin}/v1/predictions?page=${page}`;
    rig.fake.faults.inject({ count: 99, what: changed(() => ({ results: pages[page++], next: next() })) });
    expect(await ids({ since: new Date(START - 150_000) })).toEqual(all().slice(0, 150));
    expect(page).toBe(2);
  });
});

describe('a cursor', () => {
  test('goes on behind its task, whatever was added at the front', async () => {
    rig.fake.addPredictions(150);
    const before = await tasks();
    rig.fake.addPredictions(120, (index) => ({ created: START + index }));
    expect(await ids({ cursor: before[59]!.cursor })).toEqual(before.slice(60).map(({ id }) => id));
  });

  test('misses and repeats none of those that share its moment', async () => {
    rig.fake.addPredictions(230, () => ({ created: START - 9_000 }));
    const before = await tasks();
    for (const at of [0, 42, 120, 229]) {
      expect(await ids({ cursor: before[at]!.cursor })).toEqual(before.slice(at + 1).map(({ id }) => id));
    }
  });

  test('whose prediction was deleted goes on with what is older', async () => {
    rig.fake.addPredictions(10);
    const before = await tasks();
    rig.fake.removePrediction(before[4]!.id);
    expect(await ids({ cursor: before[4]!.cursor })).toEqual(before.slice(5).map(({ id }) => id));
  });

  test.each([
    ['with older ones behind', [20_000, 9_000, 9_000, 9_000, 9_000, 5_000]],
    ['the oldest of all', [20_000, 9_000, 9_000, 9_000, 9_000]],
    ['more than a page of them', [20_000, ...Array.from({ length: 150 }, () => 9_000), 5_000]],
  ])('whose prediction was deleted misses none of the others of its moment: %s', async (_what, times) => {
    rig.fake.addPredictions(times.length, (index) => ({ created: START - 30_000 + times.toReversed()[index]! }));
    const before = await tasks();
    rig.fake.removePrediction(before[2]!.id);
    // Which of them were done with is not known any more.
    const others = before.filter((_task, at) => at > 0 && at !== 2).map(({ id }) => id);
    expect(await ids({ cursor: before[2]!.cursor })).toEqual(others);
  });

  test('ends with a list that does not have it', async () => {
    const [oldest] = rig.fake.addPredictions(3);
    const cursor = (await tasks()).at(-1)!.cursor;
    rig.fake.removePrediction(oldest!.id);
    expect(await ids({ cursor })).toEqual([]);
  });

  test.each(['', 'x', 'yesterday q9bd2x4mr5rj40cgw0pv5n0tdr', '2026-99-99T00:00:00Z a', 'https://evil.example.org/'])(
    '%j, which is none of this source, is ignored',
    async (cursor) => {
      rig.fake.addPredictions(3);
      expect(await ids({ cursor })).toEqual(all());
    },
  );

  test('is printable, short and without secrets', async () => {
    rig.fake.addPredictions(3);
    for (const { cursor } of await tasks()) {
      expect(cursor).toMatch(/^[\x20-\x7e]{1,200}$/u);
      expect(cursor).not.toContain(rig.fake.token);
    }
  });

  test('is not made from a time that the service writes in another way', async () => {
    rig.fake.addPredictions(1);
    const results = (json: Record<string, unknown>) =>
      (json.results as object[]).map((one) => ({ ...one, created_at: 'today\u0007' }));
    rig.fake.faults.inject({ what: changed((json) => ({ ...json, results: results(json) })) });
    const [task] = await tasks();
    expect(task).not.toHaveProperty('cursor');
    expect(task).not.toHaveProperty('createdAt');
  });
});

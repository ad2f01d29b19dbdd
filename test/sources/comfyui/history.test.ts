import { beforeEach, describe, expect, test } from '@jest/globals';
import type { ListOptions, Task } from '../../../src/plugin.js';
import type { Answer } from '../../fakes/comfyui/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type ComfyUiRig, openComfyUiRig } from '../../support/comfyui-rig.js';
import { idsOf, takeAll } from '../../support/listed.js';

let rig: ComfyUiRig;

const open = closedAfterEach(openComfyUiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

const history = (options: ListOptions = {}): AsyncIterable<Task> => rig.source.all!(options);

/** Newest first, as they are listed. */
const add = (count: number): string[] =>
  rig.fake
    .addPrompts(count)
    .map(({ id }) => id)
    .reverse();

const changed = (change: (page: { jobs: Record<string, unknown>[] }) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => ({
    ...answer,
    body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8'))))),
  }),
});

describe('the history of a server', () => {
  test('is read in pages of 100, newest first, and no job is asked for before its items are', async () => {
    const all = add(250);
    expect(await idsOf(history())).toEqual(all);
    expect(rig.asked()).toEqual([0, 100, 200].map((offset) => `/api/jobs?limit=100&offset=${offset}`));
  });

  test('asks for each job when its items are taken', async () => {
    const all = add(3);
    for await (const task of history()) for await (const item of task.items) expect(item.taskId).toBe(task.id);
    expect(rig.asked()).toEqual(['/api/jobs?limit=100&offset=0', ...all.map((id) => `/api/jobs/${id}`)]);
  });

  test('with exactly one page asks for no second one', async () => {
    add(100);
    await idsOf(history());
    expect(rig.asked()).toHaveLength(1);
  });

  test('of a server that was just started is empty', async () => {
    add(3);
    rig.fake.restart();
    expect(await idsOf(history())).toEqual([]);
  });

  test('has each job once when new ones push the list on while it is read', async () => {
    const before = add(150);
    const found: string[] = [];
    for await (const { id } of history()) {
      found.push(id);
      if (found.length === 100) rig.fake.addPrompts(7);
    }
    expect(found).toEqual(before);
  });

  test('has jobs that run, that failed and that made nothing, without items', async () => {
    const good = rig.fake.addPrompt();
    const running = rig.fake.addPrompt({ outcome: 'running' });
    const pending = rig.fake.addPrompt({ outcome: 'pending' });
    const failed = Array.from({ length: 2 }, () => rig.fake.addPrompt({ outcome: 'error', outputs: [] }).id);
    const stopped = rig.fake.addPrompt({ outcome: 'interrupted', outputs: [] });
    const empty = rig.fake.addPrompt({ outputs: [] });
    const listed = await takeAll(history());
    expect(new Set(listed.map(({ id, absent }) => `${id} ${absent}`))).toEqual(
      new Set([
        `${running.id} pending`,
        `${pending.id} pending`,
        `${good.id} undefined`,
        ...[...failed, stopped.id, empty.id].map((id) => `${id} none`),
      ]),
    );
    const { items, endsPage: _last, ...facts } = listed.find(({ id }) => id === running.id)!;
    expect(facts).toEqual({
      source: 'comfyui',
      id: running.id,
      createdAt: new Date(running.created),
      absent: 'pending',
      count: 0,
    });
    for await (const item of items) throw new Error(`${item.id} is there already`);
    expect(rig.warnings).toEqual([]);
    expect(rig.asked()).toHaveLength(1);
  });

  test('has what a job made before it failed', async () => {
    const failed = rig.fake.addPrompt({ outcome: 'error', outputs: [{}] });
    const [task] = await takeAll(history());
    expect([task!.id, task!.absent]).toEqual([failed.id, undefined]);
    const found = [];
    for await (const item of task!.items) found.push(item.taskId);
    expect(found).toEqual([failed.id]);
  });

  test('leaves out, with a word, an entry that cannot be read, and lists the others', async () => {
    const [newest] = add(1);
    rig.fake.addPrompt({ id: 'a/b' });
    add(1);
    expect(await idsOf(history())).toHaveLength(2);
    expect(await idsOf(history())).toContain(newest);
    expect(rig.warnings).toContain('1 jobs of the list cannot be read and are left out');
  });

  test('marks the last job of a page also where it still runs, and where none on it can be fetched', async () => {
    const all = rig.fake
      .addPrompts(120, (index) => (index < 20 ? {} : { outcome: 'pending' }))
      .map(({ id }) => id)
      .reverse();
    const tasks = await takeAll(history());
    expect(tasks.map(({ id }) => id)).toEqual(all);
    expect(tasks.filter(({ endsPage }) => endsPage).map(({ id, absent }) => [id, absent])).toEqual([
      [all[99], 'pending'],
      [all[119], undefined],
    ]);
    expect(await idsOf(history({ cursor: tasks[99]!.cursor }))).toEqual(all.slice(100));
  });

  test('an abort between two jobs that still run is an interruption', async () => {
    rig.fake.addPrompts(3, () => ({ outcome: 'pending' }));
    const controller = new AbortController();
    const work = (async () => {
      for await (const _task of history({ signal: controller.signal })) controller.abort();
    })();
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });

  test('one job that is gone meanwhile is left out with a word, and the others are listed', async () => {
    const [newest, middle, oldest] = add(3);
    const found: string[] = [];
    for await (const task of history()) {
      if (task.id === middle)
        rig.fake.faults.inject({ what: { kind: 'status', status: 404, body: '{"error":"Job not found"}' } });
      for await (const item of task.items) found.push(item.taskId);
    }
    expect(found).toEqual([newest, oldest]);
    expect(rig.warnings).toEqual([`${middle} is left out: reading ${middle}: Job not found (HTTP 404)`]);
  });

  test.each([200, 502])(
    'an outage in the middle ends it (HTML with status %i): nothing is left out',
    async (status) => {
      add(3);
      const work = (async () => {
        for await (const task of history()) {
          rig.fake.faults.inject({ count: 99, what: { kind: 'html', status } });
          for await (const _item of task.items);
        }
      })();
      await expect(work).rejects.toMatchObject({ plugin: 'comfyui', retryable: true });
      expect(rig.warnings).toEqual([]);
    },
  );

  test('ends with an error where the server answers the same page for ever', async () => {
    add(100);
    const first = changed((page) => ({ ...page, pagination: { offset: 0, limit: 100, total: 1e9, has_more: true } }));
    rig.fake.faults.inject({
      count: 999,
      what: { ...first, change: (answer) => first.change(page(answer)) },
    });
    let kept: Answer | undefined;
    function page(answer: Answer): Answer {
      kept ??= answer;
      return kept;
    }
    await expect(idsOf(history())).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: expect.stringContaining('does not end'),
    });
    expect(rig.asked()).toHaveLength(21);
  });

  test('ends where no pagination is told and a page is not full', async () => {
    const all = add(120);
    rig.fake.faults.inject({ count: 9, what: changed(({ jobs }) => ({ jobs })) });
    expect(await idsOf(history())).toEqual(all);
    expect(rig.asked()).toHaveLength(2);
  });

  test('without its list is a bad answer', async () => {
    add(1);
    rig.fake.faults.inject({ what: changed(({ jobs: _gone, ...rest }) => rest) });
    await expect(idsOf(history())).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'comfyui' });
  });

  test('leaves out what is newer or older than asked for, and ends with the first page of such alone', async () => {
    const all = add(450);
    const minutesAgo = (minutes: number) => new Date(rig.clock.now() - minutes * 60_000);
    // Each was asked for a minute before the next, and made nine seconds later.
    expect(await idsOf(history({ since: minutesAgo(150), until: minutesAgo(20) }))).toEqual(all.slice(21, 151));
    expect(rig.asked()).toHaveLength(3);
  });
});

const WAYS = [
  ['/api/jobs', {}],
  ['/history', { knowsJobs: false }],
] as const;

describe.each(WAYS)('a time, to a server with %s', (_way, options) => {
  const minutesAgo = (minutes: number) => rig.clock.now() - minutes * 60_000;

  test('is that in which files were made, as the items say, and not that in which they were asked for', async () => {
    rig = await open(options);
    rig.fake.addPrompt({ created: minutesAgo(90) });
    const slow = rig.fake.addPrompt({ created: minutesAgo(61), duration: 120_000 });
    const quick = rig.fake.addPrompt({ created: minutesAgo(30) });
    const since = new Date(minutesAgo(60));
    const tasks = await takeAll(history({ since }));
    expect(tasks.map(({ id }) => id)).toEqual([quick.id, slow.id]);
    for await (const { createdAt } of tasks[1]!.items) expect(createdAt! > since).toBe(true);
  });

  test('is not passed by a page on which one alone is older: it may have waited long, or been put in front', async () => {
    rig = await open(options);
    for (let number = 0; number < 99; number += 1) rig.fake.addPrompt({ created: minutesAgo(50) });
    const waited = rig.fake.addPrompt({ created: minutesAgo(200), duration: 45 * 60_000 });
    rig.fake.addPrompt({ created: minutesAgo(300), duration: 150 * 60_000 });
    const found = await idsOf(history({ since: new Date(minutesAgo(160)) }));
    expect(found).toHaveLength(101);
    expect(found).toContain(waited.id);
  });
});

describe.each(WAYS)('a listing of a server with %s that was interrupted', (_way, options) => {
  let all: string[];
  let cursor: string;

  beforeEach(async () => {
    rig = await open(options);
    all = add(350);
    const cursors = (await takeAll(history())).flatMap((task) => task.cursor ?? []);
    cursor = cursors.at(-2)!;
    expect(cursor).toMatch(/^[\x21-\x7e]{1,100}$/u);
  });

  test('goes on behind its cursor', async () => {
    const rest = await idsOf(history({ cursor }));
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.length).toBeLessThan(200);
    expect(rest).toEqual(all.slice(-rest.length));
  });

  test('goes on at the same place when there are new jobs', async () => {
    const rest = await idsOf(history({ cursor }));
    add(30);
    expect(await idsOf(history({ cursor }))).toEqual(rest);
  });

  test('begins anew when the server has a new history', async () => {
    rig.fake.restart();
    const later = rig.fake.addPrompts(250, () => ({})).map(({ id }) => id);
    expect(await idsOf(history({ cursor }))).toEqual(later.reverse());
  });

  test.each(['', 'x', 'jobs/0/x', 'jobs/-1/x', 'jobs/99999999999999999999/x', 'history/x/y', 'history/999999/y'])(
    'begins anew with the cursor %j, which is none',
    async (other) => {
      expect(await idsOf(history({ cursor: other }))).toEqual(all);
    },
  );
});

describe('the history of a server without /api/jobs', () => {
  beforeEach(async () => {
    rig = await open({ knowsJobs: false });
  });

  test.each([0, 1, 24, 25, 26, 49, 50, 51, 75, 350])('with %i jobs has each once, newest first', async (count) => {
    const all = add(count);
    expect(await idsOf(history())).toEqual(all);
  });

  test('asks for its newest page first, counts what is left, and asks for no page twice', async () => {
    add(90);
    await idsOf(history());
    const asked = rig.asked().filter((path) => !path.endsWith('max_items=1'));
    expect(asked).toEqual([
      '/api/jobs?limit=100&offset=0',
      '/history?max_items=25',
      '/history?offset=40&max_items=25',
      '/history?offset=15&max_items=25',
      '/history?offset=0&max_items=15',
    ]);
    expect(rig.asked().length - asked.length).toBeLessThan(10);
  });

  test('asks for the next page, and for their number, when the last job of this one was taken', async () => {
    add(250);
    const tasks = history()[Symbol.asyncIterator]();
    for (let number = 0; number < 25; number += 1) await tasks.next();
    expect(rig.asked()).toHaveLength(2);
    await tasks.next();
    expect(rig.asked().length).toBeGreaterThan(3);
    await tasks.return?.();
  });

  test('misses none when the oldest fall off while it is read', async () => {
    rig = await open({ knowsJobs: false, historyCap: 250 });
    const before = add(250);
    const found: string[] = [];
    for await (const { id } of history()) {
      found.push(id);
      if (found.length === 150) rig.fake.addPrompts(30);
    }
    // The thirty oldest are gone from the server.
    expect(found).toEqual(before.slice(0, 220));
  });

  test('has the same items as the jobs themselves', async () => {
    const [newest] = add(2);
    const own = (await rig.list(newest!)).items;
    for await (const task of history()) {
      if (task.id !== newest) continue;
      const items = [];
      for await (const item of task.items) items.push(item);
      expect(items).toEqual(own);
    }
  });

  test('has jobs that failed, and what they made before, if they made anything', async () => {
    const good = rig.fake.addPrompt();
    const failed = rig.fake.addPrompt({ outcome: 'error', outputs: [] });
    const partly = rig.fake.addPrompt({ outcome: 'error', outputs: [{}] });
    const found = new Map<string, [string | undefined, number]>();
    for await (const task of history()) {
      let count = 0;
      for await (const _item of task.items) count += 1;
      found.set(task.id, [task.absent, count]);
    }
    expect(Object.fromEntries(found)).toEqual({
      [good.id]: [undefined, 1],
      [failed.id]: ['none', 0],
      [partly.id]: [undefined, 1],
    });
  });

  test('that ignores the number it is asked from ends with an error', async () => {
    add(100);
    let newest: Answer | undefined;
    const change = (answer: Answer): Answer => {
      newest ??= answer;
      return newest;
    };
    rig.fake.faults.inject({ path: /^\/history\?/u, count: 999, what: { kind: 'changed', change } });
    await expect(idsOf(history())).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: expect.stringContaining('does not end'),
    });
  });
});

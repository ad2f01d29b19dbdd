import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ListOptions, Task } from '../../../src/plugin.js';
import type { Answer } from '../../fakes/dalle2/index.js';
import { type Dalle2Rig, openDalle2Rig } from '../../support/dalle2-rig.js';

let rig: Dalle2Rig;

beforeEach(async () => {
  rig = await openDalle2Rig();
});
afterEach(() => rig.shut());

const history = (options: ListOptions = {}): AsyncIterable<Task> => rig.source.all!(options);

async function ids(tasks: AsyncIterable<Task>): Promise<string[]> {
  const found: string[] = [];
  for await (const task of tasks) found.push(task.id);
  return found;
}

/** Newest first, as the fake lists them. */
function addTasks(count: number): string[] {
  for (let number = 0; number < count; number += 1) rig.fake.addTask({ count: 1 });
  return rig.fake.tasks.map(({ id }) => id);
}

const changedTasks = (change: (tasks: Record<string, unknown>[]) => unknown, also: object = {}) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => {
    const page = JSON.parse(answer.body.toString('utf8'));
    return { ...answer, body: Buffer.from(JSON.stringify({ ...page, data: change(page.data), ...also })) };
  },
});

describe('a history that is taken up again', () => {
  /** The cursor behind the last task of the first page. */
  async function firstCursor(): Promise<string> {
    for await (const task of history()) if (task.cursor !== undefined) return task.cursor;
    throw new Error('no task names a place');
  }
  const pages = () => rig.asked().map((path) => Number(/page=(\d+)/u.exec(path)?.[1]));

  test('goes on behind the task that its cursor names', async () => {
    const all = addTasks(120);
    const cursor = await firstCursor();
    expect(await ids(history({ cursor }))).toEqual(all.slice(50));
    expect(pages()).toEqual([1, 1, 2, 3]);
  });

  test('finds its place where new tasks have pushed it on', async () => {
    const all = addTasks(120);
    const cursor = await firstCursor();
    addTasks(7);
    expect(await ids(history({ cursor }))).toEqual(all.slice(50));
  });

  test('begins anew where the task that it went on behind was deleted', async () => {
    const all = addTasks(120);
    const cursor = await firstCursor();
    rig.fake.removeTask(all[49]!);
    expect(await ids(history({ cursor }))).toEqual(all.filter((id) => id !== all[49]));
  });

  test.each(['', 'nonsense', '0 task-1', '999999 task-1', '1'])('begins anew with the cursor %j', async (cursor) => {
    const all = addTasks(60);
    expect(await ids(history({ cursor }))).toEqual(all);
  });

  test('goes on although no number of pages is told', async () => {
    const all = addTasks(120);
    const cursor = await firstCursor();
    rig.fake.faults.inject({ count: 20, what: changedTasks((tasks) => tasks, { total_pages: undefined }) });
    expect(await ids(history({ cursor }))).toEqual(all.slice(50));
  });
});

describe('the history', () => {
  test('is read in pages of 50 from page 1, newest first', async () => {
    const all = addTasks(120);
    expect(await ids(history())).toEqual(all);
    expect(rig.asked()).toEqual([1, 2, 3].map((page) => `/tasks?page=${page}&limit=50`));
  });

  test('with exactly one page asks for no second one', async () => {
    addTasks(50);
    await ids(history());
    expect(rig.asked()).toHaveLength(1);
  });

  test('without anything in it is empty', async () => {
    expect(await ids(history())).toEqual([]);
  });

  test('asks for the next page when the last task of this one was taken', async () => {
    addTasks(60);
    const tasks = history()[Symbol.asyncIterator]();
    for (let number = 0; number < 50; number += 1) await tasks.next();
    expect(rig.asked()).toHaveLength(1);
    await tasks.next();
    expect(rig.asked()).toHaveLength(2);
  });

  test('has each task once when new ones push the list on while it is read', async () => {
    const before = addTasks(60);
    const found: string[] = [];
    for await (const task of history()) {
      found.push(task.id);
      if (found.length === 50) addTasks(7);
    }
    expect(found).toEqual(before);
  });

  test('ends where no number of pages is told and a page brings nothing', async () => {
    const all = addTasks(60);
    rig.fake.faults.inject({ count: 9, what: changedTasks((data) => data, { total_pages: undefined }) });
    expect(await ids(history())).toEqual(all);
    expect(rig.asked()).toHaveLength(3);
  });

  test('ends where the service answers the same page for ever', async () => {
    const all = addTasks(60);
    let first: Buffer | undefined;
    const change = (answer: Answer): Answer => {
      const { data } = JSON.parse(answer.body.toString('utf8'));
      first ??= Buffer.from(JSON.stringify({ object: 'list', data }));
      return { ...answer, body: first };
    };
    rig.fake.faults.inject({ count: 99, what: { kind: 'changed', change } });
    expect(await ids(history())).toEqual(all.slice(0, 50));
    expect(rig.asked()).toHaveLength(2);
  });

  test('passes over tasks without a result: pending ones with a word', async () => {
    const good = rig.fake.addTask({ count: 1 });
    const pending = rig.fake.addTask({ status: 'pending' });
    rig.fake.addTask({ status: 'rejected' });
    rig.fake.addTask({ status: 'failed' });
    expect(await ids(history())).toEqual([good.id]);
    expect(rig.warnings).toEqual([`${pending.id} is still being made; fetch it later`]);
    expect(rig.asked()).toHaveLength(1);
  });

  test('asks for a task anew that the list shows without its pictures', async () => {
    const [newest, oldest] = addTasks(2);
    rig.fake.faults.inject({
      path: /\/tasks\?/u,
      what: changedTasks((data) => data.map((task, at) => (at === 0 ? { ...task, generations: undefined } : task))),
    });
    expect(await ids(history())).toEqual([newest, oldest]);
    expect(rig.asked()).toEqual(['/tasks?page=1&limit=50', `/tasks/${newest}`]);
  });

  test('one task that is no good is left out with a word, and the others are listed', async () => {
    const [newest, middle, oldest] = addTasks(3);
    rig.fake.removeTask(middle!);
    rig.fake.faults.inject({
      path: /\/tasks\?/u,
      what: changedTasks(([first, last]) => [first, { id: middle, object: 'task', status: 'mislaid' }, last]),
    });
    expect(await ids(history())).toEqual([newest, oldest]);
    expect(rig.warnings).toEqual([expect.stringContaining(`${middle} is left out: reading ${middle}`)]);
  });

  test.each([
    ['null', null],
    ['a task without an id', { object: 'task', status: 'succeeded' }],
  ])('%s among the tasks hides none of the others, and is told', async (_what, odd) => {
    const [newest, _middle, oldest] = addTasks(3);
    rig.fake.faults.inject({ what: changedTasks(([first, , last]) => [first, odd, last]) });
    expect(await ids(history())).toEqual([newest, oldest]);
    expect(rig.warnings).toEqual(['reading page 1 of the history: 1 that cannot be read are left out']);
  });

  test('a generation that cannot be read hides neither its task nor the others, and no task with one is final', async () => {
    const made = rig.fake.addTask({ count: 3 });
    const other = rig.fake.addTask({ count: 1 });
    const withNull = (task: Record<string, unknown>) => {
      const generations = task.generations as { data: unknown[] };
      return task.id === made.id ? { ...task, generations: { data: generations.data.with(1, null) } } : task;
    };
    rig.fake.faults.inject({ what: changedTasks((data) => data.map(withNull)) });
    const listed: unknown[] = [];
    for await (const { id, count, final, items } of history()) {
      const found: string[] = [];
      for await (const item of items) found.push(item.id);
      listed.push({ id, count, final, found });
    }
    const [one, , three] = made.generations;
    expect(listed).toEqual([
      { id: other.id, count: 1, final: undefined, found: [other.generations[0]!.id] },
      { id: made.id, count: 2, final: undefined, found: [one!.id, three!.id] },
    ]);
    expect(rig.warnings).toEqual([`${made.id}: generations that cannot be read are left out (1)`]);
  });

  test('a page of which nothing can be read is no page of the service', async () => {
    addTasks(2);
    rig.fake.faults.inject({ what: changedTasks((data) => data.map(() => null)) });
    await expect(ids(history())).rejects.toMatchObject({ code: 'E_BAD_ANSWER' });
  });

  test('an outage while one task is asked for anew ends it too: that task is not left out', async () => {
    const [newest] = addTasks(2);
    const bare = (task: Record<string, unknown>, at: number) => (at === 0 ? { ...task, generations: undefined } : task);
    rig.fake.faults.inject({ path: /\/tasks\?/u, what: changedTasks((data) => data.map(bare)) });
    rig.fake.faults.inject({ path: new RegExp(newest!, 'u'), count: 99, what: { kind: 'html' } });
    await expect(ids(history())).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    expect(rig.warnings).toEqual([]);
  });

  test('an outage in the middle ends it: nothing is left out silently', async () => {
    addTasks(60);
    rig.fake.faults.inject({ path: /page=2/u, count: 99, what: { kind: 'html' } });
    const found: string[] = [];
    const work = (async () => {
      for await (const task of history()) found.push(task.id);
    })();
    await expect(work).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    expect(found).toHaveLength(50);
  });

  test('tasks that share one time are all there', async () => {
    for (let number = 0; number < 5; number += 1) rig.fake.addTask({ count: 1, created: 1_664_000_000 });
    expect(new Set(await ids(history())).size).toBe(5);
  });
});

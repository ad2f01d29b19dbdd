import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { Item, Source, Task } from '../../../src/plugin.js';
import type { Answer } from '../../fakes/dalle2/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type Dalle2Rig, openDalle2Rig } from '../../support/dalle2-rig.js';

let rig: Dalle2Rig;

const open = closedAfterEach(openDalle2Rig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

async function list(source: Source, reference: string): Promise<{ task: Task; items: Item[] }> {
  const listed: { task: Task; items: Item[] }[] = [];
  for await (const task of source.open(reference, {})) {
    const items: Item[] = [];
    for await (const item of task.items) items.push(item);
    listed.push({ task, items });
  }
  expect(listed).toHaveLength(1);
  return listed[0]!;
}

describe('a task', () => {
  test('has its prompt, its time and its generations in the order of the page', async () => {
    const made = rig.fake.addTask({ caption: 'a tin robot watering ferns', created: 1_664_000_000 });
    const { task, items } = await list(rig.source, made.id);
    expect(task).toMatchObject({ source: 'dalle2', id: made.id, prompt: 'a tin robot watering ferns', count: 4 });
    expect(task.createdAt).toEqual(new Date(1_664_000_000_000));
    expect(items.map(({ id, index }) => [index, id])).toEqual(
      made.generations.map(({ id }, position) => [position + 1, id]),
    );
    for (const item of items) {
      expect(item).toMatchObject({ taskId: made.id, mediaType: 'image/webp' });
      expect(item.generation).toEqual({ prompt: 'a tin robot watering ferns', kind: 'text2im' });
      expect(item.createdAt).toEqual(new Date(1_664_000_015_000));
      expect(item.companions).toBeUndefined();
    }
    expect(rig.asked()).toEqual([`/tasks/${made.id}`]);
  });

  test('keeps every raw field, decimals and big integers as they were written, and no signed query', async () => {
    const made = rig.fake.addTask({
      count: 1,
      extra: { note: 'kept', constructor: { prototype: 'kept too' } },
    });
    const { task, items } = await list(rig.source, made.id);
    const { json, redacted } = items[0]!.raw;
    expect(json).toContain('"seed":18446744073709551615');
    expect(json).toContain('"score":0.10');
    expect(json).toContain('"guidance_weight":7.0');
    expect(json).toContain('"queue_ticket":9007199254740993');
    expect(json).toContain('"weight":1E+2');
    expect(json).not.toMatch(/sig=/u);
    expect(redacted).toEqual(['generation.generation.image_path']);
    const record = parse(json) as { task: Record<string, unknown>; generation: { generation: { image_path: string } } };
    expect(record.task).toMatchObject({ note: 'kept', constructor: { prototype: 'kept too' }, status_information: {} });
    expect(record.generation.generation.image_path).toMatch(/\/image\.webp\?…$/u);
    expect(task.raw?.redacted).toEqual(['generations.data[0].generation.image_path']);
  });

  test('has all its other generations where one cannot be read, and says so once', async () => {
    const made = rig.fake.addTask();
    const what = changed((task) => {
      const { data, ...list } = task.generations as { data: unknown[] };
      return { ...task, generations: { ...list, data: data.with(0, null) } };
    });
    rig.fake.faults.inject({ count: 2, what });
    const { task, items } = await list(rig.source, made.id);
    const others = made.generations.slice(1).map(({ id }) => id);
    expect([task.count, items.map(({ id }) => id)]).toEqual([3, others]);
    expect(JSON.parse(items[0]!.raw.json).generation.id).toBe(others[0]);
    await rig.source.locate(items[0]!, { renew: true });
    expect(rig.warnings).toEqual([`${made.id}: generations that cannot be read are left out (1)`]);
  });

  test('whose service has no such id is E_NOT_FOUND in its words', async () => {
    await expect(list(rig.source, 'task-000000000000000000000000')).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'dalle2',
      message: expect.stringContaining('No such thing: task-000000000000000000000000'),
    });
    expect(rig.asked()).toHaveLength(1);
  });
});

describe('a task that is still being made', () => {
  test('is awaited with a word, and listed when it has its pictures', async () => {
    const made = rig.fake.addTask({ pollsBeforeEnd: 3 });
    const { items } = await list(rig.source, made.id);
    expect(items).toHaveLength(4);
    expect(rig.asked()).toHaveLength(4);
    expect(rig.clock.waits).toEqual([3000, 3000, 3000]);
    expect(rig.progress[0]).toBe(`${made.id} is still being made; waiting up to 300 s more`);
    expect(rig.progress[2]).toBe(`${made.id} is still being made; waiting up to 294 s more`);
  });

  test('is given up after five minutes', async () => {
    const made = rig.fake.addTask({ status: 'pending' });
    const begun = rig.clock.now();
    await expect(list(rig.source, made.id)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      plugin: 'dalle2',
      message: `${made.id} was still being made after 300 s`,
      hint: expect.stringContaining('--wait'),
    });
    expect(rig.clock.now() - begun).toBe(300_000);
  });

  test('is waited for as long as --wait says', async () => {
    const other = await open({ options: { wait: '7' } });
    const made = other.fake.addTask({ status: 'pending' });
    await expect(list(other.source, made.id)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    expect(other.asked()).toHaveLength(3);
  });

  test('a --wait that is no number is a usage error before any request', async () => {
    await expect(openDalle2Rig({ options: { wait: 'soon' } })).rejects.toMatchObject({ code: 'E_USAGE' });
    await expect(openDalle2Rig({ options: { wait: '-1' } })).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('an abort ends the wait', async () => {
    const made = rig.fake.addTask({ status: 'pending' });
    const controller = new AbortController();
    const tasks = rig.source.open(made.id, { signal: controller.signal })[Symbol.asyncIterator]();
    const next = tasks.next();
    while (rig.progress.length === 0) await new Promise(setImmediate);
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('a task without a result', () => {
  test('that was rejected is told in the words of the service', async () => {
    const made = rig.fake.addTask({ status: 'rejected' });
    await expect(list(rig.source, made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      plugin: 'dalle2',
      message: `${made.id} was rejected: Your task failed as a result of our safety system. (task_failed_text_safety_system)`,
    });
  });

  test('that failed without a reason says so', async () => {
    const made = rig.fake.addTask({ status: 'failed' });
    await expect(list(rig.source, made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: `${made.id} was failed: the service gives no reason`,
    });
  });

  test('whose reason would drive a terminal is told in printable text', async () => {
    const made = rig.fake.addTask({ status: 'failed', statusInformation: { message: 'no\u001b[2J\u202e\r\nway' } });
    await expect(list(rig.source, made.id)).rejects.toMatchObject({ message: `${made.id} was failed: no[2J way` });
  });

  test('although it succeeded is a bad answer', async () => {
    const made = rig.fake.addTask();
    rig.fake.faults.inject({ what: withoutGenerations });
    await expect(list(rig.source, made.id)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'dalle2' });
  });
});

describe('a single generation', () => {
  test('keeps its number on the page and its task’s prompt', async () => {
    const made = rig.fake.addTask({ caption: 'a lighthouse' });
    const wanted = made.generations[2]!;
    const { task, items } = await list(rig.source, wanted.id);
    expect(task).toMatchObject({ id: made.id, count: 1 });
    expect(items.map(({ id, index }) => [id, index])).toEqual([[wanted.id, 3]]);
    expect(items[0]!.generation.prompt).toBe('a lighthouse');
    expect(rig.asked()).toEqual([`/generations/${wanted.id}`, `/tasks/${made.id}`]);
  });

  test('that its task lists no more is E_NOT_FOUND, not an empty fetch', async () => {
    const made = rig.fake.addTask({ count: 2 });
    rig.fake.faults.inject({ path: /\/tasks\//u, what: withoutFirstGeneration });
    await expect(list(rig.source, made.generations[0]!.id)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test('that is not there is E_NOT_FOUND', async () => {
    await expect(list(rig.source, 'generation-000000000000000000000000')).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
    });
  });
});

describe('variations and edits', () => {
  test('variations have no prompt, a parent, and the picture that they were made from', async () => {
    const parent = rig.fake.addTask().generations[0]!;
    const made = rig.fake.addTask({ kind: 'variations', parentGenerationId: parent.id });
    const { task, items } = await list(rig.source, made.id);
    expect(task.prompt).toBeUndefined();
    expect(items).toHaveLength(3);
    for (const item of items) {
      expect(item.generation).toEqual({ kind: 'variations', parent: parent.id });
      expect(item.companions).toEqual([{ id: `${made.promptId}-source`, role: 'source', taskId: made.id }]);
    }
  });

  test('an edit has a prompt, the source picture and the mask; its links are redacted', async () => {
    const made = rig.fake.addTask({ kind: 'inpainting', caption: 'a hat on it' });
    const [item] = (await list(rig.source, made.id)).items;
    expect(item!.generation).toEqual({ prompt: 'a hat on it', kind: 'inpainting' });
    expect(item!.companions?.map(({ id, role }) => [id, role])).toEqual([
      [`${made.promptId}-source`, 'source'],
      [`${made.promptId}-mask`, 'mask'],
    ]);
    expect([...item!.raw.redacted].sort()).toEqual([
      'generation.generation.image_path',
      'task.prompt.prompt.image_path',
      'task.prompt.prompt.masked_image_path',
    ]);
  });
});

describe('the token', () => {
  test('one that was replaced meanwhile ends the run with a remedy, in the words of the service', async () => {
    const made = rig.fake.addTask();
    rig.fake.rotateToken();
    await expect(list(rig.source, made.id)).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('Incorrect API key provided'),
      hint: expect.stringContaining('copy a fresh one'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test.each([401, 403])('a key of the platform is told apart by the code, under status %i too', async (status) => {
    const made = rig.fake.addTask();
    const body = JSON.stringify({ error: { message: 'missing a required scope: app.labs', code: 'missing_scope' } });
    rig.fake.faults.inject({ what: { kind: 'status', status, body } });
    await expect(list(rig.source, made.id)).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: expect.stringContaining('app.labs'),
      hint: expect.stringContaining('this is a key of the platform'),
    });
  });

  test('is proved by asking for the credits', async () => {
    await expect(rig.source.check?.()).resolves.toBe('41 credits left');
    expect(rig.asked()).toEqual(['/billing/credit_summary']);
  });

  test('reaches the API as a bearer, and in no other form', async () => {
    const made = rig.fake.addTask();
    await list(rig.source, made.id);
    const [request] = rig.fake.requests;
    expect(request!.headers.authorization).toBe(`Bearer ${rig.fake.token}`);
    expect(request!.headers.cookie).toBeUndefined();
    expect(request!.target).not.toContain('sess-');
  });
});

describe('outages', () => {
  test('a 504 is tried again', async () => {
    const made = rig.fake.addTask();
    rig.fake.faults.inject({ count: 2, what: { kind: 'status', status: 504 } });
    expect((await list(rig.source, made.id)).items).toHaveLength(4);
    expect(rig.asked()).toHaveLength(3);
  });

  test.each([200, 502, 504])('a page of HTML with status %i is tried again', async (status) => {
    const made = rig.fake.addTask();
    rig.fake.faults.inject({ count: 2, what: { kind: 'html', status } });
    expect((await list(rig.source, made.id)).items).toHaveLength(4);
  });

  test.each([
    ['reset before the answer', { kind: 'reset', when: 'before' }],
    ['reset in the middle of the answer', { kind: 'reset', when: 'during' }],
    ['answered with half of the JSON', { kind: 'shortened' }],
    ['answered with nothing', { kind: 'empty' }],
  ] as const)('a request that is %s is sent again', async (_name, what) => {
    const made = rig.fake.addTask();
    rig.fake.faults.inject({ what });
    expect((await list(rig.source, made.id)).items).toHaveLength(4);
    expect(rig.asked()).toHaveLength(2);
  });

  test('one that does not end is given up after five tries, with the exit code of an outage', async () => {
    const made = rig.fake.addTask();
    rig.fake.faults.inject({ count: 100, what: { kind: 'html', status: 504 } });
    await expect(list(rig.source, made.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE', plugin: 'dalle2' });
    expect(rig.asked()).toHaveLength(5);
  });

  test('asked to slow down, it waits as long as it is told', async () => {
    const made = rig.fake.addTask();
    rig.fake.faults.inject({ what: { kind: 'rate-limit', retryAfter: '17' } });
    await list(rig.source, made.id);
    expect(rig.clock.waits).toEqual([17_000]);
  });

  test('a request that is refused for good is not sent again', async () => {
    const made = rig.fake.addTask();
    rig.fake.faults.inject({ count: 100, what: { kind: 'status', status: 400 } });
    await expect(list(rig.source, made.id)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', retryable: false });
    expect(rig.asked()).toHaveLength(1);
  });
});

/** The API's answer with a change in its JSON. */
const changed = (change: (task: Record<string, unknown>) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => ({
    ...answer,
    body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8'))))),
  }),
});

const withoutGenerations = changed(({ generations: _generations, ...task }) => task);

const withoutFirstGeneration = changed((task) => {
  const { data, ...list } = task.generations as { data: unknown[] };
  return { ...task, generations: { ...list, data: data.slice(1) } };
});

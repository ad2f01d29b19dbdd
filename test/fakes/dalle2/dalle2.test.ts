import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { exchange } from '../../support/exchange.js';
import { startProxy } from '../proxy.js';
import { API_HOST, BLOB_HOST, createFakeDalle2 } from './index.js';
import { type GenerationRecord, json, START, type TaskRecord, useFakeDalle2 } from './session.js';

const session = useFakeDalle2();
const { api, bearer, firstLink, post, readTask } = session;

describe('the token', () => {
  test.each([
    ['none', {}, 401, null],
    ['another scheme', { Authorization: 'Basic c2Vzcy0x' }, 401, null],
    ['an unknown one', bearer('sess-abcdefghijklmnopqrstuvwxyz'), 401, 'invalid_api_key'],
    ['a platform key', bearer('sk-abcdefghijklmnopqrstuvwxyz'), 403, 'missing_scope'],
  ])('%s is refused with the error envelope', async (_, headers, status, code) => {
    const answer = await api('/tasks', headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(json(answer)).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code },
    });
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Basic /u);
  });

  test('a refused key is shown masked', async () => {
    const text = (await api('/tasks', bearer('sess-abcdefghijklmnopqrstuvwxyz'))).body.toString('utf8');
    expect(text).toContain('sess-abc*******************wxyz');
    expect(text).not.toContain('abcdef');
  });

  test('after a rotation only the new one is good', async () => {
    const old = session.fake.token;
    expect((await api('/tasks')).status).toBe(200);
    const fresh = session.fake.rotateToken();
    expect(fresh).not.toBe(old);
    expect((await api('/tasks', bearer(old))).status).toBe(401);
    expect((await api('/tasks', bearer(fresh))).status).toBe(200);
  });
});

describe('a task', () => {
  test('has no generations until it has succeeded', async () => {
    const task = session.fake.addTask({ pollsBeforeEnd: 2, count: 4 });
    for (let poll = 0; poll < 2; poll += 1) {
      const record = await readTask(task);
      expect(record.status).toBe('pending');
      expect(Object.keys(record)).not.toContain('generations');
    }
    const record = await readTask(task);
    expect(record.status).toBe('succeeded');
    expect(record.generations!.data).toHaveLength(4);
  });

  test('that is pending for ever stays so', async () => {
    const task = session.fake.addTask({ status: 'pending' });
    for (let poll = 0; poll < 5; poll += 1) expect((await readTask(task)).status).toBe('pending');
  });

  test('that was rejected says why and has no pictures', async () => {
    const record = await readTask(session.fake.addTask({ status: 'rejected' }));
    expect(record.status_information).toEqual({
      type: 'error',
      message: 'Your task failed as a result of our safety system.',
      code: 'task_failed_text_safety_system',
    });
    expect(record).not.toHaveProperty('generations');
  });

  test('that failed shows the words that the test gives it', async () => {
    const statusInformation = { type: 'error', message: 'Out of \u001b[31mpaint' };
    const record = await readTask(session.fake.addTask({ status: 'failed', statusInformation }));
    expect(record).toMatchObject({ status: 'failed', status_information: statusInformation });
  });

  test('of variations has no caption but a parent and a source picture', async () => {
    const parentGenerationId = session.fake.addTask().generations[0]!.id;
    const { prompt, generations } = await readTask(session.fake.addTask({ kind: 'variations', parentGenerationId }));
    expect(prompt).toMatchObject({ prompt_type: 'CaptionlessImagePrompt', parent_generation_id: parentGenerationId });
    expect(Object.keys(prompt.prompt)).toEqual(['image_path']);
    expect(generations!.data).toHaveLength(3);
  });

  test('of an edit keeps its source picture and its mask on the blob host', async () => {
    const task = session.fake.addTask({ kind: 'inpainting', caption: 'with a hat' });
    const { prompt, prompt_id } = await readTask(task);
    expect(prompt).toMatchObject({ prompt_type: 'CaptionImagePrompt', parent_generation_id: null });
    expect(Object.keys(prompt.prompt)).toEqual(['caption', 'image_path', 'masked_image_path']);
    for (const [name, url] of Object.entries(prompt.prompt).slice(1)) {
      const file = name.replace('_path', '') as 'image';
      expect(url).toContain(`/prompts/${prompt_id}/${file}.webp?st=`);
      const { status, body } = await exchange(url);
      expect(status).toBe(200);
      expect(body.equals(task.promptPictures.get(file)!)).toBe(true);
    }
  });

  test('carries fields and numbers that JavaScript cannot hold', async () => {
    const text = (await api(`/tasks/${session.fake.addTask({ extra: { new_field: ['x'] } }).id}`)).body.toString(
      'utf8',
    );
    for (const raw of [
      '"seed":18446744073709551615',
      '"guidance_weight":7.0',
      '"score":0.10',
      '"weight":1E+2',
      '"new_field":["x"]',
    ]) {
      expect(text).toContain(raw);
    }
  });

  test('can be made over the API, is pending first and is then in the list', async () => {
    const made = json<TaskRecord>(
      await post('/tasks', { task_type: 'text2im', prompt: { caption: 'a fern', batch_size: 2 } }),
    );
    expect(made).toMatchObject({ status: 'pending', prompt: { prompt: { caption: 'a fern' } } });
    const task = session.fake.tasks[0]!;
    expect(task.id).toBe(made.id);
    for (let poll = 0; poll < 2; poll += 1) expect((await readTask(task)).status).toBe('pending');
    expect((await readTask(task)).generations!.data).toHaveLength(2);
    expect((await post('/tasks', { task_type: 'text2im', prompt: {} })).status).toBe(400);
  });

  test('that was removed is not found, nor are its pictures', async () => {
    const task = session.fake.addTask();
    const url = await firstLink();
    session.fake.removeTask(task.id);
    expect((await api(`/tasks/${task.id}`)).status).toBe(404);
    expect((await api(`/generations/${task.generations[0]!.id}`)).status).toBe(404);
    expect((await exchange(url)).status).toBe(404);
  });

  test('has ids of 24 letters and digits that no other task has', () => {
    const tasks = Array.from({ length: 300 }, () => session.fake.addTask());
    const ids = tasks.flatMap((task) => [task.id, task.promptId, ...task.generations.map(({ id }) => id)]);
    expect(new Set(ids).size).toBe(300 * 6);
    for (const id of ids) expect(id).toMatch(/^(task|prompt|generation)-[A-Za-z0-9]{24}$/u);
  });

  test('can have two pictures whose ids differ in case alone', async () => {
    const { generations } = session.fake.addTask({ caseTwins: true });
    const [first, second] = generations;
    expect(first!.id).not.toBe(second!.id);
    expect(first!.id.toLowerCase()).toBe(second!.id.toLowerCase());
    expect(first!.picture.equals(second!.picture)).toBe(false);
    for (const own of [first!, second!]) {
      const record = json<GenerationRecord>(await api(`/generations/${own.id}`));
      expect((await exchange(record.generation.image_path)).body.equals(own.picture)).toBe(true);
    }
  });
});

describe('the history', () => {
  const created = START / 1000 - 1_000_000;

  interface List {
    data: TaskRecord[];
    total_models: number;
  }

  test('has pages of at most 50, counted from 1, newest first', async () => {
    for (let index = 0; index < 120; index += 1)
      session.fake.addTask({ created: Math.floor(created) + index, count: 1 });
    const pages = await Promise.all(
      [1, 2, 3, 4].map(async (page) => json<List>(await api(`/tasks?page=${page}&limit=1000`))),
    );
    expect(pages.map(({ data }) => data.length)).toEqual([50, 50, 20, 0]);
    const seen = pages.flatMap(({ data }) => data);
    expect(seen.map((task) => task.created)).toEqual(seen.map((task) => task.created).sort((a, b) => b - a));
    expect(new Set(seen.map(({ id }) => id)).size).toBe(120);
    const { data: _, ...envelope } = pages[2]!;
    expect(envelope).toEqual({
      object: 'list',
      offset: 100,
      limit: 50,
      page: 3,
      total_models: 120,
      total_pages: 3,
      start: 101,
      end: 120,
    });
    expect(json<List>(await api('/tasks')).data).toHaveLength(50);
    expect((await api('/tasks?page=0')).status).toBe(400);
  });

  test('shows pending and rejected tasks among the others', async () => {
    for (const status of ['succeeded', 'pending', 'rejected', 'failed'] as const) session.fake.addTask({ status });
    const { data } = json<List>(await api('/tasks'));
    expect(data.map(({ status }) => status).sort()).toEqual(['failed', 'pending', 'rejected', 'succeeded']);
    expect(data.filter((task) => 'generations' in task)).toHaveLength(1);
  });

  test('puts the task that was added last first where several have one time', async () => {
    const ids = Array.from({ length: 5 }, () => session.fake.addTask({ created: 1_664_000_000 }).id);
    expect(json<List>(await api('/tasks')).data.map(({ id }) => id)).toEqual(ids.toReversed());
  });

  test('leaves out what is older than from_ts', async () => {
    for (const age of [300, 200, 100]) session.fake.addTask({ created: 1_664_000_000 - age });
    const { data, total_models } = json<List>(await api(`/tasks?from_ts=${1_664_000_000 - 200}`));
    expect(data.map((task) => task.created)).toEqual([1_664_000_000 - 100, 1_664_000_000 - 200]);
    expect(total_models).toBe(2);
  });
});

describe('what is recorded', () => {
  test('flags a bearer header, or the token anywhere else, that reached the blob host', async () => {
    const url = await firstLink();
    await exchange(url);
    expect(session.fake.leaks()).toEqual([]);
    expect((await exchange(url, { headers: bearer() })).status).toBe(401);
    await exchange(url, { headers: bearer('sess-something-else') });
    await exchange(url, { headers: { 'X-Api-Key': session.fake.token } });
    await exchange(`${url}&token=${session.fake.token}`);
    expect(session.fake.leaks()).toHaveLength(4);
    const old = session.fake.token;
    session.fake.rotateToken();
    await exchange(url, { headers: { Cookie: `session=${old}` } });
    expect(session.fake.leaks()).toHaveLength(5);
  });

  test('is every request as it was sent, with the status that was meant and the fault', async () => {
    session.fake.addTask();
    session.fake.faults.inject({ what: { kind: 'html' } });
    await api('/tasks?page=1&x=%3a');
    expect(session.fake.requests).toMatchObject([
      {
        host: 'api',
        method: 'GET',
        target: '/api/labs/tasks?page=1&x=%3a',
        at: START,
        leaksToken: false,
        status: 200,
        fault: 'html',
      },
    ]);
  });
});

test('behind a proxy it answers under the names of the service', async () => {
  const fake = createFakeDalle2();
  const proxy = await startProxy({ hosts: { [API_HOST]: fake.apiListener, [BLOB_HOST]: fake.blobListener } });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  try {
    const task = fake.addTask();
    const headers = { Authorization: `Bearer ${fake.token}` };
    const record = json<TaskRecord>(
      await exchange(`https://${API_HOST}/api/labs/tasks/${task.id}`, { headers, agent }),
    );
    const url = record.generations!.data[0]!.generation.image_path;
    expect(url).toMatch(/^https:\/\/openailabsprodscus\.blob\.core\.windows\.net\/private\//u);
    expect((await exchange(url, { agent })).body.equals(task.generations[0]!.picture)).toBe(true);
    fake.faults.inject({ what: { kind: 'reset', when: 'during' } });
    expect((await exchange(url, { agent })).whole).toBe(false);
  } finally {
    agent.destroy();
    await proxy.close();
  }
});

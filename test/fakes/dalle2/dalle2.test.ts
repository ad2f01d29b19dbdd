import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { type Exchanged, exchange } from '../../support/exchange.js';
import { startProxy } from '../proxy.js';
import { API_HOST, BLOB_HOST, createFakeDalle2, type FakeTask, PUBLIC_HOST } from './index.js';
import { type LoopbackDalle2, startFakeDalle2 } from './loopback.js';

const START = Date.UTC(2022, 8, 30, 12, 0, 0, 400);
const MINUTE = 60_000;

interface Generation {
  id: string;
  created: number;
  is_public: boolean;
  generation: { image_path: string };
}

interface Task {
  id: string;
  created: number;
  status: string;
  status_information: Record<string, unknown>;
  prompt_id: string;
  prompt: { prompt_type: string; prompt: Record<string, string>; parent_generation_id: string | null };
  generations?: { data: Generation[] };
}

let service: LoopbackDalle2;
beforeEach(async () => {
  service = await startFakeDalle2({ now: () => START });
});
afterEach(() => service.close());

function bearer(token = service.fake.token): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

function api(path: string, headers = bearer()): Promise<Exchanged> {
  return exchange(`${service.apiUrl}${path}`, { headers });
}

function post(path: string, body: object): Promise<Exchanged> {
  return exchange(`${service.apiUrl}${path}`, { method: 'POST', headers: bearer(), body: JSON.stringify(body) });
}

function json<T>(answer: Exchanged): T {
  return JSON.parse(answer.body.toString('utf8')) as T;
}

async function readTask(task: FakeTask): Promise<Task> {
  return json<Task>(await api(`/tasks/${task.id}`));
}

async function firstLink(): Promise<string> {
  const task = await readTask(service.fake.tasks[0] ?? service.fake.addTask());
  return task.generations!.data[0]!.generation.image_path;
}

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
    const old = service.fake.token;
    expect((await api('/tasks')).status).toBe(200);
    const fresh = service.fake.rotateToken();
    expect(fresh).not.toBe(old);
    expect((await api('/tasks', bearer(old))).status).toBe(401);
    expect((await api('/tasks', bearer(fresh))).status).toBe(200);
  });
});

describe('a task', () => {
  test('has no generations until it has succeeded', async () => {
    const task = service.fake.addTask({ pollsBeforeEnd: 2, count: 4 });
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
    const task = service.fake.addTask({ status: 'pending' });
    for (let poll = 0; poll < 5; poll += 1) expect((await readTask(task)).status).toBe('pending');
  });

  test('that was rejected says why and has no pictures', async () => {
    const record = await readTask(service.fake.addTask({ status: 'rejected' }));
    expect(record.status_information).toEqual({
      type: 'error',
      message: 'Your task failed as a result of our safety system.',
      code: 'task_failed_text_safety_system',
    });
    expect(record).not.toHaveProperty('generations');
  });

  test('that failed shows the words that the test gives it', async () => {
    const statusInformation = { type: 'error', message: 'Out of \u001b[31mpaint' };
    const record = await readTask(service.fake.addTask({ status: 'failed', statusInformation }));
    expect(record).toMatchObject({ status: 'failed', status_information: statusInformation });
  });

  test('of variations has no caption but a parent and a source picture', async () => {
    const parentGenerationId = service.fake.addTask().generations[0]!.id;
    const { prompt, generations } = await readTask(service.fake.addTask({ kind: 'variations', parentGenerationId }));
    expect(prompt).toMatchObject({ prompt_type: 'CaptionlessImagePrompt', parent_generation_id: parentGenerationId });
    expect(Object.keys(prompt.prompt)).toEqual(['image_path']);
    expect(generations!.data).toHaveLength(3);
  });

  test('of an edit keeps its source picture and its mask on the blob host', async () => {
    const task = service.fake.addTask({ kind: 'inpainting', caption: 'with a hat' });
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
    const text = (await api(`/tasks/${service.fake.addTask({ extra: { new_field: ['x'] } }).id}`)).body.toString(
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
    const made = json<Task>(
      await post('/tasks', { task_type: 'text2im', prompt: { caption: 'a fern', batch_size: 2 } }),
    );
    expect(made).toMatchObject({ status: 'pending', prompt: { prompt: { caption: 'a fern' } } });
    const task = service.fake.tasks[0]!;
    expect(task.id).toBe(made.id);
    for (let poll = 0; poll < 2; poll += 1) expect((await readTask(task)).status).toBe('pending');
    expect((await readTask(task)).generations!.data).toHaveLength(2);
    expect((await post('/tasks', { task_type: 'text2im', prompt: {} })).status).toBe(400);
  });

  test('that was removed is not found, nor are its pictures', async () => {
    const task = service.fake.addTask();
    const url = await firstLink();
    service.fake.removeTask(task.id);
    expect((await api(`/tasks/${task.id}`)).status).toBe(404);
    expect((await api(`/generations/${task.generations[0]!.id}`)).status).toBe(404);
    expect((await exchange(url)).status).toBe(404);
  });

  test('has ids of 24 letters and digits that no other task has', () => {
    const tasks = Array.from({ length: 300 }, () => service.fake.addTask());
    const ids = tasks.flatMap((task) => [task.id, task.promptId, ...task.generations.map(({ id }) => id)]);
    expect(new Set(ids).size).toBe(300 * 6);
    for (const id of ids) expect(id).toMatch(/^(task|prompt|generation)-[A-Za-z0-9]{24}$/u);
  });

  test('can have two pictures whose ids differ in case alone', async () => {
    const { generations } = service.fake.addTask({ caseTwins: true });
    const [first, second] = generations;
    expect(first!.id).not.toBe(second!.id);
    expect(first!.id.toLowerCase()).toBe(second!.id.toLowerCase());
    expect(first!.picture.equals(second!.picture)).toBe(false);
    for (const own of [first!, second!]) {
      const record = json<Generation>(await api(`/generations/${own.id}`));
      expect((await exchange(record.generation.image_path)).body.equals(own.picture)).toBe(true);
    }
  });
});

describe('the history', () => {
  const created = START / 1000 - 1_000_000;

  interface List {
    data: Task[];
    total_models: number;
  }

  test('has pages of at most 50, counted from 1, newest first', async () => {
    for (let index = 0; index < 120; index += 1)
      service.fake.addTask({ created: Math.floor(created) + index, count: 1 });
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
    for (const status of ['succeeded', 'pending', 'rejected', 'failed'] as const) service.fake.addTask({ status });
    const { data } = json<List>(await api('/tasks'));
    expect(data.map(({ status }) => status).sort()).toEqual(['failed', 'pending', 'rejected', 'succeeded']);
    expect(data.filter((task) => 'generations' in task)).toHaveLength(1);
  });

  test('puts the task that was added last first where several have one time', async () => {
    const ids = Array.from({ length: 5 }, () => service.fake.addTask({ created: 1_664_000_000 }).id);
    expect(json<List>(await api('/tasks')).data.map(({ id }) => id)).toEqual(ids.toReversed());
  });

  test('leaves out what is older than from_ts', async () => {
    for (const age of [300, 200, 100]) service.fake.addTask({ created: 1_664_000_000 - age });
    const { data, total_models } = json<List>(await api(`/tasks?from_ts=${1_664_000_000 - 200}`));
    expect(data.map((task) => task.created)).toEqual([1_664_000_000 - 100, 1_664_000_000 - 200]);
    expect(total_models).toBe(2);
  });
});

describe('a link', () => {
  const time = '2022-09-30T\\d\\d%3A\\d\\d%3A\\d\\dZ';

  test('has its parameters in the order and the escaping of the service', async () => {
    const url = await firstLink();
    const guid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
    expect(url).toMatch(
      new RegExp(
        `^${service.blobOrigin}/private/user-\\w{24}/generations/generation-\\w{24}/image\\.webp\\?st=${time}&se=${time}&sp=r` +
          `&sv=2021-08-06&sr=b&rscd=inline&rsct=image/webp&skoid=${guid}&sktid=${guid}&skt=\\S+?&ske=\\S+?&sks=b&skv=2021-08-06` +
          '&sig=[A-Za-z0-9/%]+%3D$',
        'u',
      ),
    );
    const signature = url.slice(url.indexOf('&sig=') + 5);
    expect(signature).toContain('%2B');
    expect(signature).toContain('/');
  });

  test('lives 59 minutes before and after the answer', async () => {
    const { searchParams } = new URL(await firstLink());
    expect(searchParams.get('st')).toBe('2022-09-30T11:01:00Z');
    expect(searchParams.get('se')).toBe('2022-09-30T12:59:00Z');
  });

  test('is another one in every answer, and the older ones stay good', async () => {
    const links = [await firstLink(), await firstLink(), await firstLink()];
    expect(new Set(links).size).toBe(3);
    for (const link of links) expect((await exchange(link)).status).toBe(200);
  });

  test('is refused in any other spelling of the same query', async () => {
    const url = await firstLink();
    const { href } = new URL(url);
    const decoded = new URL(url);
    decoded.search = new URLSearchParams(decoded.search).toString();
    expect(href).toBe(url);
    for (const other of [
      decoded.href,
      url.replaceAll('%3A', ':'),
      url.replace('%2B', '%2b'),
      `${url}&`,
      url.replace(/\?.*$/u, ''),
    ]) {
      expect(other).not.toBe(url);
      expect((await exchange(other)).status).toBe(403);
    }
  });

  test('is no good for another picture', async () => {
    const record = await readTask(service.fake.addTask());
    const [first, second] = record.generations!.data.map(({ generation }) => generation.image_path.split('?'));
    expect((await exchange(`${first![0]}?${second![1]}`)).status).toBe(403);
  });

  test('is refused in the words of Azure once it has run out', async () => {
    const url = await firstLink();
    service.fake.clock.advance(59 * MINUTE - 1_000);
    expect((await exchange(url)).status).toBe(200);
    service.fake.clock.advance(1_000);
    const { status, headers, body } = await exchange(url);
    expect(status).toBe(403);
    expect(headers).toMatchObject({ 'content-type': 'application/xml', 'x-ms-error-code': 'AuthenticationFailed' });
    const text = body.toString('utf8');
    expect(text).toMatch(/^\ufeff<\?xml version="1\.0" encoding="utf-8"\?><Error><Code>AuthenticationFailed<\/Code>/u);
    expect(text).toContain('Start [Fri, 30 Sep 2022 11:01:00 GMT] - Expiry [Fri, 30 Sep 2022 12:59:00 GMT]');
    expect((await exchange(await firstLink())).status).toBe(200);
  });
});

describe('a picture', () => {
  test('comes with the headers of Azure and a digest of its bytes', async () => {
    const { status, headers, body } = await exchange(await firstLink());
    expect(status).toBe(200);
    expect(body.equals(service.fake.tasks[0]!.generations[0]!.picture)).toBe(true);
    expect(body.subarray(8, 12).toString('latin1')).toBe('WEBP');
    expect(headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': String(body.length),
      'content-md5': createHash('md5').update(body).digest('base64'),
      etag: expect.stringMatching(/^"0x8DA[0-9A-F]{12}"$/u),
      'last-modified': 'Fri, 30 Sep 2022 12:00:15 GMT',
      'accept-ranges': 'bytes',
    });
  });

  test('is another file, a PNG, from /download', async () => {
    const { generations } = service.fake.addTask();
    const { status, headers, body } = await api(`/generations/${generations[0]!.id}/download`);
    expect([status, headers['content-type']]).toEqual([200, 'image/png']);
    expect(body.subarray(1, 4).toString('latin1')).toBe('PNG');
    expect((await api(`/generations/${generations[0]!.id}/download`, {})).status).toBe(401);
  });

  test('comes in parts as long as it has not changed', async () => {
    const url = await firstLink();
    const { headers, body } = await exchange(url);
    const part = await exchange(url, { headers: { Range: 'bytes=100-', 'If-Range': String(headers.etag) } });
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 100-${body.length - 1}/${body.length}`);
    expect(part.headers).not.toHaveProperty('content-md5');
    expect(Buffer.concat([body.subarray(0, 100), part.body]).equals(body)).toBe(true);
    const middle = await exchange(url, { headers: { Range: 'bytes=10-19' } });
    expect(middle.body.equals(body.subarray(10, 20))).toBe(true);
    const changed = await exchange(url, { headers: { Range: 'bytes=100-', 'If-Range': '"0x8DA000000000000"' } });
    expect([changed.status, changed.body.length]).toEqual([200, body.length]);
  });

  test('refuses a part behind its end and answers conditions', async () => {
    const url = await firstLink();
    const { headers, body } = await exchange(url);
    const behind = await exchange(url, { headers: { Range: `bytes=${body.length}-` } });
    expect([behind.status, behind.headers['content-range']]).toEqual([416, `bytes */${body.length}`]);
    expect((await exchange(url, { headers: { 'If-None-Match': String(headers.etag) } })).status).toBe(304);
    expect((await exchange(url, { headers: { 'If-Match': '"other"' } })).status).toBe(412);
    const head = await exchange(url, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(body.length), 0]);
  });

  test('is shown to everybody once it is shared', async () => {
    const { generations } = service.fake.addTask();
    const { id, picture } = generations[0]!;
    expect((await api(`/public/generations/${id}`, {})).status).toBe(404);
    expect(json<Generation>(await post(`/generations/${id}/share`, {})).is_public).toBe(true);
    const shared = json<Generation & { prompt: object; user: object }>(await api(`/public/generations/${id}`, {}));
    const { image_path: url } = shared.generation;
    expect(url).toMatch(new RegExp(`^https://${PUBLIC_HOST}/user-\\w+/generations/${id}/image.webp$`, 'u'));
    const { body } = await exchange(url.replace(`https://${PUBLIC_HOST}`, service.blobOrigin));
    expect(body.equals(picture)).toBe(true);
  });

  test('can be saved into the collection, whose list is paged like the history', async () => {
    const { generations } = service.fake.addTask();
    const ids = generations.map(({ id }) => id);
    expect(json(await post('/collections/private/generations', { generation_ids: ids }))).toMatchObject({
      alias: 'private',
    });
    const list = json<{ data: Generation[]; total_pages: number }>(
      await api('/collections/private/generations?page=2&limit=3'),
    );
    expect([list.data.map(({ id }) => id), list.total_pages]).toEqual([[ids[0]], 2]);
  });
});

describe('what is recorded', () => {
  test('flags a bearer header, or the token anywhere else, that reached the blob host', async () => {
    const url = await firstLink();
    await exchange(url);
    expect(service.fake.leaks()).toEqual([]);
    expect((await exchange(url, { headers: bearer() })).status).toBe(401);
    await exchange(url, { headers: bearer('sess-something-else') });
    await exchange(url, { headers: { 'X-Api-Key': service.fake.token } });
    await exchange(`${url}&token=${service.fake.token}`);
    expect(service.fake.leaks()).toHaveLength(4);
    const old = service.fake.token;
    service.fake.rotateToken();
    await exchange(url, { headers: { Cookie: `session=${old}` } });
    expect(service.fake.leaks()).toHaveLength(5);
  });

  test('is every request as it was sent, with the status that was meant and the fault', async () => {
    service.fake.addTask();
    service.fake.faults.inject({ what: { kind: 'html' } });
    await api('/tasks?page=1&x=%3a');
    expect(service.fake.requests).toMatchObject([
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

describe('a fault', () => {
  test('hits the requests that it is meant for and no others', async () => {
    service.fake.addTask();
    service.fake.faults.inject({ path: /\/billing\//u, hit: 2, count: 2, what: { kind: 'status', status: 503 } });
    const statuses: number[] = [];
    for (let request = 0; request < 5; request += 1) {
      statuses.push((await api('/billing/credit_summary')).status, (await api('/tasks')).status);
    }
    expect(statuses).toEqual([200, 200, 503, 200, 503, 200, 200, 200, 200, 200]);
  });

  test('of the blob host leaves the API alone', async () => {
    service.fake.faults.inject({ host: 'blob', count: Number.POSITIVE_INFINITY, what: { kind: 'empty' } });
    const url = await firstLink();
    expect(await exchange(url)).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    service.fake.faults.clear();
    expect((await exchange(url)).body.length).toBeGreaterThan(1_000);
  });

  test.each([
    ['status', { kind: 'status', status: 500 }, 500, /"error"/u],
    [
      'status with a body',
      { kind: 'status', status: 403, body: 'no', headers: { 'Content-Type': 'text/plain' } },
      403,
      /^no$/u,
    ],
    ['html', { kind: 'html' }, 504, /^<!DOCTYPE html>/u],
    ['empty', { kind: 'empty' }, 200, /^$/u],
    ['rate-limit', { kind: 'rate-limit', retryAfter: '7' }, 429, /rate_limit_exceeded/u],
    ['redirect', { kind: 'redirect', to: 'http://127.0.0.1:9/x' }, 302, /^$/u],
    ['changed', { kind: 'changed', change: (answer) => ({ ...answer, body: Buffer.from('[]') }) }, 200, /^\[\]$/u],
  ] as const satisfies readonly (readonly [
    string,
    Parameters<LoopbackDalle2['fake']['faults']['inject']>[0]['what'],
    number,
    RegExp,
  ])[])('%s sends another answer', async (_, what, status, text) => {
    service.fake.faults.inject({ what });
    const answer = await api('/billing/credit_summary');
    expect(answer.status).toBe(status);
    expect(answer.body.toString('utf8')).toMatch(text);
    if (what.kind === 'rate-limit') expect(answer.headers['retry-after']).toBe('7');
    if (what.kind === 'redirect') expect(answer.headers.location).toBe(what.to);
  });

  test('reset before the answer leaves the client without one', async () => {
    service.fake.faults.inject({ what: { kind: 'reset', when: 'before' } });
    await expect(api('/tasks')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test.each([
    ['reset', { kind: 'reset', when: 'during' }],
    ['wrong-length', { kind: 'wrong-length', difference: 10 }],
  ] as const)('%s ends the answer before its declared length', async (_, what) => {
    const url = await firstLink();
    service.fake.faults.inject({ host: 'blob', what });
    const { whole, body, headers } = await exchange(url);
    expect(whole).toBe(false);
    expect(body.length).toBeLessThan(Number(headers['content-length']));
  });

  test('shortened cuts JSON under a length that agrees', async () => {
    service.fake.addTask();
    service.fake.faults.inject({ what: { kind: 'shortened' } });
    const answer = await api('/tasks');
    expect([answer.whole, answer.headers['content-length']]).toEqual([true, String(answer.body.length)]);
    expect(() => json(answer)).toThrow(SyntaxError);
  });

  test('closed-early looks like a whole answer without a length', async () => {
    const url = await firstLink();
    service.fake.faults.inject({ host: 'blob', what: { kind: 'closed-early' } });
    const { whole, body, headers } = await exchange(url);
    const { picture } = service.fake.tasks[0]!.generations[0]!;
    expect(whole).toBe(true);
    expect(headers).not.toHaveProperty('content-length');
    expect(headers).not.toHaveProperty('transfer-encoding');
    expect(body.equals(picture.subarray(0, picture.length >> 1))).toBe(true);
  });

  test('drip sends everything in small portions', async () => {
    const url = await firstLink();
    service.fake.faults.inject({ host: 'blob', what: { kind: 'drip', bytes: 1_000, everyMilliseconds: 1 } });
    const { whole, body } = await exchange(url);
    expect(whole).toBe(true);
    expect(body.equals(service.fake.tasks[0]!.generations[0]!.picture)).toBe(true);
  });

  test.each(['before', 'during'] as const)('stall %s sends nothing more until the client gives up', async (when) => {
    service.fake.faults.inject({ what: { kind: 'stall', when } });
    const patience = AbortSignal.timeout(200);
    const answer = await exchange(`${service.apiUrl}/tasks`, { headers: bearer(), signal: patience }).catch(
      () => undefined,
    );
    expect(patience.aborted).toBe(true);
    expect(answer?.whole).toBe(when === 'during' ? false : undefined);
  });
});

test('behind a proxy it answers under the names of the service', async () => {
  const fake = createFakeDalle2();
  const proxy = await startProxy({ hosts: { [API_HOST]: fake.apiListener, [BLOB_HOST]: fake.blobListener } });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  try {
    const task = fake.addTask();
    const headers = { Authorization: `Bearer ${fake.token}` };
    const record = json<Task>(await exchange(`https://${API_HOST}/api/labs/tasks/${task.id}`, { headers, agent }));
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

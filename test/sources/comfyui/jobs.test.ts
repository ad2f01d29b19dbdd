import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { Answer, NewOutput } from '../../fakes/comfyui/index.js';
import { type ComfyUiRig, type ComfyUiRigOptions, openComfyUiRig } from '../../support/comfyui-rig.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let rig: ComfyUiRig;
const opened: ComfyUiRig[] = [];

const open = async (options: ComfyUiRigOptions = {}): Promise<ComfyUiRig> => {
  const other = await openComfyUiRig(options);
  opened.push(other);
  return other;
};

beforeEach(async () => {
  rig = await open();
});
afterEach(async () => {
  for (const other of opened.splice(0)) await other.shut();
});

/** One server with `/api/jobs`, and one without. */
const GENERATIONS = [
  ['/api/jobs', {}],
  ['/history', { knowsJobs: false }],
] as const;

describe.each(GENERATIONS)('a job of a server with %s', (_route, options) => {
  beforeEach(async () => {
    rig = await open(options);
  });

  test('has its files in the order of its nodes, with what the graph tells of them', async () => {
    const made = rig.fake.addPrompt({
      text: 'a tin robot watering ferns',
      seed: '18446744073709551615',
      created: 1_790_000_000_000,
      outputs: [{ count: 2 }, { kind: 'custom' }],
    });
    const { task, items } = await rig.list(made.id);
    expect(task).toMatchObject({ source: 'comfyui', id: made.id, prompt: 'a tin robot watering ferns', count: 3 });
    expect(task.createdAt).toEqual(new Date(1_790_000_000_000));
    expect(items.map(({ id, index, title }) => [index, id, title])).toEqual([
      [1, `${made.id}-9-images-0`, 'ComfyUI_00001_.png'],
      [2, `${made.id}-9-images-1`, 'ComfyUI_00002_.png'],
      [3, `${made.id}-10-a_images-0`, 'pair_00001_.png'],
    ]);
    for (const item of items) {
      expect(item).toMatchObject({ taskId: made.id, mediaType: 'image/png', createdAt: new Date(1_790_000_009_100) });
      expect(item.generation).toEqual({
        prompt: 'a tin robot watering ferns',
        negativePrompt: 'blurry',
        model: 'dreamshaper_8.safetensors',
        seed: '18446744073709551615',
        width: 512,
        height: 512,
      });
    }
  });

  test.each(['linked', 'guided'] as const)('has the prompt of a %s graph', async (form) => {
    const made = rig.fake.addPrompt({ text: 'première', seed: '9007199254740993', form });
    const [item] = (await rig.list(made.id)).items;
    expect(item!.generation).toMatchObject({ prompt: 'première', seed: '9007199254740993' });
  });

  test('keeps its whole record and its workflow, every number as it was written', async () => {
    const made = rig.fake.addPrompt({ outputs: [{ count: 2 }], extraData: { ticket: 1, note: 'kept' } });
    const { task, items } = await rig.list(made.id);
    const { json, redacted } = items[0]!.raw;
    expect(json).toContain('"seed":18446744073709551615');
    expect(json).toContain('"cfg":7.0');
    expect(json).toContain('"note":"kept"');
    expect(redacted).toEqual([]);
    expect(parse(json)).toMatchObject({ node: '9', key: 'images', output: { filename: 'ComfyUI_00001_.png' } });
    expect(task.raw?.json).toContain('"class_type":"KSampler"');
    const [document] = items[0]!.documents!;
    expect(document).toMatchObject({ kind: 'workflow', id: made.id });
    expect(JSON.parse(document!.json)).toMatchObject({ id: made.workflowId, last_node_id: 9 });
    expect(document!.json).toContain('"version":0.4');
    expect(items[1]!.documents![0]).toBe(document);
  });

  test('whose graph holds Python’s NaN is read, and nothing is asked twice', async () => {
    const made = rig.fake.addPrompt({ notANumber: true });
    const { items } = await rig.list(made.id);
    expect(items[0]!.generation.prompt).toBe(made.text);
    expect(items[0]!.raw.json).toContain('"is_changed":["NaN"]');
    expect(rig.clock.waits).toEqual([]);
  });

  test('has media of every kind, and neither previews nor texts', async () => {
    const kinds = ['image', 'animated-webp', 'video', 'gif', 'audio', 'preview', 'text', 'custom'] as const;
    const made = rig.fake.addPrompt({ outputs: kinds.map((kind): NewOutput => ({ kind })) });
    const { items } = await rig.list(made.id);
    expect(items.map(({ id, mediaType }) => [id.slice(37), mediaType])).toEqual([
      ['9-images-0', 'image/png'],
      ['10-images-0', 'image/webp'],
      ['11-images-0', 'video/mp4'],
      ['12-gifs-0', 'video/mp4'],
      ['13-audio-0', 'audio/flac'],
      ['16-a_images-0', 'image/png'],
    ]);
    expect(rig.warnings).toEqual([]);
  });

  test('has its previews where they are asked for', async () => {
    const other = await open({ ...options, options: { previews: true } });
    const made = other.fake.addPrompt({ outputs: [{}, { kind: 'preview' }] });
    expect((await other.list(made.id)).items.map(({ title }) => title)).toEqual([
      'ComfyUI_00001_.png',
      'ComfyUI_temp_qhxzc_00001_.png',
    ]);
  });

  test('that shows previews alone says how they are had', async () => {
    const made = rig.fake.addPrompt({ outputs: [{ kind: 'preview' }] });
    expect((await rig.list(made.id)).items).toEqual([]);
    expect(rig.warnings).toEqual([`${made.id}: it has only previews; --previews fetches them`]);
  });

  test('that was cached as a whole has nothing to save, which is no failure', async () => {
    const made = rig.fake.addPrompt({ outputs: [] });
    const { task, items } = await rig.list(made.id);
    expect([task.count, items]).toEqual([0, []]);
    expect(rig.warnings).toEqual([`${made.id}: it has no files: nothing to save`]);
  });

  test('that tells neither how it ended nor when it was made has ended well', async () => {
    const made = rig.fake.addPrompt({ withoutStatus: true, withoutCreateTime: true });
    const { task, items } = await rig.list(made.id);
    expect(items).toHaveLength(1);
    expect([task.createdAt, items[0]!.createdAt]).toEqual([undefined, undefined]);
  });

  test('that failed is told in the words of the server', async () => {
    const made = rig.fake.addPrompt({ outcome: 'error' });
    await expect(rig.list(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      plugin: 'comfyui',
      message: `${made.id} failed: Allocation on device would exceed allowed memory. (out of memory) (KSampler)`,
    });
  });

  test('that was interrupted says so', async () => {
    const made = rig.fake.addPrompt({ outcome: 'interrupted' });
    await expect(rig.list(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: `${made.id} was cancelled: the server gives no reason`,
    });
  });

  test('that the server does not know is E_NOT_FOUND', async () => {
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'comfyui',
      hint: expect.stringContaining('ends with a restart'),
    });
  });

  test('of which one file is named by a server that would lead elsewhere has a plain id, and asks for no path', async () => {
    const shown = {
      '../9': { 'im/ages': [{ filename: '../../etc/passwd.png', subfolder: '/root/..', type: 'output' }] },
    };
    const made = rig.fake.addPrompt({ outputs: [], rawOutputs: shown });
    const [item] = (await rig.list(made.id)).items;
    expect(item!.id).toBe(`${made.id}-..=2F9-im=2Fages-0`);
    const location = await rig.source.locate(item!, { renew: false });
    if (location.kind !== 'request') throw new Error('there is a link');
    const url = new URL(location.url);
    expect([url.host, url.pathname]).toEqual([rig.host, '/view']);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      filename: 'passwd.png',
      subfolder: '/root/../../../etc',
      type: 'output',
    });
  });

  test('with entries that are none has those that are', async () => {
    const entries = [null, 'a.png', 7, [], {}, { filename: '' }, { filename: 3 }, { filename: 'folder/' }];
    const more = { filename: 'in.png', subfolder: '', type: 'input' };
    const made = rig.fake.addPrompt({
      rawOutputs: { 20: { images: [...entries, more], text: ['a.png'], animated: [true] }, 21: null, 22: 'x' },
    });
    expect((await rig.list(made.id)).items.map(({ title }) => title)).toEqual(['ComfyUI_00001_.png']);
  });
});

describe('a job that runs', () => {
  test.each(GENERATIONS)('is awaited with a word, with %s', async (_route, options) => {
    const other = await open(options);
    const made = other.fake.addPrompt({ outcome: 'running' });
    const listed = other.list(made.id);
    while (other.clock.waits.length < 2) await new Promise(setImmediate);
    other.fake.finishPrompt(made.id);
    expect((await listed).items).toHaveLength(1);
    expect(other.progress.slice(0, 2)).toEqual([
      `${made.id} is in progress; waiting up to 300 s more`,
      `${made.id} is in progress; waiting up to 298 s more`,
    ]);
  });

  test.each(GENERATIONS)('is given up after five minutes, with %s', async (_route, options) => {
    const other = await open(options);
    const made = other.fake.addPrompt({ outcome: 'pending' });
    const begun = other.clock.now();
    await expect(other.list(made.id)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      plugin: 'comfyui',
      message: `${made.id} is pending after 300 s`,
      hint: expect.stringContaining('--wait'),
    });
    expect(other.clock.now() - begun).toBe(300_000);
  });

  test('is waited for as long as --wait says', async () => {
    const other = await open({ options: { wait: '5' } });
    const made = other.fake.addPrompt({ outcome: 'running' });
    await expect(other.list(made.id)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    expect(other.asked()).toHaveLength(3);
  });

  test.each(['soon', '-1', '', ' '])('a --wait of %j is a usage error before any request', async (wait) => {
    await expect(openComfyUiRig({ options: { wait } })).rejects.toMatchObject({ code: 'E_USAGE' });
  });

  test('an abort ends the wait', async () => {
    const made = rig.fake.addPrompt({ outcome: 'running' });
    const controller = new AbortController();
    const next = rig.source.open(made.id, { signal: controller.signal })[Symbol.asyncIterator]().next();
    while (rig.progress.length === 0) await new Promise(setImmediate);
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

/** The server's answer with a change in its JSON. */
const changed = (change: (job: Record<string, unknown>) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => ({
    ...answer,
    body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8'))))),
  }),
});

describe('a record as servers send it, too', () => {
  test('a job that failed after it had written files has these, with a word', async () => {
    const made = rig.fake.addPrompt();
    const error = { exception_message: 'out of memory', node_type: 'KSampler' };
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, status: 'failed', execution_error: error })) });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id} failed: out of memory (KSampler); what it had made before is fetched`]);
  });

  test('the words of an error are made printable', async () => {
    const made = rig.fake.addPrompt({ outcome: 'error' });
    const error = { exception_message: 'no\u001b[2J\u202e\r\nway' };
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, execution_error: error })) });
    await expect(rig.list(made.id)).rejects.toMatchObject({ message: `${made.id} failed: no[2J way` });
  });

  test('a job called failed although it was interrupted, by servers that knew no other word', async () => {
    const other = await open({ knowsCancelled: false });
    const made = other.fake.addPrompt({ outcome: 'interrupted' });
    await expect(other.list(made.id)).rejects.toMatchObject({ code: 'E_TASK_FAILED' });
  });

  test('3D models are told and not fetched', async () => {
    const made = rig.fake.addPrompt({ outputs: [{}, { kind: 'model' }] });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id}: no picture, video or sound, and not fetched: ComfyUI_00001_.glb`]);
  });

  test('a workflow that is one of the graphs itself is taken for that', async () => {
    const made = rig.fake.addPrompt({ text: 'a kite' });
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, workflow: made.graph })) });
    const executed = (await rig.list(made.id)).items[0]!;
    expect(executed.generation.prompt).toBe('a kite');
    expect(JSON.parse(executed.documents![0]!.json)).toHaveProperty('9.class_type', 'SaveImage');
    const editor = { nodes: [], links: [], version: 0.4 };
    rig.fake.faults.inject({ what: changed((job) => ({ ...job, workflow: editor })) });
    const edited = (await rig.list(made.id)).items[0]!;
    expect([edited.generation, JSON.parse(edited.documents![0]!.json)]).toEqual([{}, editor]);
  });

  test('a job without its workflow has no document', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ what: changed(({ workflow: _gone, ...job }) => job) });
    const [item] = (await rig.list(made.id)).items;
    expect([item!.generation, item!.documents]).toEqual([{}, undefined]);
  });

  test('one without a status is a bad answer', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ what: changed(({ status: _gone, ...job }) => job) });
    await expect(rig.list(made.id)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'comfyui' });
  });

  test('answers that are compressed are read', async () => {
    const other = await open({ compresses: true });
    const made = other.fake.addPrompt();
    expect((await other.list(made.id)).items).toHaveLength(1);
  });

  test('two nodes whose names differ by what cannot stand in a name keep their own ids', async () => {
    const entry = { filename: 'a.png', subfolder: '', type: 'output' };
    const long = 'x'.repeat(5000);
    const nodes = ['5:7', '5=3A7', '5-7', 'é', long, `${long}y`];
    const made = rig.fake.addPrompt({
      outputs: [],
      rawOutputs: Object.fromEntries(nodes.map((node) => [node, { images: [entry] }])),
    });
    const ids = (await rig.list(made.id)).items.map(({ id }) => id.slice(37));
    expect(ids.slice(0, 4)).toEqual(['5=3A7-images-0', '5=3D3A7-images-0', '5=2D7-images-0', '=C3=A9-images-0']);
    expect(new Set(ids).size).toBe(nodes.length);
    for (const id of ids) expect(id.length).toBeLessThan(100);
  });
});

describe('which of the two ways a server knows', () => {
  test('is found out once, by asking for what is wanted anyway', async () => {
    const other = await open({ knowsJobs: false });
    const [first, second] = [other.fake.addPrompt(), other.fake.addPrompt()];
    await other.list(first.id);
    await other.list(second.id);
    for await (const _task of other.source.all!({}));
    expect(other.asked()).toEqual([
      `/api/jobs/${first.id}`,
      `/history/${first.id}`,
      `/history/${second.id}`,
      '/history?max_items=25',
    ]);
  });

  test('is not taken for the older one because a job is not there', async () => {
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({ message: expect.stringContaining('Job not found') });
    expect(rig.asked()).toEqual([`/api/jobs/${UNKNOWN}`]);
  });

  test('is not taken for the older one in an outage', async () => {
    const made = rig.fake.addPrompt();
    rig.fake.faults.inject({ count: 9, what: { kind: 'html', status: 502 } });
    await expect(rig.list(made.id)).rejects.toMatchObject({ code: 'E_UNAVAILABLE' });
    rig.fake.faults.clear();
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.asked().filter((path) => path.startsWith('/history'))).toEqual([]);
  });

  test('nothing that is asked changes anything, or says that it comes from a page', async () => {
    const other = await open({ knowsJobs: false });
    for (const each of [rig, other]) {
      const made = each.fake.addPrompt();
      await each.list(made.id);
      for await (const task of each.source.all!({}))
        for await (const item of task.items) await each.source.locate(item, { renew: true });
      expect(each.fake.changes()).toEqual([]);
      for (const { headers } of each.fake.requests) {
        expect([headers.origin, headers['sec-fetch-site']]).toEqual([undefined, undefined]);
      }
    }
  });
});

describe('a proxy before the server', () => {
  const secret = `Basic ${Buffer.from('me:my password').toString('base64')}`;

  test('is given the header that it asks for, for files too', async () => {
    const other = await open({
      requiredHeaders: { Authorization: secret },
      options: { header: `Authorization: ${secret}` },
    });
    const made = other.fake.addPrompt();
    const [item] = (await other.list(made.id)).items;
    const location = await other.source.locate(item!, { renew: false });
    expect(location).toMatchObject({ headers: { authorization: secret } });
    expect(JSON.stringify(item)).not.toContain(secret);
    expect(other.fake.leaks()).toEqual([]);
  });

  test('that asks for more says how it is given', async () => {
    const other = await open({ requiredHeaders: { Authorization: secret } });
    await expect(other.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      message: `reading ${UNKNOWN}: 401 Authorization Required (HTTP 401)`,
      hint: expect.stringContaining('--header'),
      reach: 'run',
    });
  });

  test.each(['Authorization', 'a b: c', 'x: a\nHost: b', 'Host: x', 'Origin: http://x', 'x-api-key: x', 'x:'])(
    'is not given %j, which is no header of its own',
    async (header) => {
      await expect(openComfyUiRig({ options: { header } })).rejects.toMatchObject({ code: 'E_USAGE' });
    },
  );
});

describe('outages', () => {
  test.each([
    ['a 502', { kind: 'status', status: 502 }],
    ['a page of HTML', { kind: 'html', status: 200 }],
    ['half of the JSON', { kind: 'shortened' }],
    ['nothing', { kind: 'empty' }],
    ['a reset before the answer', { kind: 'reset', when: 'before' }],
    ['a reset in the middle of the answer', { kind: 'reset', when: 'during' }],
  ] as const)('%s is tried again, also where the graph holds NaN', async (_name, what) => {
    const made = rig.fake.addPrompt({ notANumber: true });
    rig.fake.faults.inject({ count: 2, what });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.asked()).toHaveLength(3);
  });

  test('a server that answers pages only is given up', async () => {
    rig.fake.faults.inject({ count: 100, what: { kind: 'html', status: 200 } });
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      plugin: 'comfyui',
      retryable: true,
      message: `reading ${UNKNOWN}: the server answered a page of HTML where JSON belongs`,
    });
    expect(rig.asked()).toHaveLength(4);
  });

  test('what a crashed handler says is told', async () => {
    const body = '500 Internal Server Error\n\nServer got itself in trouble';
    const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
    rig.fake.faults.inject({ count: 100, what: { kind: 'status', status: 500, body, headers } });
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_UNAVAILABLE',
      message: `reading ${UNKNOWN}: 500 Internal Server Error Server got itself in trouble (HTTP 500)`,
    });
  });

  test('a request that is refused for good is not sent again', async () => {
    rig.fake.faults.inject({ count: 100, what: { kind: 'status', status: 400 } });
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', retryable: false });
    expect(rig.asked()).toHaveLength(1);
  });
});

test('the server tells which version it is', async () => {
  await expect(rig.source.check?.()).resolves.toBe('ComfyUI 0.33.1');
});

test('a server of one’s own is not given the key, although there is one', async () => {
  const made = rig.fake.addPrompt();
  await rig.list(made.id);
  await rig.source.check?.();
  for await (const _task of rig.source.all!({}));
  for (const { headers } of rig.fake.requests) expect(headers['x-api-key']).toBeUndefined();
  expect(rig.fake.leaks()).toEqual([]);
});

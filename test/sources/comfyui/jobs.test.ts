import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { NewOutput, NewPrompt } from '../../fakes/comfyui/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type ComfyUiRig, openComfyUiRig } from '../../support/comfyui-rig.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

let rig: ComfyUiRig;

const open = closedAfterEach(openComfyUiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
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
        steps: 20,
        sampler: 'euler',
        guidance: 7,
        durationMs: 9000,
      });
    }
  });

  test('tells how long it took where the server tells of its beginning and its end', async () => {
    const durations = async (given: NewPrompt) =>
      (await rig.list(rig.fake.addPrompt(given).id)).items.map(({ generation }) => generation.durationMs);
    expect(await durations({ duration: 61_234 })).toEqual([61_234]);
    expect(await durations({ duration: 0 })).toEqual([0]);
    expect(await durations({ withoutStatus: true })).toEqual([undefined]);
  });

  test.each(['linked', 'guided'] as const)('has the prompt of a %s graph', async (form) => {
    const made = rig.fake.addPrompt({ text: 'première', seed: '9007199254740993', form });
    const [item] = (await rig.list(made.id)).items;
    expect(item!.generation).toMatchObject({ prompt: 'première', seed: '9007199254740993' });
    const guidance = form === 'guided' ? 3.5 : 7;
    expect(item!.generation).toMatchObject({ steps: 20, sampler: 'euler', guidance });
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

  test('is had by its id in capitals too; one that has such an id itself is had by that', async () => {
    const id = 'abcdef01-1111-4222-8333-9a9b9c9d9e9f';
    rig.fake.addPrompt({ id });
    expect((await rig.list(id.toUpperCase())).task.id).toBe(id);
    rig.fake.addPrompt({ id: id.toUpperCase() });
    expect((await rig.list(id.toUpperCase())).task.id).toBe(id.toUpperCase());
    expect((await rig.list(id)).task.id).toBe(id);
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

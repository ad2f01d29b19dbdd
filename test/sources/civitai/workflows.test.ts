import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { Answer, NewWorkflow } from '../../fakes/civitai/index.js';
import { type CivitaiRig, type CivitaiRigOptions, openCivitaiRig } from '../../support/civitai-rig.js';

const DAY = 24 * 3_600_000;
const UNKNOWN = '1234567-20200101000000000';

let rig: CivitaiRig;
const opened: CivitaiRig[] = [];

const open = async (options: CivitaiRigOptions = {}): Promise<CivitaiRig> => {
  const other = await openCivitaiRig(options);
  opened.push(other);
  return other;
};

beforeEach(async () => {
  rig = await open();
});
afterEach(async () => {
  for (const other of opened.splice(0)) await other.shut();
});

/** The service's answer with a change in its JSON. */
const changed = (change: (workflow: Record<string, unknown>) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => ({
    ...answer,
    body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8'))))),
  }),
});

type Step = Record<string, unknown> & { output: Record<string, unknown> & { images: Record<string, unknown>[] } };
const changedStep = (change: (step: Step) => object) =>
  changed(({ steps, ...workflow }) => {
    const [first, ...rest] = steps as Step[];
    return { ...workflow, steps: [change(first!), ...rest] };
  });

describe('a workflow', () => {
  test('has its results in order, with prompt, seed, model and size, and the time when they are deleted', async () => {
    const created = Math.floor(rig.clock.now() / 1000) * 1000 - 60_000;
    const made = rig.fake.addWorkflow({ prompt: 'a tin robot watering ferns', seed: '18446744073709551615', created });
    const { task, items } = await rig.list(made.id);
    const completed = created + 28_000;
    expect(task).toMatchObject({ source: 'civitai', id: made.id, prompt: 'a tin robot watering ferns', count: 2 });
    expect([task.createdAt, task.expiresAt]).toEqual([new Date(created), new Date(completed + 30 * DAY)]);
    const ids = made.steps[0]!.blobs.map(({ id }) => id.replace('.jpeg', ''));
    expect(items.map(({ id, index }) => [index, id])).toEqual(ids.map((id, position) => [position + 1, id]));
    for (const item of items) {
      expect(item).toMatchObject({ taskId: made.id, mediaType: 'image/jpeg', createdAt: new Date(completed) });
      expect(item.expiresAt).toEqual(new Date(completed + 30 * DAY));
      expect(item.generation).toEqual({
        prompt: 'a tin robot watering ferns',
        negativePrompt: 'blurry',
        model: 'urn:air:sdxl:checkpoint:civitai:101055@128078',
        seed: '18446744073709551615',
        kind: 'textToImage',
        width: 1024,
        height: 1024,
      });
    }
    expect(rig.asked()).toEqual([`/workflows/${made.id}`]);
  });

  test('keeps every raw field, numbers as they were written, and no signed query', async () => {
    const made = rig.fake.addWorkflow({ seed: '9007199254740993', extra: { note: 'kept', constructor: { x: 'too' } } });
    const { task, items } = await rig.list(made.id);
    const { json, redacted } = items[1]!.raw;
    expect(json).toContain('"seed":9007199254740993');
    expect(json).toContain('"cfgScale":5.0');
    expect(json).toContain('"queueTicket":9007199254740993');
    expect(json).toContain('"weight":1E+2');
    expect(json).not.toContain('sig=');
    const urls = (place: string) => ['url', 'previewUrl'].map((name) => `${place}.${name}`);
    const inSteps = [0, 1].flatMap((index) => urls(`workflow.steps[0].output.images[${index}]`));
    expect([...redacted].sort()).toEqual([...inSteps, ...urls('blob')].sort());
    const record = parse(json) as { workflow: object; step: string; blob: { id: string; url: string } };
    expect(record.workflow).toMatchObject({ note: 'kept', constructor: { x: 'too' }, externalId: null });
    expect([record.step, record.blob.id]).toEqual(['0', made.steps[0]!.blobs[1]!.id]);
    expect(record.blob.url).toMatch(/\/v2\/consumer\/blobs\/[^?]+\?…$/u);
    expect(task.raw?.json).toContain('"currencies":["blue"]');
  });

  test('that the service does not know is E_NOT_FOUND in its words', async () => {
    await expect(rig.list(UNKNOWN)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'civitai',
      message: `reading ${UNKNOWN}: ${UNKNOWN} was not found. (HTTP 404)`,
      hint: expect.stringContaining('thirty days'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test.each(['wf_01JD3K2M4N5P6Q7R8S9T0V1W2X', '0-0192f3a4-1111-7222-8333-9a9b9c9d9e9f'])('is had as %s', async (id) => {
    rig.fake.addWorkflow({ id });
    expect((await rig.list(id)).items).toHaveLength(2);
  });

  test('is gone thirty days after its end, and at once where it was ephemeral', async () => {
    const made = rig.fake.addWorkflow();
    const ephemeral = rig.fake.addWorkflow({ ephemeral: true });
    await expect(rig.list(ephemeral.id)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    const { task } = await rig.list(made.id);
    await rig.clock.advance(task.expiresAt!.getTime() - rig.clock.now() - 1000);
    expect((await rig.list(made.id)).items).toHaveLength(2);
    await rig.clock.advance(2000);
    await expect(rig.list(made.id)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });
});

describe('what a workflow made', () => {
  test.each([
    ['imageGen', ['image/jpeg', 'image/jpeg']],
    ['videoGen', ['video/mp4']],
    ['comfy', ['image/png', 'image/png']],
    ['customComfy', ['image/png']],
    ['upscaled', ['image/jpeg', 'image/jpeg']],
    ['repeated', ['image/jpeg']],
    ['audio', ['audio/mpeg']],
  ] as const)('is found in the output of %s: what is cached or temporary is no result', async (kind, types) => {
    const made = rig.fake.addWorkflow({ kind, prompt: 'ferns' });
    const { items } = await rig.list(made.id);
    expect(items.map(({ mediaType }) => mediaType)).toEqual(types);
    expect(items.map(({ index }) => index)).toEqual(types.map((_type, position) => position + 1));
    for (const item of items) expect(item.generation.prompt).toBe('ferns');
    expect(rig.warnings).toEqual([]);
  });

  test('are all videos of one step', async () => {
    const made = rig.fake.addWorkflow({ kind: 'videoGen', blobs: [{}, {}, {}] });
    const { items } = await rig.list(made.id);
    expect(items).toHaveLength(3);
    expect(items[0]!.generation).toMatchObject({ kind: 'videoGen', width: 768, height: 512 });
  });

  test('has the prompt of the picture that was made larger', async () => {
    const made = rig.fake.addWorkflow({ kind: 'upscaled', prompt: 'ferns', seed: '5' });
    const [first, larger] = (await rig.list(made.id)).items;
    expect(first!.generation).toMatchObject({ kind: 'textToImage', prompt: 'ferns', seed: '5' });
    expect(larger!.generation).toMatchObject({ kind: 'imageUpscaler', prompt: 'ferns', seed: '5' });
    expect(larger!.raw.json).toContain('"step":"upscaler"');
  });

  test('may be nothing that can be kept, which is told and no failure', async () => {
    const made = rig.fake.addWorkflow({ kind: 'mediaHash' });
    const { task, items } = await rig.list(made.id);
    expect([task.count, items]).toEqual([0, []]);
    expect(rig.warnings).toEqual([`${made.id} made no pictures, videos or sounds: nothing to save`]);
  });

  test('may be a 3D model, which is told and not fetched', async () => {
    const made = rig.fake.addWorkflow({ kind: 'comfy', blobs: [{}, { format: 'glb' }] });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id}: no picture, video or sound, and not fetched: 3D models (1)`]);
  });

  test('that was blocked, got lost or has no link is told, not fetched, and the others keep no gap', async () => {
    const made = rig.fake.addWorkflow({
      blobs: [{ blockedReason: 'NSFW content' }, {}, { available: false }, { available: false }, {}],
    });
    const { task, items } = await rig.list(made.id);
    const blobs = made.steps[0]!.blobs;
    expect(items.map(({ id, index }) => [index, `${id}.jpeg`])).toEqual([
      [1, blobs[1]!.id],
      [2, blobs[4]!.id],
    ]);
    expect(task.count).toBe(2);
    expect(rig.warnings).toEqual([
      `${made.id}: 1 of 5 results: blocked (NSFW content)`,
      `${made.id}: 2 of 5 results: not available`,
    ]);
  });

  test('whose record says that it is there, and has no link, is not', async () => {
    const made = rig.fake.addWorkflow();
    rig.fake.faults.inject({
      what: changedStep(({ output, ...step }) => {
        const [first, ...rest] = output.images;
        return { ...step, output: { images: [{ ...first, url: null }, ...rest] } };
      }),
    });
    expect((await rig.list(made.id)).items).toHaveLength(1);
    expect(rig.warnings).toEqual([`${made.id}: 1 of 2 results: not available`]);
  });

  test('has an id of its own, also where two files are called alike but for their endings', async () => {
    const blobs = [{ id: 'SAME.jpeg' }, { id: 'SAME.png', format: 'png' }, { id: 'blob_01JD3K2M' }] as const;
    const made = rig.fake.addWorkflow({ blobs });
    const { items } = await rig.list(made.id);
    expect(items.map(({ id, mediaType }) => [id, mediaType])).toEqual([
      ['SAME', 'image/jpeg'],
      ['SAME.png', 'image/png'],
      ['blob_01JD3K2M', undefined],
    ]);
  });

  test.each(['../../etc/passwd', 'a/b.jpeg', '..', 'a\u0000b', 'a\u202eb', 'a?b#c'])(
    'with the id %j is none',
    async (id) => {
      const made = rig.fake.addWorkflow();
      rig.fake.faults.inject({
        what: changedStep(({ output, ...step }) => ({
          ...step,
          output: { images: [{ ...output.images[0], id }, output.images[1]] },
        })),
      });
      expect((await rig.list(made.id)).items).toHaveLength(1);
    },
  );
});

describe('the prompt', () => {
  const prompts = async (given: NewWorkflow): Promise<unknown> =>
    (await rig.list(rig.fake.addWorkflow(given).id)).items[0]!.generation.prompt;

  test('by reference is that of the workflow’s arguments', async () => {
    expect(await prompts({ promptByReference: true, prompt: 'ferns' })).toBe('ferns');
  });

  test.each([
    ['a reference into another step', { $ref: '0', path: 'input.negativePrompt' }, 'blurry'],
    ['a reference into a list', { $ref: '$arguments', path: 'prompts[1].text' }, 'second'],
    ['a reference to nothing', { $ref: '$arguments', path: 'constructor.name' }, 'in the metadata'],
    ['a reference to a step that is not there', { $ref: 'x', path: 'input.prompt' }, 'in the metadata'],
    ['a reference to itself', { $ref: '0', path: 'input.prompt' }, 'in the metadata'],
    ['a reference without a path', { $ref: '$arguments' }, 'in the metadata'],
    ['a number', 7, 'in the metadata'],
    ['nothing', undefined, 'in the metadata'],
    ['blanks', '  ', 'in the metadata'],
  ])('given as %s', async (_form, prompt, expected) => {
    const made = rig.fake.addWorkflow({ metadata: { params: { prompt: 'in the metadata' } } });
    const change = changed(({ steps, ...workflow }) => ({
      ...workflow,
      arguments: { prompts: [{ text: 'first' }, { text: 'second' }] },
      steps: (steps as Step[]).map((step) => ({ ...step, input: { ...(step.input as object), prompt } })),
    }));
    rig.fake.faults.inject({ what: change });
    const { generation } = (await rig.list(made.id)).items[0]!;
    expect(generation.prompt).toBe(expected);
  });

  test('and the seed of any are left out', async () => {
    const made = rig.fake.addWorkflow({ metadata: {} });
    rig.fake.faults.inject({ what: changedStep((step) => ({ ...step, input: { seed: -1, engine: 'kling' } })) });
    const { generation } = (await rig.list(made.id)).items[0]!;
    expect(generation).toEqual({ model: 'kling', kind: 'textToImage', width: 1024, height: 1024 });
  });
});

describe('a workflow that runs', () => {
  test('is awaited with a word, more and more patiently, and listed when it has ended', async () => {
    const made = rig.fake.addWorkflow({ pollsBeforeEnd: 6 });
    expect((await rig.list(made.id)).items).toHaveLength(2);
    expect(rig.clock.waits).toEqual([2000, 5000, 10_000, 15_000, 30_000, 30_000]);
    expect(rig.progress.slice(0, 2)).toEqual([
      `${made.id} is still being made; waiting up to 300 s more`,
      `${made.id} is still being made; waiting up to 298 s more`,
    ]);
  });

  test('is given up after five minutes', async () => {
    const made = rig.fake.addWorkflow({ pollsBeforeEnd: 1000 });
    const begun = rig.clock.now();
    await expect(rig.list(made.id)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      plugin: 'civitai',
      message: `${made.id} is still processing after 300 s`,
      hint: expect.stringContaining('--wait'),
    });
    expect(rig.clock.now() - begun).toBe(300_000);
  });

  test('is waited for as long as --wait says', async () => {
    const other = await open({ options: { wait: '4' } });
    const made = other.fake.addWorkflow({ pollsBeforeEnd: 1000 });
    await expect(other.list(made.id)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    expect(other.clock.waits).toEqual([2000, 2000]);
  });

  test.each([
    { wait: 'soon' },
    { wait: '-1' },
    { wait: '' },
    { 'site-url': 'civitai' },
    { 'site-url': 'https://a.b/?c=d' },
  ])('an option of the wrong form is a usage error before any request: %j', async (options) => {
    await expect(openCivitaiRig({ options: options as Record<string, string> })).rejects.toMatchObject({
      code: 'E_USAGE',
    });
  });

  test('an abort ends the wait', async () => {
    const made = rig.fake.addWorkflow({ pollsBeforeEnd: 1000 });
    const controller = new AbortController();
    const next = rig.source.open(made.id, { signal: controller.signal })[Symbol.asyncIterator]().next();
    while (rig.progress.length === 0) await new Promise(setImmediate);
    controller.abort();
    await expect(next).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

describe('a workflow without a result', () => {
  test.each(['failed', 'expired', 'canceled'] as const)(
    'that is %s is told in the words of the service',
    async (status) => {
      const made = rig.fake.addWorkflow({
        status,
        failure: { reason: 'no_provider_available', blockedReason: 'moderated' },
      });
      await expect(rig.list(made.id)).rejects.toMatchObject({
        code: 'E_TASK_FAILED',
        plugin: 'civitai',
        message: `${made.id} is ${status}: no_provider_available, moderated`,
      });
    },
  );

  test('whose reason would drive a terminal is told in printable text', async () => {
    const made = rig.fake.addWorkflow({ status: 'failed', failure: { reason: 'no\u001b[2J\u202e\r\nway' } });
    await expect(rig.list(made.id)).rejects.toMatchObject({ message: `${made.id} is failed: no[2J way` });
  });

  test('that has neither id nor status is a bad answer', async () => {
    const made = rig.fake.addWorkflow();
    rig.fake.faults.inject({ what: changed(({ status: _gone, ...workflow }) => workflow) });
    await expect(rig.list(made.id)).rejects.toMatchObject({ code: 'E_BAD_ANSWER', plugin: 'civitai' });
  });
});

describe('what is rated mature', () => {
  const blobs = [{ nsfwLevel: 'x' }, {}, { nsfwLevel: 'pg13' }, { nsfwLevel: 'na' }] as const;

  test('is in a workflow that was named, by the service’s own default', async () => {
    const made = rig.fake.addWorkflow({ blobs });
    expect((await rig.list(made.id)).items).toHaveLength(4);
    expect(rig.asked()).toEqual([`/workflows/${made.id}`]);
  });

  test('is asked for by --mature, and stated then', async () => {
    const other = await open({ options: { mature: true } });
    const made = other.fake.addWorkflow({ blobs });
    expect((await other.list(made.id)).items).toHaveLength(4);
    expect(other.asked()).toEqual([`/workflows/${made.id}?hideMatureContent=false`]);
  });
});

describe('the key', () => {
  test('reaches the orchestrator as a bearer, and in no other form', async () => {
    const made = rig.fake.addWorkflow();
    await rig.list(made.id);
    const [request] = rig.fake.requests;
    expect(request!.headers.authorization).toBe(`Bearer ${rig.fake.key}`);
    expect(request!.target).not.toContain(rig.fake.key);
  });

  test('one that was replaced meanwhile ends the run with a remedy', async () => {
    const made = rig.fake.addWorkflow();
    rig.fake.rotateKey();
    await expect(rig.list(made.id)).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'run',
      message: `reading ${made.id}: Unauthorized (HTTP 401)`,
      hint: expect.stringContaining('civitai.com/user/account'),
    });
    expect(rig.asked()).toHaveLength(1);
  });

  test('is proved by asking for one workflow', async () => {
    await expect(rig.source.check?.()).resolves.toBeUndefined();
    expect(rig.asked()).toEqual(['/workflows?take=1']);
  });

  test('a refusal for this one workflow does not end the run', async () => {
    const made = rig.fake.addWorkflow();
    const body = JSON.stringify({ title: 'Forbidden', detail: 'Mature content is not allowed.' });
    rig.fake.faults.inject({ what: { kind: 'status', status: 403, body } });
    await expect(rig.list(made.id)).rejects.toMatchObject({
      code: 'E_CREDENTIALS',
      reach: 'item',
      message: expect.stringContaining('Mature content is not allowed.'),
    });
  });
});

describe('outages', () => {
  test.each([
    ['a 502', { kind: 'status', status: 502 }],
    ['a page of HTML', { kind: 'html', status: 200 }],
    ['half of the JSON', { kind: 'shortened' }],
    ['nothing', { kind: 'empty' }],
    ['a reset before the answer', { kind: 'reset', when: 'before' }],
    ['a reset in the middle of the answer', { kind: 'reset', when: 'during' }],
  ] as const)('%s is tried again', async (_name, what) => {
    const made = rig.fake.addWorkflow();
    rig.fake.faults.inject({ count: 2, what });
    expect((await rig.list(made.id)).items).toHaveLength(2);
    expect(rig.asked()).toHaveLength(3);
  });

  test('asked to slow down, it waits as long as it is told', async () => {
    const made = rig.fake.addWorkflow();
    rig.fake.faults.inject({ what: { kind: 'rate-limit', retryAfter: '17' } });
    await rig.list(made.id);
    expect(rig.clock.waits).toEqual([17_000]);
  });

  test('a request that is not right is told with what is wrong in it', async () => {
    const made = rig.fake.addWorkflow();
    const body = JSON.stringify({
      title: 'One or more validation errors occurred.',
      errors: { wait: ['is no number.', 'x'] },
    });
    rig.fake.faults.inject({ count: 9, what: { kind: 'status', status: 400, body } });
    await expect(rig.list(made.id)).rejects.toMatchObject({
      code: 'E_BAD_ANSWER',
      message: `reading ${made.id}: wait: is no number. x (HTTP 400)`,
    });
    expect(rig.asked()).toHaveLength(1);
  });
});

import { beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { Answer } from '../../fakes/civitai/index.js';
import { closedAfterEach } from '../../support/after-each.js';
import { type CivitaiRig, openCivitaiRig } from '../../support/civitai-rig.js';

const DAY = 24 * 3_600_000;
const UNKNOWN = '1234567-20200101000000000';

let rig: CivitaiRig;

const open = closedAfterEach(openCivitaiRig, (other) => other.shut());

beforeEach(async () => {
  rig = await open();
});

/** The service's answer with a change in its JSON. */
const changed = (change: (workflow: Record<string, unknown>) => object) => ({
  kind: 'changed' as const,
  change: (answer: Answer): Answer => ({
    ...answer,
    body: Buffer.from(JSON.stringify(change(JSON.parse(answer.body.toString('utf8'))))),
  }),
});

test.each([
  ['generate', 'the page of the generator is the list of your own'],
  [
    'DGMCSGH2T6QHSA7QDJK6VZHKCS.jpeg',
    'DGMCSGH2T6QHSA7QDJK6VZHKCS.jpeg is a result, and is found by its workflow alone',
  ],
])('%s is no workflow, and is asked for nowhere', async (reference, message) => {
  await expect(rig.list(reference)).rejects.toMatchObject({ code: 'E_USAGE', message });
  expect(rig.asked()).toEqual([]);
});

describe('a workflow', () => {
  test('has its results in order, with how they were made, and the time when they are deleted', async () => {
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
        steps: 25,
        sampler: 'eulerA',
        guidance: 5,
        durationMs: 26_000,
        cost: '4 blue buzz',
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

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'lossless-json';
import type { NewPrediction } from '../../fakes/replicate/index.js';
import { changed, openReplicateRig, type ReplicateRig, START } from '../../support/replicate-rig.js';

let rig: ReplicateRig;

beforeEach(async () => {
  rig = await openReplicateRig();
});
afterEach(() => rig.shut());

const listNew = async (prediction: NewPrediction = {}) => {
  const made = rig.fake.addPrediction(prediction);
  return { made, ...(await rig.open(made.id)) };
};

describe('a prediction', () => {
  test('has an item for each link of its output, with what it was made from', async () => {
    const { made, task, items } = await listNew({ count: 3, prompt: 'a red kite', created: START - 5_000 });
    expect(task).toMatchObject({ source: 'replicate', id: made.id, count: 3, prompt: 'a red kite' });
    expect(items.map(({ id, index }) => [id, index])).toEqual([1, 2, 3].map((index) => [`${made.id}-${index}`, index]));
    expect(items[0]).toMatchObject({
      mediaType: 'image/webp',
      createdAt: new Date(START - 5_000),
      generation: { prompt: 'a red kite', model: 'black-forest-labs/flux-schnell', seed: String(made.input.seed) },
    });
    expect(items[0]!.title).toBeUndefined();
  });

  test.each([
    ['single', ['output.webp']],
    ['video', ['output.mp4']],
    ['sound', ['output.wav']],
    ['list', ['out-0.webp']],
  ] as const)('whose output is a %s has one item', async (output, names) => {
    const { made, items } = await listNew({ output });
    expect(made.outputFiles.map(({ name }) => name)).toEqual(names);
    expect(items).toHaveLength(1);
    expect(items[0]!.mediaType).toMatch(/^(image\/webp|video\/mp4|audio\/wav)$/u);
  });

  test('whose output has links at several depths has all of them in its order, called as the model calls them', async () => {
    const { items } = await listNew({ output: 'nested' });
    expect(items.map(({ index, title }) => [index, title])).toEqual([
      [1, 'image'],
      [2, 'mask'],
      [3, 'layers[0].files.full'],
    ]);
  });

  test('says once that an output links to a host that is not of the service', async () => {
    await listNew({ output: 'nested' });
    await listNew({ output: 'nested' });
    expect(rig.warnings).toEqual([
      "outputs link to example.com, which is no host of Replicate's: --file-hosts example.com fetches from there",
    ]);
  });

  test('has the links of hosts that the person names', async () => {
    const other = await openReplicateRig({ options: { 'file-hosts': 'cdn.example.org, Example.com' } });
    try {
      const { items } = await other.open(other.fake.addPrediction({ output: 'nested' }).id);
      expect(items.map(({ title }) => title)).toEqual(['image', 'mask', 'layers[0].files.full', 'license']);
      expect(other.warnings).toEqual([]);
    } finally {
      await other.shut();
    }
  });

  test('has a link once that stands in its output twice', async () => {
    const { items } = await listNew({
      output: (add) => {
        const file = add({ name: 'out.png', mediaType: 'image/png', bytes: () => Buffer.from('x') });
        return { image: file, images: [file] };
      },
    });
    expect(items.map(({ title }) => title)).toEqual(['image']);
  });

  test('does not have the picture that it was made from', async () => {
    const { made, items } = await listNew({ inputPicture: true });
    expect(items).toHaveLength(1);
    expect(items[0]!.raw.json).toContain(made.inputFile!.path);
    expect(items[0]!.companions).toBeUndefined();
  });

  test('is kept as it came: no field dropped, every number as it was written', async () => {
    const { items } = await listNew({ extra: { weight: 1, __proto__x: 'kept' } });
    const { json, redacted } = items[0]!.raw;
    expect(redacted).toEqual([]);
    for (const written of ['"queue_ticket":9007199254740993', '"image_count":1E+0', '"predict_time":2.400000'])
      expect(json).toContain(written);
    expect(parse(json)).toMatchObject({ logs: expect.stringContaining('Using seed'), source: 'api' });
  });

  test('whose output is a data: URI has its bytes as an item, and not in the record', async () => {
    const { made, items } = await listNew({ output: 'data-uri' });
    expect(items[0]).toMatchObject({ mediaType: 'image/png', id: `${made.id}-1` });
    const location = await rig.source.locate(items[0]!, { renew: false });
    expect(location).toEqual({ kind: 'bytes', bytes: made.outputFiles[0]!.bytes });
    expect(items[0]!.raw.redacted).toEqual(['output[0]']);
    expect(parse(items[0]!.raw.json)).toMatchObject({ output: ['data:image/png;base64,?…'] });
  });

  test('whose output is a data: URI in percent-encoding has the same bytes', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ what: changed((json) => ({ ...json, output: 'data:image/png,%89PNG%0D%0Aab' })) });
    const { items } = await rig.open(made.id);
    const location = await rig.source.locate(items[0]!, { renew: false });
    expect(location).toEqual({ kind: 'bytes', bytes: Buffer.from('\x89PNG\r\nab', 'latin1') });
  });

  test.each([
    ['text', 'text'],
    ['tokens', 'data without links to files'],
    ['number', 'a number'],
    ['null', 'empty'],
  ] as const)('whose output is of the kind %s is told to have no files', async (output, words) => {
    const made = rig.fake.addPrediction({ output });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'replicate',
      message: `${made.id} has no files: its output is ${words}`,
    });
  });

  test.each([
    'data:text/plain,hello',
    'data:application/json;base64,e30=',
    'http://replicate.delivery/xezq/a/out.png',
    'https://user:pw@replicate.delivery/xezq/a/out.png',
    'https://:pw@replicate.delivery/xezq/a/out.png',
    'https://replicate.delivery.example.org/out.png',
    'https://notreplicate.delivery/out.png',
    'see https://replicate.delivery/xezq/a/out.png',
    'https://replicate.delivery/a.png and more',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ftp://replicate.delivery/out.png',
  ])('the text %j is no file', async (text) => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ what: changed((json) => ({ ...json, output: { text } })) });
    await expect(rig.open(made.id)).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  test.each([
    'https://replicate.delivery/xezq/a/out.png',
    'https://pbxt.replicate.delivery/a/out-0.png',
    'https://replicate.delivery/mgxm/0a1b/output.PNG?download=1#x',
  ])('the text %j is a file', async (text) => {
    const made = rig.fake.addPrediction();
    rig.fake.faults.inject({ what: changed((json) => ({ ...json, output: text })) });
    const { items } = await rig.open(made.id);
    expect(items).toMatchObject([{ mediaType: 'image/png' }]);
    expect(await rig.source.locate(items[0]!, { renew: false })).toEqual({ kind: 'request', url: text });
  });
});

describe('the end of a file', () => {
  test('is an hour after a prediction of the API ended', async () => {
    const { task, items } = await listNew({ created: START - 60_000, seconds: 10 });
    const end = new Date(START - 60_000 + 877 + 10_000 + 3_600_000);
    expect([task.expiresAt, items[0]!.expiresAt]).toEqual([end, end]);
  });

  test('is not told of what was made on the site', async () => {
    const { task, items } = await listNew({ source: 'web' });
    expect([task.expiresAt, items[0]!.expiresAt]).toEqual([undefined, undefined]);
  });

  test('is told as what it is once the hour is over', async () => {
    const made = rig.fake.addPrediction();
    rig.fake.clock.advance(2 * 3_600_000);
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'replicate',
      message: `${made.id}: Replicate has removed its input, output and files (data_removed)`,
      hint: expect.stringContaining('one hour after it ends'),
    });
  });
});

describe('a prediction that is being made', () => {
  test('is awaited with a word, less and less often', async () => {
    const made = rig.fake.addPrediction({ pollsBeforeEnd: 7 });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.clock.waits).toEqual([2000, 3000, 4500, 6750, 10_000, 10_000, 10_000]);
    expect(rig.progress[0]).toBe(`${made.id} is still starting; waiting up to 300 s more`);
    expect(rig.progress.at(-1)).toBe(`${made.id} is still processing; waiting up to 264 s more`);
  });

  test('is given up after five minutes', async () => {
    const made = rig.fake.addPrediction({ status: 'processing' });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TIMEOUT',
      plugin: 'replicate',
      message: `${made.id} was still processing after 300 s`,
      hint: expect.stringContaining('--wait'),
    });
    expect(rig.clock.now() - START).toBeLessThanOrEqual(300_000);
    expect(rig.clock.now() - START).toBeGreaterThan(285_000);
  });

  test('is waited for as long as --wait says', async () => {
    const other = await openReplicateRig({ options: { wait: '4' } });
    try {
      const made = other.fake.addPrediction({ status: 'starting' });
      await expect(other.open(made.id)).rejects.toMatchObject({ code: 'E_TIMEOUT' });
      expect(other.asked()).toHaveLength(2);
    } finally {
      await other.shut();
    }
  });

  test.each([
    [{ wait: 'soon' }, '--wait'],
    [{ wait: '-1' }, '--wait'],
    [{ wait: '' }, '--wait'],
    [{ 'file-hosts': 'https://example.com' }, '--file-hosts'],
    [{ 'file-hosts': 'localhost' }, '--file-hosts'],
  ])('the options %j are a usage error before any request', async (options, words) => {
    await expect(openReplicateRig({ options })).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining(words),
    });
  });

  test('an abort ends the wait', async () => {
    const made = rig.fake.addPrediction({ status: 'processing' });
    const controller = new AbortController();
    const opened = rig.open(made.id, { signal: controller.signal });
    const ended = expect(opened).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    while (rig.progress.length === 0) await new Promise(setImmediate);
    controller.abort();
    await ended;
  });

  test('under a status that nobody knows is awaited until the service says when it ended', async () => {
    const made = rig.fake.addPrediction({ pollsBeforeEnd: 1 });
    rig.fake.faults.inject({ count: 9, what: changed((json) => ({ ...json, status: 'simmering' })) });
    expect((await rig.open(made.id)).items).toHaveLength(1);
    expect(rig.asked()).toHaveLength(2);
  });
});

describe('a prediction without an output', () => {
  test('that failed is told in the words of the model', async () => {
    const made = rig.fake.addPrediction({ status: 'failed', error: 'NSFW content\u001b[2J detected' });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      plugin: 'replicate',
      message: `${made.id} failed: NSFW content[2J detected`,
    });
  });

  test('that failed without a reason says so', async () => {
    const made = rig.fake.addPrediction({ status: 'failed' });
    rig.fake.faults.inject({ what: changed((json) => ({ ...json, error: null })) });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      message: `${made.id} failed: the service gives no reason`,
    });
  });

  test('whose error is no text is told as far as it has one', async () => {
    const made = rig.fake.addPrediction({ status: 'failed' });
    rig.fake.faults.inject({ what: changed((json) => ({ ...json, error: { detail: 'out of credit' } })) });
    await expect(rig.open(made.id)).rejects.toMatchObject({ message: `${made.id} failed: out of credit` });
  });

  test.each(['canceled', 'aborted'] as const)('that was %s is told so', async (status) => {
    const made = rig.fake.addPrediction({ status });
    await expect(rig.open(made.id)).rejects.toMatchObject({
      code: 'E_TASK_FAILED',
      message: `${made.id} was ${status}`,
    });
  });

  test('that failed is told so also after its data were removed', async () => {
    const made = rig.fake.addPrediction({ status: 'failed' });
    rig.fake.clock.advance(2 * 3_600_000);
    await expect(rig.open(made.id)).rejects.toMatchObject({ code: 'E_TASK_FAILED' });
  });

  test('that the service does not have is E_NOT_FOUND in its words', async () => {
    await expect(rig.open('0'.repeat(26))).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      plugin: 'replicate',
      message: expect.stringContaining('Not found: The requested resource could not be found.'),
      hint: expect.stringContaining('own user or organisation'),
    });
    expect(rig.asked()).toHaveLength(1);
  });
});

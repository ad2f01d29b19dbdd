import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { exchange } from '../../support/exchange.js';
import { startProxy } from '../proxy.js';
import { API_HOST, createFakeReplicate, DELIVERY_HOST, FakeFile, inventFile, RETENTION } from './index.js';
import { json, type PredictionRecord, START, useFakeReplicate } from './session.js';

const session = useFakeReplicate();
const { api, read } = session;

describe('a prediction', () => {
  test('has the fields of the service, its links included', async () => {
    const prediction = session.fake.addPrediction({ prompt: 'a red kite', count: 2, created: START - 10_000 });
    const record = await read(prediction);
    expect(record).toMatchObject({
      model: 'black-forest-labs/flux-schnell',
      input: { prompt: 'a red kite', seed: 1 },
      status: 'succeeded',
      source: 'api',
      data_removed: false,
      error: null,
      created_at: '2026-11-20T08:59:50.123Z',
      started_at: '2026-11-20T08:59:51.000000Z',
      completed_at: '2026-11-20T08:59:53.400000Z',
      metrics: { predict_time: 2.4, total_time: 3.277 },
      urls: {
        get: `${session.apiUrl}/predictions/${prediction.id}`,
        cancel: `${session.apiUrl}/predictions/${prediction.id}/cancel`,
        web: `https://replicate.com/p/${prediction.id}`,
      },
    });
    const secret = '/xezq/[A-Za-z0-9]{49}/out-';
    const links = record.output as string[];
    expect(links).toHaveLength(2);
    for (const [index, link] of links.entries()) {
      expect(link).toMatch(new RegExp(`^${session.deliveryOrigin}${secret}${index}\\.webp$`, 'u'));
      expect((await exchange(link)).body.equals(prediction.outputFiles[index]!.bytes)).toBe(true);
    }
  });

  test('is starting, then processing, and ends on a later poll', async () => {
    const prediction = session.fake.addPrediction({ pollsBeforeEnd: 2 });
    const seen: PredictionRecord[] = [];
    for (let poll = 0; poll < 4; poll += 1) seen.push(await read(prediction));
    expect(seen.map(({ status }) => status)).toEqual(['starting', 'processing', 'succeeded', 'succeeded']);
    expect(seen.map((record) => 'output' in record)).toEqual([false, false, true, true]);
    expect(seen.map((record) => 'started_at' in record)).toEqual([false, true, true, true]);
  });

  test('can end by the clock, for clients that watch the list', async () => {
    session.fake.addPrediction({ endsAt: START + 60_000 });
    const shown = async () => (await session.follow(`${session.apiUrl}/predictions`)).results[0]!;
    expect((await shown()).status).toBe('starting');
    session.fake.clock.advance(59_000);
    expect((await shown()).status).toBe('processing');
    session.fake.clock.advance(1_000);
    expect(await shown()).toMatchObject({ status: 'succeeded', completed_at: '2026-11-20T09:01:00.123000Z' });
  });

  test.each([
    ['failed', 'CUDA out of memory. Tried to allocate 20.00 MiB'],
    ['canceled', null],
    ['aborted', null],
  ] as const)('that is %s has no output', async (status, error) => {
    const record = await read(session.fake.addPrediction({ status }));
    expect(record).toMatchObject({ status, error, output: null });
  });

  test('can be canceled as long as it has not ended', async () => {
    const [running, ended] = [session.fake.addPrediction({ status: 'processing' }), session.fake.addPrediction()];
    const cancel = async (id: string) => {
      const options = { method: 'POST', headers: session.bearer() };
      return json<PredictionRecord>(await exchange(`${session.apiUrl}/predictions/${id}/cancel`, options)).status;
    };
    expect(await cancel(running.id)).toBe('canceled');
    expect(await cancel(ended.id)).toBe('succeeded');
  });

  test('has an id of 26 lowercase letters and digits that no other has', () => {
    const ids = session.fake.addPredictions(1_000).map(({ id }) => id);
    expect(new Set(ids).size).toBe(1_000);
    for (const id of ids) expect(id).toMatch(/^[a-z0-9]{26}$/u);
  });

  test('carries fields and numbers that JavaScript cannot hold', async () => {
    const { id } = session.fake.addPrediction({ extra: { new_field: ['x'] } });
    const text = (await api(`/predictions/${id}`)).body.toString('utf8');
    for (const raw of ['"queue_ticket":9007199254740993', '"predict_time":2.400000', '1E+0', '"new_field":["x"]']) {
      expect(text).toContain(raw);
    }
  });

  test('that was removed is not found, nor are its files', async () => {
    const link = await session.firstLink();
    const { id } = session.fake.predictions[0]!;
    session.fake.removePrediction(id);
    expect((await api(`/predictions/${id}`)).status).toBe(404);
    expect((await exchange(link)).status).toBe(404);
  });
});

describe('an output', () => {
  test.each([
    ['single', /^http.*\/output\.webp$/u],
    ['video', /^http.*\/output\.mp4$/u],
    ['sound', /^http.*\/output\.wav$/u],
    ['text', /^a red kite/u],
  ] as const)('of the kind %s is a string', async (output, form) => {
    expect((await read(session.fake.addPrediction({ output }))).output).toMatch(form);
  });

  test.each([
    ['tokens', ['A', ' red', ' kite', '.']],
    ['number', 0.25],
    ['null', null],
  ] as const)('of the kind %s has no files', async (output, value) => {
    expect((await read(session.fake.addPrediction({ output }))).output).toEqual(value);
  });

  test('can have its links at any depth, between words and links that are no files', async () => {
    const prediction = session.fake.addPrediction({ output: 'nested' });
    const { output } = await read(prediction);
    const [image, mask, layer] = prediction.outputFiles.map((file) => `${session.deliveryOrigin}${file.path}`);
    expect(output).toEqual({
      image,
      mask,
      layers: [
        { label: 'sky', files: { full: layer } },
        { label: 'sea', files: null },
      ],
      license: 'https://example.com/license.png',
    });
  });

  test('can hold the bytes themselves', async () => {
    const prediction = session.fake.addPrediction({ output: 'data-uri' });
    const [link] = (await read(prediction)).output as string[];
    const [head, bytes] = link!.split(',');
    expect(head).toBe('data:image/png;base64');
    expect(Buffer.from(bytes!, 'base64').equals(prediction.outputFiles[0]!.bytes)).toBe(true);
  });

  test('can be anything that a test makes', async () => {
    const lying = { ...inventFile('x', 'png', 7, 3_000), name: '..%2F..%2Fout.webp' };
    const prediction = session.fake.addPrediction({ output: (add) => [[add(lying)], 'words'] });
    const [[link], words] = (await read(prediction)).output as [[string], string];
    expect(words).toBe('words');
    expect(link).toMatch(/\/\.\.%2F\.\.%2Fout\.webp$/u);
    expect((await exchange(link)).body.subarray(1, 4).toString('latin1')).toBe('PNG');
  });

  test('does not count the picture that the input has a link to', async () => {
    const prediction = session.fake.addPrediction({ inputPicture: true });
    const { input } = await read(prediction);
    expect(prediction.outputFiles).toHaveLength(1);
    expect((await exchange(input.image as string)).status).toBe(200);
  });
});

describe('an hour after its end', () => {
  test('a prediction that a program made has lost input, output, logs and files', async () => {
    const prediction = session.fake.addPrediction({ pollsBeforeEnd: 1, prompt: 'a red kite', inputPicture: true });
    await read(prediction);
    session.fake.clock.advance(RETENTION);
    const { output, input, logs } = await read(prediction);
    expect(logs).toContain('Using seed: 1');
    session.fake.clock.advance(RETENTION - 1);
    expect((await read(prediction)).data_removed).toBe(false);
    session.fake.clock.advance(1);
    const removed = { data_removed: true, input: {}, output: null, logs: '', status: 'succeeded' };
    expect(await read(prediction)).toMatchObject(removed);
    for (const link of [(output as string[])[0], input.image]) {
      expect((await exchange(link as string)).status).toBe(404);
    }
  });

  test('one that was made on the site is as it was', async () => {
    const prediction = session.fake.addPrediction({ source: 'web' });
    session.fake.clock.advance(1_000 * RETENTION);
    const { data_removed, output } = await read(prediction);
    expect(data_removed).toBe(false);
    expect((await exchange((output as string[])[0]!)).status).toBe(200);
  });

  test('one that has not ended keeps what it has', async () => {
    const prediction = session.fake.addPrediction({ status: 'processing' });
    session.fake.clock.advance(2 * RETENTION);
    expect(await read(prediction)).toMatchObject({ data_removed: false, input: { seed: 1 } });
  });
});

test('files are made when they are first asked for', async () => {
  let made = 0;
  const bytes = () => {
    made += 1;
    return Buffer.from('x');
  };
  const output = (add: (file: { name: string; mediaType: string; bytes: () => Buffer }) => FakeFile) =>
    ['a', 'b'].map((name) => add({ name, mediaType: 'image/png', bytes }));
  session.fake.addPredictions(1_000, { output });
  expect(session.fake.predictions.flatMap(({ outputFiles }) => outputFiles)).toHaveLength(2_000);
  const { results } = await session.follow(`${session.apiUrl}/predictions`);
  expect(made).toBe(0);
  for (let time = 0; time < 2; time += 1) await exchange((results[0]!.output as string[])[0]!);
  expect(made).toBe(1);
  expect(session.fake.predictions[0]!.outputFiles[0]).toBeInstanceOf(FakeFile);
});

test('behind a proxy it answers under the names of the service', async () => {
  const fake = createFakeReplicate();
  const hosts = { [API_HOST]: fake.apiListener, [DELIVERY_HOST]: fake.deliveryListener };
  const proxy = await startProxy({ hosts: { ...hosts, [`*.${DELIVERY_HOST}`]: fake.deliveryListener } });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  try {
    const prediction = fake.addPrediction({ subdomain: 'pbxt' });
    const headers = { Authorization: `Bearer ${fake.token}` };
    const url = `https://${API_HOST}/v1/predictions/${prediction.id}`;
    const record = json<PredictionRecord>(await exchange(url, { headers, agent }));
    const [link] = record.output as string[];
    expect(record.urls.get).toBe(url);
    expect(link).toMatch(/^https:\/\/pbxt\.replicate\.delivery\/xezq\//u);
    expect((await exchange(link!, { agent })).body.equals(prediction.outputFiles[0]!.bytes)).toBe(true);
  } finally {
    agent.destroy();
    await proxy.close();
  }
});

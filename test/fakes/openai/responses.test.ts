import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { HttpsProxyAgent } from 'hpagent';
import { exchange } from '../../support/exchange.js';
import { startProxy } from '../proxy.js';
import { API_HOST, createFakeOpenAi, type FakeImage, type NewImage, PICTURE_HOST, RETENTION } from './index.js';
import { type ItemRecord, json, type ResponseRecord, START, useFakeOpenAi } from './session.js';

const session = useFakeOpenAi();
const { api, read } = session;
const NOW = Math.floor(START / 1000);

function imagesOf({ output }: ResponseRecord): ItemRecord[] {
  return output.filter(({ type }) => type === 'image_generation_call');
}

function decoded({ result }: ItemRecord): Buffer {
  return Buffer.from(result as string, 'base64');
}

async function readImage(given: NewImage): Promise<[ItemRecord, FakeImage]> {
  const response = session.fake.addResponse({ images: [given] });
  return [imagesOf(await read(response))[0]!, response.images[0]!];
}

describe('a response', () => {
  test('has the fields of the service, and its picture between its thoughts and its words', async () => {
    const response = session.fake.addResponse({ prompt: 'a small boat', metadata: { album: 'sea' } });
    const record = await read(response);
    expect(record).toMatchObject({
      object: 'response',
      created_at: NOW,
      completed_at: NOW + 42,
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: null,
      previous_response_id: null,
      conversation: null,
      metadata: { album: 'sea' },
      store: true,
      tools: [{ type: 'image_generation', model: 'gpt-image-2', size: '1024x1024', output_format: 'png' }],
    });
    expect(record).not.toHaveProperty('output_text');
    expect(record.output.map(({ type }) => type)).toEqual(['reasoning', 'image_generation_call', 'message']);
    expect(record.output[1]).toMatchObject({ status: 'completed', revised_prompt: 'a small boat, in soft light' });
    expect(decoded(record.output[1]!).equals(response.images[0]!.picture)).toBe(true);
  });

  test('has ids of the form of the service that no other has', () => {
    const responses = session.fake.addResponses(500, { images: 2 });
    const ids = responses.flatMap(({ id, images }) => [id, ...images.map((image) => image.id)]);
    expect(new Set(ids).size).toBe(1_500);
    for (const id of ids) expect(id).toMatch(/^(?:resp|ig)_[0-9a-f]{48}$/u);
  });

  test('can have several pictures, in their order', async () => {
    const response = session.fake.addResponse({ images: 2 });
    const images = imagesOf(await read(response));
    expect(images.map(({ id }) => id)).toEqual(response.images.map(({ id }) => id));
    expect(decoded(images[0]!).equals(decoded(images[1]!))).toBe(false);
  });

  test('can have none', async () => {
    const record = await read(session.fake.addResponse({ images: 0 }));
    expect([record.status, imagesOf(record)]).toEqual(['completed', []]);
  });

  test('is in progress until it has been asked for often enough', async () => {
    const response = session.fake.addResponse({ pollsBeforeEnd: 2 });
    const seen = [await read(response), await read(response), await read(response)];
    expect(seen.map(({ status }) => status)).toEqual(['in_progress', 'in_progress', 'completed']);
    expect(seen.map(({ output }) => output.length)).toEqual([0, 0, 3]);
    expect(seen.map(({ completed_at }) => completed_at)).toEqual([null, null, NOW]);
  });

  test('of the background is queued first and can be cancelled', async () => {
    const response = session.fake.addResponse({ pollsBeforeEnd: 4, background: true });
    expect((await read(response)).status).toBe('queued');
    for (let poll = 0; poll < 2; poll += 1) await read(response);
    expect((await read(response)).status).toBe('in_progress');
    await api(`/responses/${response.id}/cancel`, session.bearer(), 'POST');
    expect(await read(response)).toMatchObject({ status: 'cancelled', output: [], completed_at: null });
    const other = session.fake.addResponse();
    expect((await api(`/responses/${other.id}/cancel`, session.bearer(), 'POST')).status).toBe(400);
  });

  test.each([
    ['failed', { error: { code: 'server_error' }, incomplete_details: null }],
    ['incomplete', { error: null, incomplete_details: { reason: 'content_filter' } }],
  ] as const)('that is %s says why', async (status, why) => {
    const record = await read(session.fake.addResponse({ status }));
    expect(record).toMatchObject({ status, completed_at: null, output: [], ...why });
  });

  test('that is incomplete can have a picture all the same', async () => {
    expect(imagesOf(await read(session.fake.addResponse({ status: 'incomplete', images: 1 })))).toHaveLength(1);
  });

  test('carries fields and numbers that JavaScript cannot hold', async () => {
    const { id } = session.fake.addResponse({ extra: { new_field: ['x'] } });
    const text = (await api(`/responses/${id}`)).body.toString('utf8');
    for (const raw of ['9007199254740993', '"seed":18446744073709551615', '"temperature":1.0', '"new_field":["x"]']) {
      expect(text).toContain(raw);
    }
  });

  test('can be larger than ten megabytes', async () => {
    const response = session.fake.addResponse({ images: [{ bytes: 8_500_000 }] });
    const answer = await api(`/responses/${response.id}`);
    expect(answer.body.length).toBeGreaterThan(10_000_000);
    expect(decoded(imagesOf(json<ResponseRecord>(answer))[0]!).equals(response.images[0]!.picture)).toBe(true);
  });

  test('is gone thirty days after it was made', async () => {
    const response = session.fake.addResponse();
    session.fake.clock.advance(RETENTION * 1000 - 401);
    expect((await read(response)).status).toBe('completed');
    session.fake.clock.advance(1);
    const answer = await api(`/responses/${response.id}`);
    expect(answer.status).toBe(404);
    const message = `Response with id '${response.id}' not found.`;
    expect(json(answer)).toEqual({ error: { message, type: 'invalid_request_error', param: null, code: null } });
    expect((await api(`/responses/${response.id}/input_items`)).status).toBe(404);
  });

  test('that was never stored, or was deleted, is not found', async () => {
    const { id } = session.fake.addResponse({ store: false });
    expect((await api(`/responses/${id}`)).status).toBe(404);
    const kept = session.fake.addResponse().id;
    const deleted = await api(`/responses/${kept}`, session.bearer(), 'DELETE');
    expect(json(deleted)).toEqual({ id: kept, object: 'response', deleted: true });
    expect((await api(`/responses/${kept}`)).status).toBe(404);
  });

  test('is in no list, since there is none', async () => {
    session.fake.addResponse();
    expect((await api('/responses')).status).toBe(404);
    expect((await api('/conversations')).status).toBe(404);
  });
});

describe('a picture', () => {
  test('that is still called generating is whole', async () => {
    const [record, { picture }] = await readImage({ status: 'generating' });
    expect(record.status).toBe('generating');
    expect(decoded(record).equals(picture)).toBe(true);
  });

  test.each(['failed', 'in_progress'] as const)('that is %s has no bytes', async (status) => {
    expect((await readImage({ status }))[0]).toMatchObject({ status, result: null });
  });

  test.each([
    ['png', /^\x89PNG/u],
    ['webp', /^RIFF....WEBP/su],
    ['jpeg', /^\xff\xd8/u],
  ] as const)('can be a %s', async (format, magic) => {
    const [record] = await readImage({ format });
    expect(record).toMatchObject({ output_format: format });
    expect(decoded(record).toString('latin1')).toMatch(magic);
  });

  test('can have the specified fields alone', async () => {
    const [record] = await readImage({ bare: true });
    expect(Object.keys(record).sort()).toEqual(['id', 'result', 'seed', 'status', 'type']);
  });

  test('is written in other ways by compatible gateways', async () => {
    const [url, { picture }] = await readImage({ form: 'data-url' });
    expect(url.result).toBe(`data:image/png;base64,${picture.toString('base64')}`);
    expect((await readImage({ form: 'list' }))[0].result).toEqual([{ type: 'image', b64_json: expect.any(String) }]);
    expect((await readImage({ form: 'empty' }))[0].result).toBe('');
    expect((await readImage({ form: 'missing' }))[0]).not.toHaveProperty('result');
  });
});

test('behind a proxy it answers under the names of the service', async () => {
  const fake = createFakeOpenAi();
  const hosts = { [API_HOST]: fake.apiListener, [PICTURE_HOST]: fake.pictureListener };
  const proxy = await startProxy({ hosts });
  const agent = new HttpsProxyAgent({ proxy: proxy.url, ca: readFileSync(proxy.caFile) });
  try {
    const { id } = fake.addResponse({ inputPicture: true });
    const headers = { Authorization: `Bearer ${fake.key}` };
    const url = `https://${API_HOST}/v1/responses/${id}/input_items?include[]=message.input_image.image_url`;
    const { data } = json<{ data: ItemRecord[] }>(await exchange(url, { headers, agent }));
    const link = data[0]!.content![1]!.image_url as string;
    expect(link).toBe(`https://${PICTURE_HOST}/inputs/1.png`);
    expect((await exchange(link, { agent })).status).toBe(200);
  } finally {
    agent.destroy();
    await proxy.close();
  }
});

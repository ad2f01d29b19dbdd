import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareClient, connect, multipart } from './bare-client.js';
import { type ClientSecrets, createFakeGoogle, type FakeGoogle, type User } from './index.js';

const CHUNK = 256 * 1024;

let google: FakeGoogle;
let client: BareClient;
let user: User;
let secrets: ClientSecrets;
let token: string;

beforeEach(async () => {
  google = createFakeGoogle();
  user = google.addUser();
  secrets = google.addClient().installed;
  token = google.grant({ client: secrets.client_id }).access_token;
  client = await connect(google);
});

afterEach(() => client.close());

const about = () => client.call('GET', '/drive/v3/about?fields=user', { token });

function upload(metadata: object = { name: 'x' }) {
  const body = multipart([
    ['application/json', JSON.stringify(metadata)],
    ['image/png', 'bytes'],
  ]);
  return client.call('POST', '/upload/drive/v3/files?uploadType=multipart&fields=id,md5Checksum', { token, ...body });
}

async function reservedId(): Promise<string> {
  return (await client.call('GET', '/drive/v3/files/generateIds?count=1', { token })).json.ids[0];
}

describe('a fault hits', () => {
  test('the n-th fitting request, as often as ordered, and no other', async () => {
    const fault = google.faults.inject({ method: 'GET', path: /about/, hit: 2, count: 2, status: 503 });
    await client.call('GET', '/drive/v3/files', { token });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index++) statuses.push((await about()).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(fault.hits).toBe(2);
  });

  test('for ever, until it is taken back', async () => {
    const fault = google.faults.inject({ count: Number.POSITIVE_INFINITY, status: 500 });
    for (let index = 0; index < 3; index++) expect((await about()).status).toBe(500);
    fault.remove();
    expect((await about()).status).toBe(200);
    google.faults.inject({ path: /about/g, count: 5, empty: true });
    expect((await about()).body).toHaveLength(0);
    expect((await about()).body).toHaveLength(0);
    google.faults.clear();
    expect((await about()).status).toBe(200);
  });
});

describe('an answer may be', () => {
  test('a Drive error with a reason and a time to wait', async () => {
    google.faults.inject({ status: 429, reason: 'rateLimitExceeded', message: 'Slow down.', retryAfter: 7 });
    const answer = await about();
    expect(answer.headers['retry-after']).toBe('7');
    expect(answer.json.error).toEqual({
      code: 429,
      message: 'Slow down.',
      errors: [{ message: 'Slow down.', domain: 'usageLimits', reason: 'rateLimitExceeded' }],
    });
  });

  test('an OAuth error at the token endpoint', async () => {
    google.faults.inject({ path: /^\/token/, status: 400, reason: 'invalid_grant', message: 'gone' });
    expect(await client.call('POST', '/token')).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'gone' },
    });
  });

  test('a page, nothing, or half of the JSON', async () => {
    google.faults.inject({ html: true });
    const page = await about();
    expect([page.status, page.headers['content-type']]).toEqual([502, 'text/html; charset=UTF-8']);
    google.faults.inject({ empty: true });
    expect(await about()).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    google.faults.inject({ truncate: true });
    const cut = await about();
    expect([cut.status, cut.json]).toEqual([200, undefined]);
    expect(cut.body.toString()).toMatch(/^\{"user":/);
  });

  test('wrong in the digest or the id of what was stored', async () => {
    google.faults.inject({ method: 'POST', wrongDigest: true });
    expect((await upload()).json.md5Checksum).not.toBe(createHash('md5').update('bytes').digest('hex'));
    google.faults.inject({ method: 'POST', otherId: true });
    const { json } = await upload();
    expect(google.file(json.id)).toBeUndefined();
    expect(google.files()).toHaveLength(2);
  });

  test('given piece by piece', async () => {
    google.faults.inject({ drip: { bytes: 10, pause: 1 } });
    expect((await about()).json.user.me).toBe(true);
  });

  test('an error although the request was served', async () => {
    const id = await reservedId();
    google.faults.inject({ method: 'POST', status: 503, processed: true });
    expect((await upload({ id })).status).toBe(503);
    expect((await upload({ id })).status).toBe(409);
    expect(google.files()).toHaveLength(1);
  });
});

describe('the connection may end', () => {
  test.each(['before', 'during'] as const)('%s the body is read, and nothing happened', async (reset) => {
    google.faults.inject({ method: 'POST', reset });
    await expect(upload()).rejects.toThrow();
    expect(google.files()).toEqual([]);
  });

  test('after the request was served, so that the same id is a conflict', async () => {
    const id = await reservedId();
    google.faults.inject({ method: 'POST', reset: 'after' });
    await expect(upload({ id })).rejects.toThrow();
    expect(google.file(id)?.content?.toString()).toBe('bytes');
    expect((await upload({ id })).status).toBe(409);
  });

  test('in the middle of the answer', async () => {
    google.faults.inject({ reset: 'answer' });
    await expect(about()).rejects.toThrow();
    expect(google.requests[0]?.status).toBe(200);
  });

  test.each([
    ['before', 0],
    ['after', 1],
  ] as const)('or never answer, %s the request was served', async (stall, stored) => {
    google.faults.inject({ method: 'POST', stall });
    const waiting = upload().then(
      () => 'answered',
      () => 'ended',
    );
    while (google.requests.length === 0 || google.files().length < stored) await about();
    const early = await Promise.race([waiting, about().then(() => 'still waiting')]);
    expect(early).toBe('still waiting');
    await client.close();
    expect(await waiting).toBe('ended');
    expect(google.files()).toHaveLength(stored);
    client = await connect(google);
  });
});

test('a barrier makes two creates overlap', async () => {
  google.faults.inject({ method: 'POST', count: 2, barrier: 2 });
  const first = upload({ name: 'same' });
  await about();
  expect(google.files()).toEqual([]);
  await Promise.all([first, upload({ name: 'same' })]);
  expect(google.files().map(({ name }) => name)).toEqual(['same', 'same']);
});

test('a delayed request is overtaken by the next one', async () => {
  google.faults.inject({ method: 'POST', delay: 3_600_000 });
  const delayed = upload().catch(() => 'ended');
  expect(await Promise.race([delayed, about()])).toMatchObject({ status: 200 });
  expect(google.files()).toEqual([]);
  await client.close();
  expect(await delayed).toBe('ended');
  client = await connect(google);
});

describe('a resumable session', () => {
  const content = Buffer.alloc(4 * CHUNK, 'x');

  async function begin(): Promise<string> {
    const answer = await client.call('POST', '/upload/drive/v3/files?uploadType=resumable', { token, json: {} });
    return answer.headers.location!;
  }

  function put(session: string, first: number, end: number) {
    const headers = { 'Content-Range': `bytes ${first}-${end - 1}/${content.length}` };
    return client.call('PUT', session, { headers, body: content.subarray(first, end) });
  }

  test('may keep less than was sent, and less than it said before', async () => {
    const session = await begin();
    google.faults.inject({ method: 'PUT', sessionKeeps: CHUNK });
    expect((await put(session, 0, 2 * CHUNK)).headers.range).toBe(`bytes=0-${CHUNK - 1}`);
    expect((await put(session, CHUNK, 3 * CHUNK)).headers.range).toBe(`bytes=0-${3 * CHUNK - 1}`);
    google.faults.inject({ method: 'PUT', sessionKeeps: CHUNK });
    expect(await put(session, 3 * CHUNK, 4 * CHUNK)).toMatchObject({
      status: 308,
      headers: { range: `bytes=0-${CHUNK - 1}` },
    });
    expect((await put(session, CHUNK, 4 * CHUNK)).status).toBe(200);
  });

  test('ends with an injected 4xx but not with a 5xx', async () => {
    const session = await begin();
    google.faults.inject({ method: 'PUT', status: 503 });
    expect((await put(session, 0, CHUNK)).status).toBe(503);
    expect((await put(session, 0, CHUNK)).status).toBe(308);
    google.faults.inject({ method: 'PUT', status: 403 });
    expect((await put(session, CHUNK, 2 * CHUNK)).status).toBe(403);
    expect((await put(session, CHUNK, 2 * CHUNK)).status).toBe(404);
  });

  test('loses nothing when the answer to the last chunk is lost', async () => {
    const session = await begin();
    google.faults.inject({ method: 'PUT', reset: 'after' });
    await expect(client.call('PUT', session, { body: content })).rejects.toThrow();
    const headers = { 'Content-Range': `bytes */${content.length}` };
    expect((await client.call('PUT', session, { headers })).status).toBe(200);
    expect(google.files()).toHaveLength(1);
  });
});

describe('the pace', () => {
  const refusal = (answer: { json: { error?: { errors: Array<{ reason: string }> } } }) =>
    answer.json.error?.errors[0]?.reason;

  test('of creates is a bucket that fills by the clock', async () => {
    const start = Date.now();
    google = createFakeGoogle({ now: () => start, rate: { perSecond: 3, burst: 4 } });
    google.addUser();
    token = google.grant({ client: google.addClient() }).access_token;
    await client.close();
    client = await connect(google);
    const burst = async () => {
      const answers: unknown[] = [];
      for (let index = 0; index < 6; index++) answers.push(refusal(await upload()));
      return answers.filter((reason) => reason === undefined).length;
    };
    expect(await burst()).toBe(4);
    expect((await about()).status).toBe(200);
    google.clock.advance(1000);
    expect(await burst()).toBe(3);
    google.clock.advance(60_000);
    expect(await burst()).toBe(4);
    expect(google.files()).toHaveLength(11);
  });

  test('may count every call', async () => {
    google.settings.rate = { perSecond: 0, burst: 1, counts: 'calls' };
    expect((await about()).status).toBe(200);
    expect(refusal(await about())).toBe('userRateLimitExceeded');
  });

  test('in quota units is that of a minute', async () => {
    google.settings.unitsPerMinute = 12;
    expect([(await about()).status, (await about()).status]).toEqual([200, 200]);
    expect(refusal(await about())).toBe('userRateLimitExceeded');
    google.clock.advance(60_000);
    expect((await about()).status).toBe(200);
    expect(google.unitsOf(user)).toBe(15);
  });
});

test('requests are recorded with their status and without their bodies', async () => {
  await upload();
  expect(google.requests).toMatchObject([
    {
      method: 'POST',
      host: '127.0.0.1',
      path: '/upload/drive/v3/files',
      query: { uploadType: 'multipart', fields: 'id,md5Checksum' },
      headers: { authorization: `Bearer ${token}` },
      status: 200,
    },
  ]);
  expect(JSON.stringify(google.requests)).not.toContain('bytes');
  expect(google.requestsTo('POST', /uploadType=multipart/)).toHaveLength(1);
});

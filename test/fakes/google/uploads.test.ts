import { createHash, randomBytes } from 'node:crypto';
import * as http from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type BareAnswer, type BareClient, type BareRequest, connect, multipart } from './bare-client.js';
import { createFakeGoogle, type FakeGoogle, type User } from './index.js';

const KIB = 1024;
const CHUNK = 256 * KIB;
const FIELDS = 'fields=id,name,size,mimeType,md5Checksum,sha1Checksum,sha256Checksum';

let google: FakeGoogle;
let client: BareClient;
let user: User;
let token: string;

beforeEach(async () => {
  google = createFakeGoogle();
  user = google.addUser();
  token = google.grant({ client: google.addClient() }).access_token;
  client = await connect(google);
});

afterEach(() => client.close());

const post = (query: string, request: BareRequest) =>
  client.call('POST', `/upload/drive/v3/files?${query}&${FIELDS}`, { token, ...request });
const hex = (algorithm: string, bytes: Buffer) => createHash(algorithm).update(bytes).digest('hex');
const reason = (answer: BareAnswer) => answer.json?.error?.errors?.[0]?.reason;

describe('a multipart upload', () => {
  const metadata = ['application/json; charset=UTF-8', '{"name":"a.png"}'] as const;

  test('stores metadata and bytes and answers true digests', async () => {
    const bytes = Buffer.concat([Buffer.from('\r\n--a-bound'), randomBytes(5000), Buffer.from('\r\n')]);
    const { status, json } = await post('uploadType=multipart', multipart([metadata, ['image/png', bytes]]));
    expect(status).toBe(200);
    expect(json).toEqual({
      id: expect.any(String),
      name: 'a.png',
      size: String(bytes.length),
      mimeType: 'image/png',
      md5Checksum: hex('md5', bytes),
      sha1Checksum: hex('sha1', bytes),
      sha256Checksum: hex('sha256', bytes),
    });
    expect(google.file(json.id)?.content?.equals(bytes)).toBe(true);
  });

  test('takes a part in base64 and prefers the type of the metadata', async () => {
    const boundary = 'b b';
    const part = 'Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj';
    const json = 'Content-Type: application/json\r\n\r\n{"name":"x","mimeType":"image/webp"}';
    const body = `--${boundary}\r\n${json}\r\n--${boundary}\r\n${part}\r\n--${boundary}--`;
    const headers = { 'Content-Type': `multipart/related; boundary="${boundary}"` };
    const answer = await post('uploadType=multipart', { body, headers });
    expect(answer.json).toMatchObject({
      mimeType: 'image/webp',
      size: '3',
      md5Checksum: hex('md5', Buffer.from('abc')),
    });
  });

  test('is refused when it is not of the documented form', async () => {
    const good = multipart([metadata, ['image/png', 'bytes']]);
    const send = (request: BareRequest) => post('uploadType=multipart', request);
    const swapped = multipart([['image/png', 'bytes'], metadata]);
    const cut = { ...good, body: Buffer.from(good.body!).subarray(0, -6) };
    const unended = {
      ...good,
      body: `${Buffer.from(good.body!)
        .toString()
        .replace(/--\r\n$/, '')}\r\n`,
    };
    const types = { 'Content-Type': 'multipart/form-data; boundary=a-boundary' };
    const bad = [
      swapped,
      cut,
      unended,
      { ...good, headers: types },
      multipart([metadata]),
      multipart([metadata, metadata, metadata]),
    ];
    for (const request of bad) {
      const answer = await send(request);
      expect([answer.status, reason(answer)]).toEqual([400, 'badContent']);
    }
    expect(google.files()).toEqual([]);
    expect((await post('uploadType=other', good)).status).toBe(400);
  });

  test('takes 5 MB and no byte more, unless the setting says otherwise', async () => {
    const limit = 5 * KIB * KIB;
    const upload = (length: number) =>
      post('uploadType=multipart', multipart([metadata, ['image/png', Buffer.alloc(length)]]));
    expect((await upload(limit)).status).toBe(200);
    expect((await upload(limit + 1)).status).toBe(413);
    google.settings.strictMultipart = false;
    expect((await upload(limit + 1)).status).toBe(200);
  });

  test('gives an existing file new content', async () => {
    const { json } = await post('uploadType=multipart', multipart([metadata, ['image/png', 'old']]));
    const body = multipart([
      ['application/json', '{"description":"new"}'],
      ['image/webp', 'newer'],
    ]);
    const path = `/upload/drive/v3/files/${json.id}?uploadType=multipart&fields=size,mimeType,description`;
    const answer = await client.call('PATCH', path, { token, ...body });
    expect(answer.json).toEqual({ size: '5', mimeType: 'image/webp', description: 'new' });
    expect(google.files()).toHaveLength(1);
    user.quotaBytes = 4;
    expect(reason(await client.call('PATCH', path, { token, ...multipart([metadata, ['image/png', '6bytes']]) }))).toBe(
      'storageQuotaExceeded',
    );
    expect((await client.call('PATCH', path, { token, ...multipart([metadata, ['image/png', '4444']]) })).status).toBe(
      200,
    );
  });
});

test('a simple upload is named Untitled', async () => {
  const { json } = await post('uploadType=media', { body: 'x', headers: { 'Content-Type': 'text/plain' } });
  expect(json).toMatchObject({ name: 'Untitled', mimeType: 'text/plain', size: '1' });
});

describe('a resumable upload', () => {
  const content = randomBytes(2 * CHUNK + 1000);

  async function begin(metadata: object = { name: 'big.bin' }, headers: Readonly<Record<string, string>> = {}) {
    const answer = await post('uploadType=resumable', { json: metadata, headers });
    if (answer.status !== 200) throw new Error(answer.body.toString());
    expect(answer.body).toHaveLength(0);
    return answer.headers.location!;
  }

  /** Sends the bytes from `first` up to `end` of a file of `total` bytes. */
  function put(session: string, first: number, end: number, total: number | '*' = content.length, method = 'PUT') {
    const headers = { 'Content-Range': `bytes ${first}-${end - 1}/${total}` };
    return client.call(method, session, { headers, body: content.subarray(first, end) });
  }

  const ask = (session: string, total: number | '*' = content.length) =>
    client.call('PUT', session, { headers: { 'Content-Range': `bytes */${total}` } });

  test('takes the whole file at once, without a token', async () => {
    const session = await begin({ name: 'big.bin' }, { 'X-Upload-Content-Type': 'image/png' });
    const { status, json } = await client.call('PUT', session, { body: content });
    expect(status).toBe(200);
    expect(json).toMatchObject({ name: 'big.bin', mimeType: 'image/png', md5Checksum: hex('md5', content) });
    expect(google.openSessions()).toEqual([]);
  });

  test('takes chunks by PUT and POST, of a known and an unknown total', async () => {
    const session = await begin();
    const first = await put(session, 0, CHUNK, '*');
    expect([first.status, first.headers.range]).toEqual([308, `bytes=0-${CHUNK - 1}`]);
    expect((await put(session, CHUNK, 2 * CHUNK, '*', 'POST')).status).toBe(308);
    expect((await put(session, 2 * CHUNK, content.length)).json.sha256Checksum).toBe(hex('sha256', content));
  });

  test('tells its state, and after the end the finished file', async () => {
    const session = await begin();
    expect((await ask(session)).headers.range).toBeUndefined();
    await put(session, 0, CHUNK);
    expect(await ask(session)).toMatchObject({ status: 308, headers: { range: `bytes=0-${CHUNK - 1}` } });
    expect((await ask(session, '*')).status).toBe(308);
    const done = await put(session, CHUNK, content.length);
    for (const again of [await ask(session), await put(session, CHUNK, content.length)]) {
      expect([again.status, again.json.id]).toEqual([200, done.json.id]);
    }
    expect(google.files()).toHaveLength(1);
  });

  test('keeps whole blocks of 256 KiB only, and refuses less than one before the end', async () => {
    const session = await begin();
    const uneven = await put(session, 0, CHUNK + 5000);
    expect([uneven.status, uneven.headers.range]).toEqual([308, `bytes=0-${CHUNK - 1}`]);
    const small = await put(session, CHUNK, CHUNK + 1000);
    expect(small.status).toBe(400);
    expect(small.headers['content-type']).toContain('text/plain');
  });

  test('refuses what leaves a gap, does not add up or changes the total; an overlap is fine', async () => {
    const session = await begin();
    await put(session, 0, CHUNK);
    expect((await put(session, 2 * CHUNK, content.length)).status).toBe(503);
    const short = { headers: { 'Content-Range': `bytes ${CHUNK}-${2 * CHUNK - 1}/${content.length}` }, body: 'x' };
    expect((await client.call('PUT', session, short)).status).toBe(400);
    expect((await put(session, CHUNK, 2 * CHUNK, content.length + 1)).status).toBe(400);
    expect((await client.call('PUT', session, { headers: { 'Content-Range': 'nonsense' } })).status).toBe(400);
    expect((await put(session, 0, content.length)).json.md5Checksum).toBe(hex('md5', content));
  });

  test('stores an empty file', async () => {
    expect((await client.call('PUT', await begin())).json).toMatchObject({ size: '0' });
    expect((await ask(await begin(), 0)).json).toMatchObject({ size: '0' });
  });

  test('runs out after a week, and ends when it is cancelled', async () => {
    const session = await begin();
    expect((await client.call('DELETE', session)).status).toBe(499);
    expect((await ask(session)).status).toBe(404);
    const later = await begin();
    google.clock.advance(7 * 24 * 60 * 60 * 1000);
    google.settings.sessionGone = 410;
    expect((await ask(later)).status).toBe(410);
  });

  test('meets parents, ids and quota when it begins', async () => {
    const headers = { 'X-Upload-Content-Length': '100' };
    const hidden = google.addFolder({ name: 'hidden' });
    const refused = await post('uploadType=resumable', { json: { parents: [hidden.id] } });
    expect(reason(refused)).toBe('insufficientParentPermissions');
    user.quotaBytes = 99;
    expect(reason(await post('uploadType=resumable', { json: {}, headers }))).toBe('storageQuotaExceeded');
    user.quotaBytes = 100;
    const { ids } = (await client.call('GET', '/drive/v3/files/generateIds?count=1', { token })).json;
    const [one, two] = [await begin({ id: ids[0] }), await begin({ id: ids[0] })];
    expect((await client.call('PUT', one, { body: 'first' })).status).toBe(200);
    expect((await client.call('PUT', two, { body: 'second' })).status).toBe(409);
    expect((await post('uploadType=resumable', { json: { id: ids[0] } })).status).toBe(409);
  });

  test('keeps what arrived of a request whose connection ended', async () => {
    const session = new URL(await begin());
    await new Promise<void>((resolve) => {
      const headers = { 'Content-Length': content.length };
      const sent = http.request(session, { method: 'PUT', headers, agent: false });
      sent.on('error', () => resolve());
      sent.write(content.subarray(0, 2 * CHUNK - 1), () => setImmediate(() => sent.destroy(new Error('gone'))));
    });
    const until = Date.now() + 10_000;
    let state = await ask(session.href);
    while (state.headers.range === undefined && Date.now() < until) state = await ask(session.href);
    expect(state.headers.range).toBe(`bytes=0-${CHUNK - 1}`);
    expect((await put(session.href, CHUNK, content.length)).json.md5Checksum).toBe(hex('md5', content));
  });

  test('gives an existing file new content', async () => {
    const { json } = await post('uploadType=media', { body: 'old' });
    const path = `/upload/drive/v3/files/${json.id}?uploadType=resumable`;
    const { headers } = await client.call('PATCH', path, { token, json: { name: 'renamed' } });
    await client.call('PUT', headers.location!, { body: content });
    expect(google.files()).toMatchObject([{ id: json.id, name: 'renamed', content }]);
  });
});

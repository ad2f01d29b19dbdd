import { describe, expect, test } from '@jest/globals';
import { fromService, type Store, type StoreFile } from '../../../src/plugin.js';
import { bytesOf, keyOf, picture, reserved } from './files.js';
import { failure, requestLines, useGoogle } from './support.js';

const world = useGoogle();
const creates = () => world.google.requestsTo('POST', /^\/upload/u);
const stored = () => world.google.files().filter(({ mimeType }) => !mimeType.endsWith('.folder'));
const kept = () => stored().filter(({ explicitlyTrashed }) => !explicitlyTrashed);

async function opened(): Promise<Store> {
  const folder = world.google.addFolder({ name: 'Pictures' });
  const { sink } = await world.signedIn({ scope: 'drive' });
  return sink.open(folder.id, {});
}

describe('a new file', () => {
  test('is one multipart request with a length, the reserved id and all that is known', async () => {
    const store = await opened();
    const createdAt = new Date('2022-09-01T12:34:56.789Z');
    const description = fromService('a robot\'s \u0007 hand, "oil"\nline 2 🎨');
    const file = await reserved(store, picture({ createdAt, description }));
    const receipt = await store.put(file, {});
    expect(receipt).toEqual({
      name: file.name,
      location: file.reservation,
      url: expect.stringMatching(/^https:\/\/drive\.google\.com\//u),
      size: file.bytes.size,
      digest: file.bytes.digests[0],
      outcome: 'created',
    });
    const [request] = creates();
    expect(request?.query).toMatchObject({ uploadType: 'multipart', supportsAllDrives: 'true' });
    expect(Number(request?.headers['content-length'])).toBeGreaterThan(file.bytes.size);
    expect(request?.headers['transfer-encoding']).toBeUndefined();
    const there = world.google.file(receipt.location);
    expect(there).toMatchObject({
      name: file.name,
      mimeType: 'image/webp',
      description,
      createdTime: createdAt.getTime(),
      modifiedTime: createdAt.getTime(),
      parent: store.location,
    });
    expect([...(there?.appProperties.values() ?? [])].map((own) => own.get('alb'))).toEqual([file.key]);
    expect(there?.content?.equals(file.bytes.inMemory!)).toBe(true);
  });

  test('carries bytes that look like the end of the body', async () => {
    const store = await opened();
    const content = Buffer.from('--boundary\r\n\r\n--\r\n\0\xff--');
    const receipt = await store.put(await reserved(store, picture({ content })), {});
    expect(world.google.file(receipt.location)?.content?.equals(content)).toBe(true);
  });

  test('has a long prompt cut between characters', async () => {
    const store = await opened();
    const description = fromService(`x${'🎨'.repeat(5000)}`);
    const receipt = await store.put(await reserved(store, picture({ description })), {});
    const told = world.google.file(receipt.location)?.description ?? '';
    expect(told).toHaveLength(8000);
    expect(told).toMatch(/^x(🎨)+\ufffd$/u);
  });

  test.each([
    ['none', Number.NaN],
    ['the last one that JavaScript knows', 8.64e15],
    ['the year 10000', Date.UTC(10_000, 0, 1)],
    ['long before our time', -1e14],
  ])('with a date that cannot be (%s) is stored without it', async (_which, time) => {
    const store = await opened();
    const receipt = await store.put(await reserved(store, picture({ createdAt: new Date(time) })), {});
    expect(receipt.outcome).toBe('created');
    const { createdTime = 0 } = world.google.file(receipt.location) ?? {};
    expect(Math.abs(createdTime - world.google.clock.now())).toBeLessThan(60_000);
  });

  test.each(['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])('keeps a date as odd as %s', async (date) => {
    const store = await opened();
    const receipt = await store.put(await reserved(store, picture({ createdAt: new Date(date) })), {});
    expect(world.google.file(receipt.location)?.createdTime).toBe(Date.parse(date));
  });

  test('with a type that cannot be is stored without it', async () => {
    const store = await opened();
    const file = picture({ mediaType: 'image/webp\r\nx: y' });
    const receipt = await store.put(await reserved(store, file), {});
    expect(world.google.file(receipt.location)?.mimeType).toBe('application/octet-stream');
  });

  test('is created without a reservation too, once, also when the answer is lost', async () => {
    const store = await opened();
    const file = picture();
    world.google.faults.inject({ method: 'POST', path: /upload/u, reset: 'after' });
    await failure(store.put(file, {}), 'E_NETWORK');
    expect((await store.put(file, {})).outcome).toBe('present');
    expect(stored()).toHaveLength(1);
  });

  test('is created once by all who put it at the same time', async () => {
    const store = await opened();
    const receipts = await Promise.all([1, 2, 3].map(() => store.put(picture(), {})));
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(['created', 'present', 'present']);
    expect(stored()).toHaveLength(1);
  });
});

describe('a create whose answer was lost or spoilt', () => {
  test.each([
    ['cut before a byte of the answer', { reset: 'after' }, 'E_NETWORK'],
    ['cut in the middle of the answer', { reset: 'answer' }, 'E_TRUNCATED'],
    ['told as an outage', { status: 503, processed: true }, 'E_UNAVAILABLE'],
    ['told as an outage in HTML', { html: true, processed: true }, 'E_UNAVAILABLE'],
    ['answered with cut JSON', { truncate: true }, 'E_BAD_ANSWER'],
    ['answered with nothing', { empty: true, processed: true }, 'E_BAD_ANSWER'],
  ] as const)('(%s) is found by its id at the next try', async (_what, fault, code) => {
    const store = await opened();
    const file = await reserved(store, picture());
    world.google.faults.inject({ method: 'POST', path: /upload/u, ...fault });
    expect((await failure(store.put(file, {}), code)).retryable).toBe(true);
    const receipt = await store.put(file, {});
    expect(receipt).toMatchObject({ outcome: 'present', location: file.reservation, digest: file.bytes.digests[0] });
    expect(
      creates()
        .map(({ status }) => status)
        .at(-1),
    ).toBe(409);
    expect(stored()).toHaveLength(1);
  });

  test.each([
    ['before the body was read', { reset: 'before' }],
    ['in the middle of the body', { reset: 'during' }],
  ] as const)('(cut %s) is created at the next try', async (_what, fault) => {
    const store = await opened();
    const file = await reserved(store, picture({ content: Buffer.alloc(300_000, 7) }));
    world.google.faults.inject({ method: 'POST', path: /upload/u, ...fault });
    await failure(store.put(file, {}), 'E_NETWORK');
    expect((await store.put(file, {})).outcome).toBe('created');
    expect(stored()).toHaveLength(1);
  });

  test('(another digest) is checked against the file itself', async () => {
    const store = await opened();
    const file = await reserved(store, picture());
    world.google.faults.inject({ method: 'POST', path: /upload/u, wrongDigest: true });
    expect(await store.put(file, {})).toMatchObject({ outcome: 'created', digest: file.bytes.digests[0] });
    expect(requestLines(world.google).slice(-2)).toEqual([
      'POST /upload/drive/v3/files multipart',
      'GET /drive/v3/files/ID',
    ]);
  });

  test('(another id) is checked against the reserved one', async () => {
    const store = await opened();
    const file = await reserved(store, picture());
    world.google.faults.inject({ method: 'POST', path: /upload/u, otherId: true });
    expect((await store.put(file, {})).location).toBe(file.reservation);
    expect(stored()).toHaveLength(1);
  });

  test('(other bytes in truth) goes to the trash and is stored anew; a second time it is given up', async () => {
    const store = await opened();
    const file = await reserved(store, picture());
    const damaged: StoreFile = { ...file, bytes: { ...file.bytes, inMemory: Buffer.from('RIFF a pictURE') } };
    expect((await failure(store.put(damaged, {}), 'E_DIGEST')).retryable).toBe(true);
    expect(kept()).toEqual([]);
    expect((await failure(store.put(damaged, {}), 'E_DIGEST')).retryable).toBe(false);
    expect(await store.put(file, {})).toMatchObject({ outcome: 'created', digest: file.bytes.digests[0] });
    expect(kept()).toHaveLength(1);
    expect(stored()).toHaveLength(3);
  });
});

describe('a reserved id that is used', () => {
  test('by a file with other bytes is exchanged for another one', async () => {
    const store = await opened();
    const first = await reserved(store, picture());
    await store.put(first, {});
    const other = { ...picture({ name: 'other.webp', content: 'other bytes' }), reservation: first.reservation! };
    const receipt = await store.put(other, {});
    expect(receipt.outcome).toBe('created');
    expect(receipt.location).not.toBe(first.reservation);
    expect(stored()).toHaveLength(2);
  });

  test('keeps being exchanged for the same one when that answer is lost', async () => {
    const store = await opened();
    const first = await reserved(store, picture());
    await store.put(first, {});
    const other = { ...picture({ name: 'other.webp', content: 'other bytes' }), reservation: first.reservation! };
    world.google.faults.inject({ method: 'POST', path: /upload/u, hit: 2, reset: 'after' });
    await failure(store.put(other, {}), 'E_NETWORK');
    expect((await store.put(other, {})).outcome).toBe('present');
    expect(stored()).toHaveLength(2);
  });

  test('by a file in the trash does not count as there', async () => {
    const store = await opened();
    const file = await reserved(store, picture());
    const { location } = await store.put(file, {});
    Object.assign(world.google.file(location) ?? {}, { explicitlyTrashed: true });
    const again = await (await world.signedIn({ scope: 'drive' })).sink.open(store.location, {});
    const receipt = await again.put(file, {});
    expect(receipt.outcome).toBe('created');
    expect(receipt.location).not.toBe(location);
    expect(kept()).toHaveLength(1);
  });

  test('by a file that was moved elsewhere does not count as there', async () => {
    const store = await opened();
    const file = await reserved(store, picture());
    const { location } = await store.put(file, {});
    Object.assign(world.google.file(location) ?? {}, { parent: world.user.rootId });
    const again = await (await world.signedIn({ scope: 'drive' })).sink.open(store.location, {});
    expect((await again.put(file, {})).outcome).toBe('created');
    expect(world.google.children(store.location)).toHaveLength(1);
  });

  test('by another account is exchanged', async () => {
    const store = await opened();
    const receipt = await store.put({ ...picture(), reservation: '1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }, {});
    expect(receipt.outcome).toBe('created');
    expect(creates().map(({ status }) => status)).toEqual([400, 200]);
  });

  test('by a file that this program may not see is exchanged', async () => {
    const store = await opened();
    const file = await reserved(store, picture());
    await store.put(file, {});
    const again = await (await world.signedIn({ scope: 'drive' })).sink.open(store.location, {});
    await again.has!([], {});
    Object.assign(world.google.file(file.reservation!) ?? {}, { parent: undefined, explicitlyTrashed: true });
    world.google.faults.inject({ method: 'GET', path: new RegExp(`files/${file.reservation}`, 'u'), status: 404 });
    expect((await again.put({ ...file, key: keyOf('x') }, {})).location).not.toBe(file.reservation);
  });

  test('is given up when every id is refused', async () => {
    const store = await opened();
    world.google.faults.inject({ method: 'POST', path: /upload/u, status: 409, count: Number.POSITIVE_INFINITY });
    const error = await failure(store.put(await reserved(store, picture()), {}), 'E_BAD_ANSWER');
    expect(error.retryable).toBe(true);
    expect(creates()).toHaveLength(3);
  });
});

describe('a file whose bytes break their promise', () => {
  const short = { ...bytesOf('RIFF'), size: 10 };

  test.each([
    ['in memory', short],
    ['as a stream', { size: short.size, digests: short.digests, open: short.open }],
  ])('(%s) is never sent', async (_what, bytes) => {
    const store = await opened();
    await failure(store.put(await reserved(store, { ...picture(), bytes }), {}), 'E_TRUNCATED');
    expect(creates()).toEqual([]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { CHUNK } from '../../../sinks/google-drive/resumable.js';
import type { Store, StoreFile } from '../../../src/plugin.js';
import type { Fault } from '../../fakes/google/index.js';
import { bytesOf, keyOf, manyBytes, picture, reserved } from './files.js';
import { failure, type Session, useGoogle } from './support.js';

const world = useGoogle();
/** Two whole chunks and a part of one. */
const SIZE = 2 * CHUNK + 12_345;
const BYTES = bytesOf(manyBytes(SIZE));
const SESSION = /upload_id=/u;

interface Opened {
  readonly session: Session;
  readonly store: Store;
  readonly file: StoreFile;
}

async function opened(): Promise<Opened> {
  const folder = world.google.addFolder({ name: 'Videos' });
  const session = await world.signedIn({ scope: 'drive' });
  const store = await session.sink.open(folder.id, {});
  const file = await reserved(store, { ...picture({ name: 'video.mp4', mediaType: 'video/mp4' }), bytes: BYTES });
  await store.has!([file], {});
  return { session, store, file };
}

const puts = () => world.google.requestsTo('PUT', SESSION);
const ranges = () => puts().map(({ headers }) => headers['content-range']);
const begun = () => world.google.requestsTo('POST', /uploadType=resumable/u);
const videos = () => world.google.files().filter(({ name }) => name.startsWith('video'));

function expectWhole(location: string): void {
  expect(world.google.file(location)?.content?.equals(BYTES.inMemory)).toBe(true);
  expect(videos()).toHaveLength(1);
}

describe('a file above 5 MB', () => {
  test('is sent in a session, in chunks of whole blocks', async () => {
    const { store, file } = await opened();
    const sent: number[] = [];
    const receipt = await store.put(file, { onProgress: (bytes) => sent.push(bytes) });
    expect(receipt).toMatchObject({
      outcome: 'created',
      location: file.reservation,
      size: SIZE,
      digest: BYTES.digests[0],
    });
    expect(begun()).toHaveLength(1);
    expect(begun()[0]?.headers).toMatchObject({
      'x-upload-content-type': 'video/mp4',
      'x-upload-content-length': String(SIZE),
      'content-type': 'application/json; charset=UTF-8',
    });
    expect(ranges()).toEqual([
      `bytes 0-${CHUNK - 1}/${SIZE}`,
      `bytes ${CHUNK}-${2 * CHUNK - 1}/${SIZE}`,
      `bytes ${2 * CHUNK}-${SIZE - 1}/${SIZE}`,
    ]);
    expect(sent).toEqual([CHUNK, 2 * CHUNK, SIZE]);
    expectWhole(receipt.location);
  });

  test('is sent to the session without the token, and the session stays secret', async () => {
    const { session, store, file } = await opened();
    await store.put(file, {});
    const [put] = puts();
    expect(put?.headers.authorization).toBeUndefined();
    expect(session.context.record.redacted).toContain(put?.query.upload_id);
  });

  test('is read in parts where it is not in memory', async () => {
    const { store, file } = await opened();
    const offsets: number[] = [];
    const bytes = {
      size: SIZE,
      digests: BYTES.digests,
      async *open(offset = 0) {
        offsets.push(offset);
        for (let at = offset; at < SIZE; at += 1_000_000)
          yield BYTES.inMemory.subarray(at, Math.min(at + 1_000_000, SIZE));
      },
    };
    const receipt = await store.put({ ...file, bytes }, {});
    expect(offsets).toEqual([0, CHUNK, 2 * CHUNK]);
    expectWhole(receipt.location);
  });

  test('of exactly 5 MB is still one request; of one byte more it is a session', async () => {
    const { store } = await opened();
    for (const size of [5_000_000, 5_000_001]) {
      await store.put(await reserved(store, picture({ name: `${size}`, content: manyBytes(size) })), {});
    }
    expect(world.google.requestsTo('POST', /^\/upload/u).map(({ query }) => query.uploadType)).toEqual([
      'multipart',
      'resumable',
    ]);
  });

  test('that ends early is never finished', async () => {
    const { store, file } = await opened();
    const bytes = { ...BYTES, inMemory: undefined, open: (offset = 0) => BYTES.open(offset + 1) };
    await failure(store.put({ ...file, bytes } as unknown as StoreFile, {}), 'E_TRUNCATED');
    expect(videos()).toEqual([]);
  });

  test('replaces a document in place by a session too', async () => {
    const { store } = await opened();
    const document = (content: Uint8Array) =>
      picture({ name: 'all.json', role: 'document', mediaType: 'application/json', content });
    const first = await store.put(document(manyBytes(10)), {});
    const second = await store.put(document(manyBytes(SIZE)), {});
    expect(second).toMatchObject({ outcome: 'replaced', location: first.location, size: SIZE });
    expect(world.google.requestsTo('PATCH', /uploadType=resumable/u)).toHaveLength(1);
  });
});

describe('an upload session', () => {
  const passing: [string, Fault][] = [
    ['is cut before a chunk', { path: SESSION, hit: 2, reset: 'before' }],
    ['is cut in the middle of a chunk', { path: SESSION, hit: 2, reset: 'during' }],
    ['is cut after a chunk, without an answer', { path: SESSION, hit: 2, reset: 'after' }],
    ['is cut after the last chunk, without an answer', { path: SESSION, hit: 3, reset: 'after' }],
    ['answers 500 to a chunk', { path: SESSION, hit: 2, status: 500 }],
    ['answers 503 to a chunk that it kept', { path: SESSION, hit: 2, status: 503, processed: true }],
    ['answers 502 in HTML to the last chunk that it kept', { path: SESSION, hit: 3, html: true, processed: true }],
    ['keeps less than was sent', { path: SESSION, hit: 2, sessionKeeps: CHUNK + 262_144 }],
    ['keeps nothing of a chunk', { path: SESSION, hit: 1, sessionKeeps: 0 }],
    ['goes back behind what it had', { path: SESSION, hit: 2, sessionKeeps: 262_144 }],
    ['is interrupted again and again, but gets on', { path: SESSION, hit: 2, count: 4, reset: 'after' }],
  ];
  test.each(passing)('that %s is gone on with', async (_what, fault) => {
    const { store, file } = await opened();
    world.google.faults.inject(fault);
    const receipt = await store.put(file, {});
    expect(receipt.digest).toEqual(BYTES.digests[0]);
    expect(begun()).toHaveLength(1);
    expectWhole(receipt.location);
  });

  test('that was interrupted is asked what it has before more is sent', async () => {
    const { session, store, file } = await opened();
    world.google.faults.inject({ path: SESSION, hit: 2, status: 503, processed: true });
    await store.put(file, {});
    expect(ranges()[2]).toBe(`bytes */${SIZE}`);
    expect(puts()[2]?.headers['content-length']).toBe('0');
    expect(ranges()[3]).toBe(`bytes ${2 * CHUNK}-${SIZE - 1}/${SIZE}`);
    expect(session.waits).toEqual([500]);
  });

  test.each([404, 400, 401])('that ends with %i is begun anew, from the first byte', async (status) => {
    const { store, file } = await opened();
    world.google.faults.inject({ path: SESSION, hit: 2, status });
    const receipt = await store.put(file, {});
    expect(begun()).toHaveLength(2);
    expect(ranges()[2]).toBe(`bytes 0-${CHUNK - 1}/${SIZE}`);
    expectWhole(receipt.location);
  });

  test.each([404, 410] as const)('that has run out (%i) is begun anew', async (sessionGone) => {
    const { store, file } = await opened();
    world.google.settings.sessionGone = sessionGone;
    world.google.faults.inject({ path: SESSION, hit: 2, count: 6, reset: 'before' });
    await failure(store.put(file, {}), 'E_NETWORK');
    world.google.clock.advance(8 * 86_400_000);
    const receipt = await store.put(file, {});
    expect(begun()).toHaveLength(2);
    expectWhole(receipt.location);
  });

  test('that keeps ending is given up for this try, and worth another', async () => {
    const { store, file } = await opened();
    world.google.faults.inject({ path: SESSION, status: 404, count: Number.POSITIVE_INFINITY });
    const error = await failure(store.put(file, {}), 'E_UNAVAILABLE');
    expect(error.retryable).toBe(true);
    expect(begun()).toHaveLength(2);
  });

  test('that gets nowhere is given up after bounded waits, and gone on with at the next try', async () => {
    const { session, store, file } = await opened();
    const fault = world.google.faults.inject({ path: SESSION, hit: 2, status: 503, count: Number.POSITIVE_INFINITY });
    const error = await failure(store.put(file, {}), 'E_UNAVAILABLE');
    expect(error.retryable).toBe(true);
    expect(session.waits).toEqual([500, 1000, 2000, 4000, 8000]);
    fault.remove();
    const receipt = await store.put(file, {});
    expect(begun()).toHaveLength(1);
    expect(ranges().filter((range) => range === `bytes 0-${CHUNK - 1}/${SIZE}`)).toHaveLength(1);
    expectWhole(receipt.location);
  });

  test('that never says it is done is given up', async () => {
    const { store, file } = await opened();
    world.google.faults.inject({ path: SESSION, sessionKeeps: CHUNK, count: Number.POSITIVE_INFINITY });
    expect((await failure(store.put(file, {}), 'E_BAD_ANSWER')).retryable).toBe(true);
  });

  test.each([
    ['userRateLimitExceeded', 403, 'E_RATE_LIMITED', true],
    ['rateLimitExceeded', 429, 'E_RATE_LIMITED', true],
    ['storageQuotaExceeded', 403, 'E_NO_SPACE', false],
  ] as const)(
    'that is refused with %s (%i) tells it, and the next try begins a new one',
    async (reason, status, code, retryable) => {
      const { store, file } = await opened();
      world.google.faults.inject({ path: SESSION, hit: 2, status, reason, retryAfter: 4 });
      expect(await failure(store.put(file, {}), code)).toMatchObject({ retryable, retryAfter: 4000 });
      expect(begun()).toHaveLength(1);
      expectWhole((await store.put(file, {})).location);
      expect(begun()).toHaveLength(2);
    },
  );

  test.each([
    ['an outage', { status: 503 }, 'E_UNAVAILABLE'],
    ['a missing permission', { status: 403, reason: 'insufficientParentPermissions' }, 'E_DESTINATION'],
    ['no address', { empty: true }, 'E_BAD_ANSWER'],
  ] as const)('that cannot be begun because of %s is told as such', async (_what, fault, code) => {
    const { store, file } = await opened();
    world.google.faults.inject({ path: /uploadType=resumable/u, ...fault });
    await failure(store.put(file, {}), code);
    expect(puts()).toEqual([]);
  });

  test('whose file is there already, because the last answer was lost in an earlier run, makes no second one', async () => {
    const { store, file } = await opened();
    await store.put(file, {});
    const again = await (await world.signedIn({ scope: 'drive' })).sink.open(store.location, {});
    const stale = { ...file, key: keyOf('another key') };
    expect((await again.put(file, {})).outcome).toBe('present');
    expect((await again.put(stale, {})).location).not.toBe(file.reservation);
  });

  test('of two stores at once stores one file', async () => {
    const { session, store, file } = await opened();
    const other = await (await world.next(session, { arguments: [] })).sink.open(store.location, {});
    const receipts = await Promise.all([store.put(file, {}), other.put(file, {})]);
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(['created', 'present']);
    expectWhole(file.reservation!);
  });

  test('ends at an abort, also while it waits to go on', async () => {
    const { session, store, file } = await opened();
    world.google.faults.inject({ path: SESSION, hit: 2, stall: true });
    const controller = new AbortController();
    const onProgress = () => setTimeout(() => controller.abort(), 20);
    await failure(store.put(file, { signal: controller.signal, onProgress }), 'E_INTERRUPTED');
    expect(videos()).toEqual([]);
    expect(session.waits).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { PART } from '../../../sinks/google-drive/download.js';
import { LARGEST_READ } from '../../../sinks/google-drive/reading.js';
import type { Store, StoredFile, StoreFile } from '../../../src/plugin.js';
import { keyOf, manyBytes, md5Of, picture, reserved } from './files.js';
import { failure, requestLines, useGoogle } from './support.js';

const world = useGoogle();
const ALBUM = { name: 'album.json', key: keyOf('album.json') };
const document = (content: string | Uint8Array, facts: Partial<StoreFile> = {}) =>
  picture({ ...ALBUM, role: 'document', mediaType: 'application/json', onDifferent: 'replace', content, ...facts });

async function opened(scope = 'drive'): Promise<Store> {
  const { project } = world.google.clientOf(world.credentials);
  return reopened(world.google.addFolder({ name: 'Pictures', visibleTo: project }).id, scope);
}

async function reopened(id: string, scope = 'drive'): Promise<Store> {
  return (await world.signedIn({ scope })).sink.open(id, {});
}

async function stored(store: Store, file: StoreFile): Promise<string> {
  return (await store.put(await reserved(store, file), {})).location;
}

async function read(store: Store, file: Pick<StoreFile, 'name' | 'key'> = ALBUM): Promise<StoredFile | undefined> {
  return store.read?.(file, {});
}

async function bytesFrom(file: StoredFile | undefined): Promise<Buffer> {
  if (file === undefined) throw new Error('nothing was found');
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const textFrom = async (file: StoredFile | undefined) => (await bytesFrom(file)).toString();
const downloads = () => world.google.requestsTo('GET', /alt=media/u);

describe('reading back', () => {
  test('takes the list that was asked for already, and one request for each time that the bytes are wanted', async () => {
    const store = await opened();
    await stored(store, document('{"a":1}'));
    const later = await reopened(store.location);
    const before = world.google.requests.length;
    await later.has!([ALBUM], {});
    const found = await read(later);
    expect(await read(later, { name: 'never.json', key: keyOf('never.json') })).toBeUndefined();
    expect(requestLines(world.google).slice(before)).toEqual(['GET /drive/v3/files']);
    expect([await textFrom(found), await textFrom(found)]).toEqual(['{"a":1}', '{"a":1}']);
    expect(requestLines(world.google).slice(before + 1)).toEqual(['GET /drive/v3/files/ID', 'GET /drive/v3/files/ID']);
  });

  test('tells the digests that Drive computed, and what this run has put there since the list was read', async () => {
    const store = await opened();
    const file = document('{"a":1}');
    const location = await stored(store, file);
    expect(await read(store)).toMatchObject({
      name: 'album.json',
      location,
      size: 7,
      digests: [...file.bytes.digests, md5Of(file.bytes)],
    });
    const second = document('{"a":22}');
    await stored(store, second);
    expect(await read(store)).toMatchObject({
      location,
      size: 8,
      digests: [...second.bytes.digests, md5Of(second.bytes)],
    });
    world.google.settings.shaChecksums = false;
    const later = await reopened(store.location);
    expect(await read(later)).toMatchObject({ digests: [md5Of(second.bytes)] });
    expect(await textFrom(await read(later))).toBe('{"a":22}');
  });

  test('finds a file of ours by its key, whatever a person calls it now, and before a newer one of its name', async () => {
    const store = await opened();
    const location = await stored(store, document('ours'));
    Object.assign(world.google.file(location) ?? {}, { name: 'Album, renamed.json' });
    world.google.addFile({ name: 'album.json', parent: store.location, content: 'theirs' });
    const found = await read(await reopened(store.location));
    expect(found).toMatchObject({ name: 'Album, renamed.json', location });
    expect(await textFrom(found)).toBe('ours');
  });

  test('finds by its name what another program put there, and of several the newest', async () => {
    const store = await opened();
    const made = (content: string, createdTime: number) =>
      Object.assign(world.google.addFile({ name: 'album.json', parent: store.location, content }), { createdTime });
    made('old', Date.parse('2022-01-01T00:00:00Z'));
    const newest = made('newest', Date.parse('2024-01-01T00:00:00Z'));
    made('newer', Date.parse('2023-01-01T00:00:00Z'));
    world.google.addFile({ name: 'ALBUM.json', parent: store.location, content: 'another name' });
    const found = await read(await reopened(store.location));
    expect(found?.location).toBe(newest.id);
    expect(await textFrom(found)).toBe('newest');
  });

  test('finds nothing in what has no bytes, in the trash and in other folders', async () => {
    const store = await opened();
    const parent = store.location;
    const elsewhere = world.google.addFile({ name: 'album.json', content: 'elsewhere' });
    world.google.addFile({ name: 'album.json', parent, target: elsewhere.id });
    world.google.addFolder({ name: 'album.json', parent });
    const google = world.google.addFile({
      name: 'album.json',
      parent,
      mimeType: 'application/vnd.google-apps.document',
    });
    Object.assign(google, { content: undefined });
    Object.assign(world.google.addFile({ name: 'album.json', parent, content: 'x' }), { explicitlyTrashed: true });
    expect(await read(await reopened(parent))).toBeUndefined();
  });

  test('works under the narrow scope too', async () => {
    const store = await opened('drive.file');
    await stored(store, document('{"a":1}'));
    expect(await textFrom(await read(await reopened(store.location, 'drive.file')))).toBe('{"a":1}');
  });

  test('of an empty file asks for nothing', async () => {
    const store = await opened();
    await stored(store, document(''));
    expect(await textFrom(await read(store))).toBe('');
    expect(downloads()).toEqual([]);
  });

  test('brings a large file in parts of 8 MiB, in order, and compares all of it', async () => {
    const store = await opened();
    const content = manyBytes(2 * PART + 12_345);
    world.google.addFile({ name: 'album.json', parent: store.location, content: Buffer.from(content) });
    const parts: Uint8Array[] = [];
    for await (const part of (await read(store))?.open() ?? []) parts.push(part);
    expect(parts.map(({ length }) => length)).toEqual([PART, PART, 12_345]);
    expect(Buffer.concat(parts).equals(content)).toBe(true);
    expect(downloads().map(({ headers, status }) => [headers.range, status])).toEqual([
      [`bytes=0-${PART - 1}`, 206],
      [`bytes=${PART}-${2 * PART - 1}`, 206],
      [`bytes=${2 * PART}-${2 * PART + 12_344}`, 206],
    ]);
  });

  test('refuses what is far too large to be a document, before it asks for a byte', async () => {
    const store = await opened();
    const content = Buffer.alloc(LARGEST_READ + 1);
    world.google.addFile({ name: 'album.json', parent: store.location, content });
    const found = await read(store);
    expect(found?.size).toBe(LARGEST_READ + 1);
    const error = await failure(bytesFrom(found), 'E_TOO_LARGE');
    expect(error.describe()).toMatch(/^\[google-drive\] reading album\.json: it has 65 MiB, more than the 64 MiB/u);
    expect(downloads()).toEqual([]);
  });
});

describe('a download that does not go well', () => {
  async function found(content: string | Uint8Array = '{"a":1}') {
    const session = await world.signedIn({ scope: 'drive' });
    const store = await session.sink.open(world.google.addFolder({ name: 'Pictures' }).id, {});
    const location = await stored(store, document(content));
    return { session, store, location, file: await read(store) };
  }

  test.each([
    ['an outage', { status: 503 }],
    ['too many requests', { status: 429, retryAfter: 2 }],
    ['a rate limit', { status: 403, reason: 'userRateLimitExceeded' }],
    ['a page of HTML', { html: true }],
    ['a connection that ends before the answer', { reset: 'before' }],
    ['a connection that ends in the middle of the answer', { reset: 'answer' }],
  ] as const)('because of %s is tried again', async (_what, fault) => {
    const { session, file } = await found();
    world.google.faults.inject({ method: 'GET', path: /alt=media/u, count: 2, ...fault });
    expect(await textFrom(file)).toBe('{"a":1}');
    expect(downloads()).toHaveLength(3);
    expect(session.waits).toHaveLength(2);
    if ('retryAfter' in fault) expect(session.waits).toEqual([2000, 2000]);
  });

  test('again and again ends with what Google says, and with no secret in it', async () => {
    const { session, file } = await found();
    const fault = { status: 503, message: 'The backend is away.', count: Number.POSITIVE_INFINITY };
    world.google.faults.inject({ method: 'GET', path: /alt=media/u, ...fault });
    const error = await failure(bytesFrom(file), 'E_UNAVAILABLE');
    expect(error.describe()).toBe('[google-drive] reading album.json: The backend is away (HTTP 503): try again later');
    expect(error.cause).toBeUndefined();
    expect(session.context.record.redacted).toContain(String(downloads()[0]?.headers.authorization).slice(7));
  });

  test('and cannot go well is tried once', async () => {
    const { session, file, location } = await found();
    world.google.faults.inject({ method: 'GET', path: /alt=media/u, status: 403, reason: 'domainPolicy' });
    expect((await failure(bytesFrom(file), 'E_DESTINATION')).reach).toBe('run');
    Object.assign(world.google.file(location) ?? {}, { parent: undefined });
    world.google.faults.inject({ method: 'GET', path: /alt=media/u, status: 404, reason: 'notFound' });
    expect((await failure(bytesFrom(file), 'E_DESTINATION')).reach).toBe('item');
    expect(downloads()).toHaveLength(2);
    expect(session.waits).toEqual([]);
  });

  test('because the token ended early goes on with a newer one; a second refusal ends it', async () => {
    const { file } = await found();
    world.google.faults.inject({ method: 'GET', path: /alt=media/u, status: 401, reason: 'authError' });
    expect(await textFrom(file)).toBe('{"a":1}');
    const [refused, accepted] = downloads();
    expect(accepted?.headers.authorization).not.toBe(refused?.headers.authorization);
    world.google.faults.inject({ method: 'GET', path: /alt=media/u, count: 2, status: 401, reason: 'authError' });
    await failure(bytesFrom(file), 'E_CREDENTIALS');
    expect(downloads()).toHaveLength(4);
  });

  test('because another machine has updated the file brings what it holds now', async () => {
    const { store, location, file } = await found();
    const elsewhere = await reopened(store.location);
    await stored(elsewhere, document('{"a":1,"b":2}'));
    expect(await textFrom(file)).toBe('{"a":1,"b":2}');
    const now = await read(store);
    expect(now).toMatchObject({ location, size: 13 });
    // Of the same size, where only the digest tells.
    await stored(elsewhere, document('{"a":3,"b":4}'));
    expect(await textFrom(now)).toBe('{"a":3,"b":4}');
  });

  test('because the file was deleted meanwhile is told as such', async () => {
    const { location, file } = await found();
    const there = world.google.file(location)!;
    Object.assign(there, { content: Buffer.from('{"b":1}'), explicitlyTrashed: true });
    expect((await failure(bytesFrom(file), 'E_DESTINATION')).message).toBe(
      'reading album.json: it was deleted meanwhile',
    );
  });

  test('because the bytes are damaged on the way gives none of them out', async () => {
    const { location, file } = await found();
    // Whoever asks is told the old digest; only the bytes differ.
    const there = world.google.file(location)!;
    const good = there.content;
    const bad = Buffer.from('{"a":9}');
    let asked = 0;
    Object.defineProperty(there, 'content', { get: () => (asked++ === 0 ? bad : good) });
    expect(await textFrom(file)).toBe('{"a":1}');
    expect(downloads()).toHaveLength(2);
  });

  test('in the middle of a large file because it was replaced ends: nobody gets a mixture', async () => {
    const content = manyBytes(PART + 1000);
    const { location, file } = await found(content);
    const work = async () => {
      for await (const part of file?.open() ?? []) {
        expect(part.length).toBe(PART);
        Object.assign(world.google.file(location) ?? {}, { content: Buffer.from(manyBytes(PART + 1000).reverse()) });
      }
    };
    expect((await failure(work(), 'E_DIGEST')).retryable).toBe(true);
  });

  test('because of an abort ends at once', async () => {
    const { store } = await found(manyBytes(2 * PART));
    const controller = new AbortController();
    const file = await store.read?.(ALBUM, { signal: controller.signal });
    const work = async () => {
      for await (const part of file?.open() ?? []) if (part.length > 0) controller.abort();
    };
    await failure(work(), 'E_INTERRUPTED');
    expect(downloads()).toHaveLength(1);
    await failure(bytesFrom(file), 'E_INTERRUPTED');
  });
});

describe('a file that may be replaced', () => {
  test('is shown in parts, whatever its size', async () => {
    const store = await opened();
    const content = manyBytes(PART + 10);
    await stored(store, picture({ content }));
    const hash = createHash('md5');
    const replaces: StoreFile['replaces'] = async (existing) => {
      for await (const part of existing.open()) hash.update(part);
      return true;
    };
    const receipt = await store.put(await reserved(store, picture({ content: 'new', replaces })), {});
    expect(receipt.outcome).toBe('replaced');
    expect(hash.digest('hex')).toBe(createHash('md5').update(content).digest('hex'));
    expect(downloads()).toHaveLength(2);
  });
});

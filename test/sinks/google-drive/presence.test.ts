import { describe, expect, test } from '@jest/globals';
import type { Store, StoreFile } from '../../../src/plugin.js';
import { keyOf, md5Of, picture, reserved } from './files.js';
import { failure, requestLines, useGoogle } from './support.js';

const world = useGoogle();
const document = (content: string, facts: Partial<StoreFile> = {}) =>
  picture({ name: 'task.json', role: 'document', mediaType: 'application/json', content, ...facts });
const pictures = (count: number) =>
  Array.from({ length: count }, (_, index) =>
    picture({ name: `generation-${index}.webp`, content: `picture ${index}` }),
  );

async function opened(scope = 'drive'): Promise<Store> {
  const folder = world.google.addFolder({
    name: 'Pictures',
    visibleTo: world.google.clientOf(world.credentials).project,
  });
  return reopened(folder.id, scope);
}

async function reopened(id: string, scope = 'drive'): Promise<Store> {
  return (await world.signedIn({ scope })).sink.open(id, {});
}

async function withIds(store: Store, files: readonly StoreFile[]): Promise<StoreFile[]> {
  const ids = (await store.reserve?.(files.length, {})) ?? [];
  return files.map((file, index) => ({ ...file, reservation: ids[index] ?? '' }));
}

function countOf(lines: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1;
  return counts;
}

describe('saving', () => {
  test.each([1, 7, 30])(
    '%i files takes as many creates, one list, one request for ids and one for the folder',
    async (count) => {
      const store = await opened();
      const files = await withIds(store, pictures(count));
      await Promise.all(files.map((file) => store.put(file, {})));
      expect(countOf(requestLines(world.google))).toEqual({
        'GET /drive/v3/files/ID': 1,
        'GET /drive/v3/files/generateIds': 1,
        'GET /drive/v3/files': 1,
        'POST /upload/drive/v3/files multipart': count,
      });
    },
  );

  test('asks for ids a thousand at a time', async () => {
    const store = await opened();
    const ids = (await store.reserve?.(2001, {})) ?? [];
    expect(new Set(ids).size).toBe(2001);
    expect(world.google.requestsTo('GET', /generateIds/u).map(({ query }) => query.count)).toEqual([
      '1000',
      '1000',
      '1',
    ]);
  });

  test('again takes one list and no create, in this session and in another', async () => {
    const store = await opened();
    const files = await withIds(store, pictures(5));
    for (const file of files) await store.put(file, {});
    for (const again of [await reopened(store.location), await reopened(store.location, 'drive.file')]) {
      const before = world.google.requests.length;
      for (const file of await withIds(again, pictures(5))) {
        expect(await again.put(file, {})).toMatchObject({
          outcome: 'present',
          digest: file.bytes.digests[0],
          size: file.bytes.size,
        });
      }
      expect(countOf(requestLines(world.google).slice(before))).toEqual({
        'GET /drive/v3/files/generateIds': 1,
        'GET /drive/v3/files': 1,
      });
    }
    expect(world.google.children(store.location)).toHaveLength(5);
  });

  test('finds what is there on every page, short and empty ones too', async () => {
    const store = await opened();
    for (const file of await withIds(store, pictures(12))) await store.put(file, {});
    world.google.settings.shortPages = true;
    const again = await reopened(store.location);
    for (const file of pictures(12)) expect((await again.put(file, {})).outcome).toBe('present');
    expect(world.google.children(store.location)).toHaveLength(12);
  });

  test('looks into the folder anew each time it is opened', async () => {
    const session = await world.signedIn({ scope: 'drive' });
    const folder = world.google.addFolder({ name: 'Pictures' });
    const store = await session.sink.open(folder.id, {});
    const { location } = await store.put(picture(), {});
    Object.assign(world.google.file(location) ?? {}, { explicitlyTrashed: true });
    expect((await (await session.sink.open(folder.id, {})).put(picture(), {})).outcome).toBe('created');
  });

  test('does not count what lies in the trash', async () => {
    const store = await opened();
    const { location } = await store.put(await reserved(store, picture()), {});
    Object.assign(world.google.file(location) ?? {}, { explicitlyTrashed: true });
    const again = await reopened(store.location);
    expect((await again.put(await reserved(again, picture()), {})).outcome).toBe('created');
  });

  test('takes nothing for its own that another program put there under the same name', async () => {
    const store = await opened();
    world.google.addFile({ name: 'generation-1.webp', parent: store.location, content: 'RIFF a picture' });
    expect((await store.put(await reserved(store, picture()), {})).outcome).toBe('created');
    expect(world.google.children(store.location)).toHaveLength(2);
  });

  test('compares md5 where Drive has no sha256, and says so', async () => {
    world.google.settings.shaChecksums = false;
    const store = await opened();
    const file = await reserved(store, picture());
    const md5 = md5Of(file.bytes);
    expect(await store.put(file, {})).toMatchObject({ outcome: 'created', digest: md5 });
    expect(await (await reopened(store.location)).put(picture(), {})).toMatchObject({
      outcome: 'present',
      digest: md5,
    });
  });

  test('asks again for a list that failed, and creates nothing without one', async () => {
    const store = await opened();
    const files = await withIds(store, pictures(3));
    world.google.faults.inject({ method: 'GET', path: /files\?q=/u, status: 503 });
    const results = await Promise.allSettled(files.map((file) => store.put(file, {})));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(world.google.children(store.location)).toEqual([]);
    for (const file of files) await store.put(file, {});
    expect(world.google.children(store.location)).toHaveLength(3);
  });

  test.each([
    ['HTML', { html: true, status: 200 }],
    ['cut JSON', { truncate: true }],
    ['nothing', { empty: true }],
  ] as const)('trusts no list that is %s', async (_what, fault) => {
    const store = await opened();
    world.google.faults.inject({ method: 'GET', path: /files\?q=/u, ...fault });
    expect((await failure(store.put(await reserved(store, picture()), {}), 'E_BAD_ANSWER')).retryable).toBe(true);
  });

  test('different bytes under one name keeps both, under names that tell them apart', async () => {
    const store = await opened();
    const first = await store.put(await reserved(store, picture({ content: 'one' })), {});
    const second = await store.put(await reserved(store, picture({ content: 'two' })), {});
    const third = await store.put(await reserved(store, picture({ content: 'three' })), {});
    expect([first.name, second.name, third.name]).toEqual([
      'generation-1.webp',
      'generation-1-2.webp',
      'generation-1-3.webp',
    ]);
    const again = await reopened(store.location);
    expect(await again.put(picture({ content: 'two' }), {})).toMatchObject({
      outcome: 'present',
      location: second.location,
    });
  });
});

describe('a document', () => {
  test('that changed is updated in place, in this session and in another', async () => {
    const store = await opened();
    const first = await store.put(await reserved(store, document('{"a":1}')), {});
    const second = await store.put(await reserved(store, document('{"a":2}')), {});
    expect(second).toMatchObject({ outcome: 'replaced', location: first.location, name: 'task.json' });
    const createdAt = new Date('2023-01-02T03:04:05Z');
    const third = await (await reopened(store.location)).put(document('{"a":3}', { createdAt }), {});
    expect(third).toMatchObject({ outcome: 'replaced', location: first.location });
    const there = world.google.file(first.location);
    expect(there?.content?.toString()).toBe('{"a":3}');
    expect(there?.modifiedTime).toBe(createdAt.getTime());
    expect(world.google.children(store.location)).toHaveLength(1);
  });

  test('that did not change is left alone', async () => {
    const store = await opened();
    await store.put(await reserved(store, document('{}')), {});
    expect((await store.put(document('{}'), {})).outcome).toBe('present');
    expect(world.google.requestsTo('PATCH', /./u)).toEqual([]);
  });

  test('whose first version was created with the same reservation in a run that was killed is updated', async () => {
    const store = await opened();
    const first = await reserved(store, document('{"a":1}'));
    await store.has!([first], {});
    world.google.faults.inject({ method: 'POST', path: /upload/u, reset: 'after' });
    await failure(store.put(first, {}), 'E_NETWORK');
    const receipt = await store.put({ ...document('{"a":2}'), reservation: first.reservation! }, {});
    expect(receipt).toMatchObject({ outcome: 'replaced', location: first.reservation });
    expect(world.google.children(store.location)).toHaveLength(1);
  });

  test('that vanished since the list is made anew', async () => {
    const store = await opened();
    const first = await store.put(await reserved(store, document('{"a":1}')), {});
    world.google.faults.inject({ method: 'PATCH', path: /upload/u, status: 404, reason: 'notFound' });
    const second = await store.put(await reserved(store, document('{"a":2}')), {});
    expect(second).toMatchObject({ outcome: 'created', name: 'task.json' });
    expect(second.location).not.toBe(first.location);
  });

  test('whose update was answered with another digest is looked at again', async () => {
    const store = await opened();
    await store.put(await reserved(store, document('{"a":1}')), {});
    world.google.faults.inject({ method: 'PATCH', path: /upload/u, wrongDigest: true });
    const file = await reserved(store, document('{"a":2}'));
    expect(await store.put(file, {})).toMatchObject({ outcome: 'replaced', digest: file.bytes.digests[0] });
  });

  test('whose update failed can be put again', async () => {
    const store = await opened();
    await store.put(await reserved(store, document('{"a":1}')), {});
    world.google.faults.inject({ method: 'PATCH', path: /upload/u, status: 503, processed: true });
    const file = await reserved(store, document('{"a":2}'));
    expect((await failure(store.put(file, {}), 'E_UNAVAILABLE')).retryable).toBe(true);
    expect(await store.put(file, {})).toMatchObject({ outcome: 'replaced' });
    expect(world.google.children(store.location)).toHaveLength(1);
  });

  test('in a folder where somebody else may write but not this account is told as such', async () => {
    const store = await opened();
    await store.put(await reserved(store, document('{"a":1}')), {});
    world.google.faults.inject({
      method: 'PATCH',
      path: /upload/u,
      status: 403,
      reason: 'insufficientFilePermissions',
    });
    expect((await failure(store.put(document('{"a":2}'), {}), 'E_DESTINATION')).reach).toBe('item');
  });
});

describe('has', () => {
  test('answers the keys that are there from one list', async () => {
    const store = await opened();
    const files = await withIds(store, pictures(4));
    for (const file of files.slice(0, 2)) await store.put(file, {});
    const again = await reopened(store.location);
    const before = world.google.requests.length;
    expect(await again.has!(files, {})).toEqual(new Set(files.slice(0, 2).map(({ key }) => key)));
    expect(await again.has!([{ name: 'generation-0.webp', key: keyOf('another item') }], {})).toEqual(new Set());
    expect(requestLines(world.google).slice(before)).toEqual(['GET /drive/v3/files']);
  });
});

import { describe, expect, test } from '@jest/globals';
import type { Condition, ExpectedFile, Store } from '../../../src/plugin.js';
import { md5Of, picture, reserved } from './files.js';
import { failure, requestLines, type SessionOptions, useGoogle } from './support.js';

const world = useGoogle();
const folders = () => world.google.files().filter(({ mimeType }) => mimeType.endsWith('.folder'));
const change = (id: string, facts: object) => Object.assign(world.google.file(id) ?? {}, facts);

/** Opened to be looked at, by somebody who would pick any folder. */
async function look(id: string | undefined, scope = 'drive', options: SessionOptions = {}) {
  const { sink, context } = await world.signedIn({ scope, person: { consent: { pick: [id ?? ''] } }, ...options });
  return { store: await sink.open(id, { readOnly: true }), context };
}

async function stored(store: Store): Promise<ExpectedFile> {
  const file = await reserved(store, picture());
  const { name, location, size } = await store.put(file, {});
  return { name, location, size, digests: [...file.bytes.digests, md5Of(file.bytes)] };
}

async function conditions(store: Store, ...files: ExpectedFile[]): Promise<readonly Condition[] | undefined> {
  return store.inspect?.(files, { deep: true });
}

async function savedInto(id: string | undefined, scope = 'drive'): Promise<{ store: Store; file: ExpectedFile }> {
  const store = await (await world.signedIn({ scope })).sink.open(id, {});
  return { store, file: await stored(store) };
}

describe('a folder that is only looked at', () => {
  test('may be one that this account only reads', async () => {
    const { store, file } = await savedInto(world.google.addFolder({ name: 'Pictures' }).id);
    const reader = world.google.addUser();
    world.google.file(store.location)?.sharedWith.set(reader.id, 'reader');
    const session = await world.session({ options: { scope: 'drive' }, person: { consent: { user: reader } } });
    const theirs = await session.sink.open(store.location, { readOnly: true });
    expect(await conditions(theirs, file)).toEqual(['whole']);
  });

  test('in the trash lacks all its files', async () => {
    const { store, file } = await savedInto(world.google.addFolder({ name: 'Pictures' }).id);
    change(store.location, { explicitlyTrashed: true });
    const { store: again } = await look(store.location);
    expect(again.location).toBe(store.location);
    expect(await conditions(again, file, { ...file, name: `below/${file.name}` })).toEqual(['missing', 'missing']);
  });

  test.each(['drive', 'drive.file'])(
    'that Google shows no more lacks all its files, and no page is opened (%s)',
    async (scope) => {
      const id = 'an-id-that-was-deleted';
      const { store, context } = await look(id, scope);
      expect(store.location).toBe(id);
      const file = { name: 'a.webp', location: 'x', size: 1, digests: [] };
      expect(await conditions(store, file, { ...file, name: 'below/a.webp' })).toEqual(['missing', 'missing']);
      expect(await store.has?.([picture()], {})).toEqual(new Set());
      expect(await store.read?.(picture(), {})).toBeUndefined();
      expect(requestLines(world.google)).toEqual(['GET /drive/v3/files/ID']);
      expect(context.record.opened).toEqual([]);
    },
  );

  test('behind a shortcut lacks all its files when it is gone', async () => {
    const folder = world.google.addFolder({ name: 'Pictures' });
    const shortcut = world.google.addFile({ name: 'To pictures', target: folder.id });
    expect((await look(shortcut.id)).store.location).toBe(folder.id);
    world.google.faults.inject({ method: 'GET', path: new RegExp(folder.id, 'u'), status: 404, reason: 'notFound' });
    const { store } = await look(shortcut.id);
    expect(await conditions(store, { name: 'a.webp', location: 'x', size: 1, digests: [] })).toEqual(['missing']);
  });

  test('that is there but not open to the program is told, and no page is opened', async () => {
    const folder = world.google.addFolder({ name: 'Pictures' });
    const { sink, context } = await world.signedIn({ person: { consent: { pick: [folder.id] } } });
    world.google.faults.inject({ path: new RegExp(folder.id, 'u'), status: 403, reason: 'appNotAuthorizedToFile' });
    await failure(sink.open(folder.id, { readOnly: true }), 'E_NOT_GRANTED');
    expect(context.record.opened).toEqual([]);
  });

  test('is still none where it is a file, and is asked for again after an outage', async () => {
    const { sink } = await world.signedIn({ scope: 'drive' });
    const file = world.google.addFile({ name: 'a.txt', content: 'a' });
    await failure(sink.open(file.id, { readOnly: true }), 'E_DESTINATION');
    world.google.faults.inject({ path: /files/u, status: 503 });
    expect((await failure(sink.open(file.id, { readOnly: true }), 'E_UNAVAILABLE')).retryable).toBe(true);
  });
});

describe("the program's own folder, only looked at", () => {
  test('is not made, and nothing is remembered', async () => {
    const { store, context } = await look(undefined);
    expect(folders()).toEqual([]);
    expect(context.record.memory.size).toBe(0);
    expect(await conditions(store, { name: 'a.webp', location: 'x', size: 1, digests: [] })).toEqual(['missing']);
  });

  test('is found by its mark', async () => {
    const { store, file } = await savedInto(undefined);
    const { store: again } = await look(undefined);
    expect(again.location).toBe(store.location);
    expect(await conditions(again, file)).toEqual(['whole']);
  });

  test('in the trash lacks its files, and no other is made', async () => {
    const session = await world.signedIn({ scope: 'drive' });
    const store = await session.sink.open(undefined, {});
    const file = await stored(store);
    change(store.location, { explicitlyTrashed: true });
    const { sink } = await world.next(session);
    expect(await conditions(await sink.open(undefined, { readOnly: true }), file)).toEqual(['missing']);
    expect(folders()).toHaveLength(1);
  });
});

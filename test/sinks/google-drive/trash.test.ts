import { describe, expect, test } from '@jest/globals';
import type { Store, StoreFile } from '../../../src/plugin.js';
import { manyBytes, picture, reserved } from './files.js';
import { failure, requestLines, useGoogle } from './support.js';

const world = useGoogle();
const document = (content: string): StoreFile =>
  picture({ name: 'task.json', role: 'document', mediaType: 'application/json', content });

async function opened(): Promise<Store> {
  const folder = world.google.addFolder({ name: 'Pictures' });
  const { sink } = await world.signedIn({ scope: 'drive' });
  return sink.open(folder.id, {});
}

function setTrashed(id: string, explicitlyTrashed: boolean): void {
  Object.assign(world.google.file(id) ?? {}, { explicitlyTrashed });
}

describe('a folder that is put into the trash while files are saved into it', () => {
  test.each([
    ['one request', 'RIFF a picture'],
    ['a resumable upload', manyBytes(5_000_001)],
  ])('has no new file called saved (%s)', async (_how, content) => {
    const store = await opened();
    await store.put(await reserved(store, picture()), {});
    setTrashed(store.location, true);
    const error = await failure(
      store.put(await reserved(store, picture({ name: 'b.webp', content })), {}),
      'E_DESTINATION',
    );
    expect(error).toMatchObject({ reach: 'run', retryable: false });
    expect(error.hint).toContain('take the folder out of the trash');
  });

  test('has no file called saved whose answer named another id', async () => {
    const store = await opened();
    await store.has!([], {});
    setTrashed(store.location, true);
    world.google.faults.inject({ method: 'POST', path: /upload/u, otherId: true });
    await failure(store.put(await reserved(store, picture()), {}), 'E_DESTINATION');
  });

  test('holds each file once when it is taken out and the save is repeated', async () => {
    const store = await opened();
    await store.put(await reserved(store, document('{"a":1}')), {});
    setTrashed(store.location, true);
    const file = await reserved(store, picture());
    await failure(store.put(file, {}), 'E_DESTINATION');
    await failure(store.put(document('{"a":2}'), {}), 'E_DESTINATION');
    setTrashed(store.location, false);
    const again = await (await world.signedIn({ scope: 'drive' })).sink.open(store.location, {});
    expect((await again.put(file, {})).outcome).toBe('present');
    expect((await again.put(document('{"a":2}'), {})).outcome).toBe('present');
    expect(world.google.children(store.location)).toHaveLength(2);
  });
});

test('a document that was put into the trash by itself is made anew, after one look at the folder', async () => {
  const store = await opened();
  const first = await store.put(await reserved(store, document('{"a":1}')), {});
  setTrashed(first.location, true);
  const file = await reserved(store, document('{"a":2}'));
  const before = world.google.requests.length;
  expect((await store.put(file, {})).outcome).toBe('created');
  expect(requestLines(world.google).slice(before)).toEqual([
    'PATCH /upload/drive/v3/files/ID multipart',
    'GET /drive/v3/files/ID',
    'POST /upload/drive/v3/files multipart',
  ]);
});

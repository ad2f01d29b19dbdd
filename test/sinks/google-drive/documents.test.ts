import { describe, expect, test } from '@jest/globals';
import type { Store, StoreFile } from '../../../src/plugin.js';
import { keyOf, picture, reserved } from './files.js';
import { useGoogle } from './support.js';

const world = useGoogle();

const ALBUM = { name: 'album.json', key: keyOf('album') };
const document = (content: string, facts: Partial<StoreFile> = {}) =>
  picture({ ...ALBUM, role: 'document', mediaType: 'application/json', onDifferent: 'replace', content, ...facts });

/** A destination, opened on each of two machines before either has done anything. */
async function twoMachines(scope = 'drive.file'): Promise<[Store, Store]> {
  const { project } = world.google.clientOf(world.credentials);
  const { id } = world.google.addFolder({ name: 'Pictures', visibleTo: project });
  const open = async () => (await world.signedIn({ scope })).sink.open(id, {});
  return [await open(), await open()];
}

async function opened(id: string): Promise<Store> {
  return (await world.signedIn({ scope: 'drive' })).sink.open(id, {});
}

async function put(store: Store, file: StoreFile) {
  return store.put(await reserved(store, file), {});
}

async function textFrom(store: Store): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.read?.(ALBUM, {}))?.open() ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const contents = (store: Store) => world.google.children(store.location).map(({ content }) => content?.toString());
const kept = (store: Store) => world.google.children(store.location).filter((file) => !file.explicitlyTrashed);

describe('a document that changes', () => {
  test.each(['drive', 'drive.file'])('is one file however often two machines update it (%s)', async (scope) => {
    const [first, second] = await twoMachines(scope);
    const { location } = await put(first, document('{"a":1}'));
    // The second machine has not looked yet; the first one's list is older than the second one's updates.
    expect(await put(second, document('{"a":1,"b":2}'))).toMatchObject({ outcome: 'replaced', location });
    expect(await put(first, document('{"a":1,"b":2,"c":3}'))).toMatchObject({ outcome: 'replaced', location });
    expect(await put(second, document('{"a":4}'))).toMatchObject({ outcome: 'replaced', location });
    expect(contents(first)).toEqual(['{"a":4}']);
    expect(world.google.requestsTo('POST', /^\/upload/u)).toHaveLength(1);
    expect(world.google.requestsTo('PATCH', /^\/upload/u)).toHaveLength(3);
  });

  test('grows by reading it and putting it back, on two machines in turns', async () => {
    const [first, second] = await twoMachines();
    for (const [index, store] of [first, second, first, second, first].entries()) {
      const there = await textFrom(store);
      await put(store, document(`${there}[${index}]`));
    }
    expect(contents(first)).toEqual(['[0][1][2][3][4]']);
  });

  test('is updated in a folder below too, also when each machine opens that folder for itself', async () => {
    const [first, second] = await twoMachines();
    const folders = [await first.folder('models', {}), await second.folder('models', {})] as const;
    const { location } = await put(folders[0], document('one'));
    expect(await put(folders[1], document('two'))).toMatchObject({ outcome: 'replaced', location });
    expect(contents(folders[0])).toEqual(['two']);
  });

  test('is updated under the name that a person gave it', async () => {
    const [first, second] = await twoMachines();
    const { location } = await put(first, document('one'));
    Object.assign(world.google.file(location) ?? {}, { name: 'My album.json' });
    expect(await put(second, document('two'))).toMatchObject({ name: 'My album.json', outcome: 'replaced', location });
    expect(contents(first)).toEqual(['two']);
  });

  test('is updated by several resumable requests where it is large', async () => {
    const [first, second] = await twoMachines();
    const { location } = await put(first, document('x'.repeat(6_000_000)));
    expect(await put(second, document('y'.repeat(6_000_000)))).toMatchObject({ outcome: 'replaced', location });
    expect(contents(first)).toEqual(['y'.repeat(6_000_000)]);
  });

  test('that a person moved to the trash meanwhile is made anew and stays out of the trash', async () => {
    const [first, second] = await twoMachines();
    const { location } = await put(first, document('one'));
    await second.has!([ALBUM], {});
    Object.assign(world.google.file(location) ?? {}, { explicitlyTrashed: true });
    const receipt = await put(second, document('two'));
    expect(receipt).toMatchObject({ outcome: 'created', name: 'album.json' });
    expect(receipt.location).not.toBe(location);
    expect(kept(first).map(({ content }) => content?.toString())).toEqual(['two']);
  });
});

describe('a document that two machines made in the same instant', () => {
  /** Both found nothing there and made the file. */
  async function twins(): Promise<{ store: Store; older: string; newer: string }> {
    const [first, second] = await twoMachines();
    await Promise.all([first.has!([ALBUM], {}), second.has!([ALBUM], {})]);
    const at = (time: string) => ({ createdAt: new Date(time) });
    const older = (await put(first, document('older', at('2022-09-01T00:00:00Z')))).location;
    const newer = (await put(second, document('newer', at('2022-10-01T00:00:00Z')))).location;
    expect(newer).not.toBe(older);
    return { store: first, older, newer };
  }

  test('is in every later run the same one of the two, for reading and for writing', async () => {
    const { store, older, newer } = await twins();
    // A time of its own that is earlier than the other one's must not change which is meant.
    for (const [index, createdAt] of ['2021-01-01', '2030-01-01', '2020-01-01'].entries()) {
      const run = await opened(store.location);
      expect((await run.read?.(ALBUM, {}))?.location).toBe(newer);
      const changed = document(`run ${index}`, { createdAt: new Date(createdAt) });
      expect(await put(run, changed)).toMatchObject({ outcome: 'replaced', location: newer });
      expect(await textFrom(await opened(store.location))).toBe(`run ${index}`);
    }
    expect(world.google.file(older)?.content?.toString()).toBe('older');
    expect(kept(store)).toHaveLength(2);
  });

  test('is not taken for present because the other one holds the same bytes', async () => {
    const { store, newer } = await twins();
    const run = await opened(store.location);
    expect(await put(run, document('older'))).toMatchObject({ outcome: 'replaced', location: newer });
    expect(await textFrom(await opened(store.location))).toBe('older');
  });

  test('is the other one once this one is gone', async () => {
    const { store, older, newer } = await twins();
    const run = await opened(store.location);
    await run.has!([ALBUM], {});
    Object.assign(world.google.file(newer) ?? {}, { explicitlyTrashed: true });
    expect(await put(run, document('changed'))).toMatchObject({ outcome: 'replaced', location: older });
    expect((await run.read?.(ALBUM, {}))?.location).toBe(older);
  });
});

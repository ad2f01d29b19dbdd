import { describe, expect, test } from '@jest/globals';
import type { Condition, ExpectedFile, Receipt, Store } from '../../../src/plugin.js';
import { bytesOf, picture, reserved } from './files.js';
import { failure, requestLines, useGoogle } from './support.js';

const world = useGoogle();

async function openFolder(scope = 'drive'): Promise<Store> {
  const { project } = world.google.clientOf(world.credentials);
  return reopened(world.google.addFolder({ name: 'Pictures', visibleTo: project }).id, scope);
}

async function reopened(id: string, scope = 'drive'): Promise<Store> {
  return (await world.signedIn({ scope })).sink.open(id, { readOnly: true });
}

async function stored(store: Store, name: string): Promise<ExpectedFile> {
  const { location } = await store.put(await reserved(store, picture({ name, content: name })), {});
  return expected({ name, location }, name);
}

function expected({ name, location }: Pick<Receipt, 'name' | 'location'>, content: string): ExpectedFile {
  const { size, digests } = bytesOf(content);
  return { name, location, size, digests };
}

async function look(store: Store, ...files: ExpectedFile[]): Promise<readonly Condition[] | undefined> {
  return store.inspect?.(files, { deep: true });
}

describe('looking at what was stored', () => {
  test('takes one list for all files, and none for another look at the same store', async () => {
    const store = await openFolder();
    const files: ExpectedFile[] = [];
    for (let index = 0; index < 12; index += 1) files.push(await stored(store, `generation-${index}.webp`));
    const later = await reopened(store.location);
    const before = world.google.requests.length;
    expect(await look(later, ...files)).toEqual(files.map(() => 'whole'));
    expect(await later.inspect?.(files.slice(3), { deep: false })).toEqual(files.slice(3).map(() => 'whole'));
    expect(requestLines(world.google).slice(before)).toEqual(['GET /drive/v3/files']);
  });

  test('finds what is there on every page', async () => {
    const store = await openFolder();
    const files: ExpectedFile[] = [];
    for (let index = 0; index < 9; index += 1) files.push(await stored(store, `generation-${index}.webp`));
    world.google.settings.shortPages = true;
    expect(await look(await reopened(store.location), ...files)).toEqual(files.map(() => 'whole'));
  });

  test('finds missing what lies in the trash, was moved or was deleted', async () => {
    const store = await openFolder();
    const files: ExpectedFile[] = [];
    for (const name of ['trashed.webp', 'moved.webp', 'there.webp']) files.push(await stored(store, name));
    const other = world.google.addFolder({ name: 'Other' });
    Object.assign(world.google.file(files[0]!.location) ?? {}, { explicitlyTrashed: true });
    Object.assign(world.google.file(files[1]!.location) ?? {}, { parent: other.id });
    const deleted = { ...files[2]!, location: 'an-id-that-was-deleted' };
    expect(await look(await reopened(store.location), ...files, deleted)).toEqual([
      'missing',
      'missing',
      'whole',
      'missing',
    ]);
  });

  test('finds damaged what holds other bytes of the same size, whatever its name', async () => {
    const store = await openFolder();
    const file = await stored(store, 'generation-1.webp');
    expect(await look(await reopened(store.location), expected(file, 'generation-2.webp'))).toEqual(['damaged']);
    Object.assign(world.google.file(file.location) ?? {}, { name: 'renamed by hand.webp' });
    expect(await look(await reopened(store.location), file)).toEqual(['whole']);
  });

  test('compares md5 where Drive has no sha256, and sizes where no digest is shared', async () => {
    world.google.settings.shaChecksums = false;
    const store = await openFolder();
    const file = await stored(store, 'generation-1.webp');
    const other = expected(file, 'generation-2.webp');
    expect(await look(store, file, other)).toEqual(['whole', 'damaged']);
    const sha256 = ({ digests }: ExpectedFile) => digests.filter(({ algorithm }) => algorithm === 'sha256');
    expect(await look(store, { ...other, digests: sha256(other) }, { ...file, size: 3 })).toEqual(['whole', 'damaged']);
  });

  test('sees what the same run has stored since, and what it has replaced', async () => {
    const store = await openFolder();
    const first = await stored(store, 'one.webp');
    expect(await look(store, first)).toEqual(['whole']);
    const second = await stored(store, 'two.webp');
    const changed = picture({ name: 'one.webp', content: 'something else', onDifferent: 'replace' });
    await store.put(await reserved(store, changed), {});
    expect(await look(store, first, second, expected(first, 'something else'))).toEqual(['damaged', 'whole', 'whole']);
  });

  test('of no files asks nothing, and a list that fails is told', async () => {
    const store = await openFolder();
    const file = await stored(store, 'one.webp');
    const later = await reopened(store.location);
    const before = world.google.requests.length;
    expect(await look(later)).toEqual([]);
    expect(world.google.requests.length).toBe(before);
    world.google.faults.inject({ method: 'GET', path: /files\?q=/u, status: 503 });
    await failure(Promise.resolve(look(later, file)), 'E_UNAVAILABLE');
    expect(await look(later, file)).toEqual(['whole']);
  });
});

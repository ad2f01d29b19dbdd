import { describe, expect, test } from '@jest/globals';
import type { Condition, ExpectedFile, Receipt, Store } from '../../../src/plugin.js';
import { bytesOf, md5Of, picture, reserved } from './files.js';
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
  const bytes = bytesOf(content);
  return { name, location, size: bytes.size, digests: [...bytes.digests, md5Of(bytes)] };
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

describe('looking at what lies in folders below', () => {
  /** Files in folders, expected under their paths, and how many lists a look from above takes. */
  async function below(store: Store, path: string, count = 1): Promise<ExpectedFile[]> {
    let folder = store;
    for (const name of path.split('/')) folder = await folder.folder(name, {});
    const files: ExpectedFile[] = [];
    for (let index = 0; index < count; index += 1) {
      const file = await stored(folder, `${path.replaceAll('/', '-')}-${index}.webp`);
      files.push({ ...file, name: `${path}/${file.name}` });
    }
    return files;
  }

  const whole = (files: readonly ExpectedFile[]) => files.map(() => 'whole');

  test('takes one list for each folder on the way, whatever the number of files, and none for another look', async () => {
    const store = await openFolder();
    const files = [await stored(store, 'here.webp')];
    for (const path of ['Robots', 'Cats', '2022/September', '2022/October']) {
      files.push(...(await below(store, path, 8)));
    }
    await below(store, 'Nobody asks for this one');
    const later = await reopened(store.location);
    const before = world.google.requests.length;
    expect(await look(later, ...files)).toEqual(whole(files));
    // The destination, Robots, Cats, 2022, September and October.
    expect(requestLines(world.google).slice(before)).toEqual(Array(6).fill('GET /drive/v3/files'));
    expect(await look(later, ...files)).toEqual(whole(files));
    expect(await later.inspect?.(files.slice(20), { deep: false })).toEqual(whole(files.slice(20)));
    expect(world.google.requests.length).toBe(before + 6);
  });

  test('takes the one list where no folder is as the names say', async () => {
    const store = await openFolder();
    const [file] = await below(store, 'Robots');
    const later = await reopened(store.location);
    const before = world.google.requests.length;
    const names = ['Cats/x.webp', 'Cats/Robots/x.webp', 'Robots ', '/Robots/x.webp', 'Robots'];
    const files = names.map((name) => ({ ...file!, name }));
    expect(await look(later, ...files)).toEqual(files.map(() => 'missing'));
    expect(requestLines(world.google).slice(before)).toEqual(['GET /drive/v3/files']);
  });

  test('takes many folders a few at a time', async () => {
    const store = await openFolder();
    const files: ExpectedFile[] = [];
    for (let index = 0; index < 9; index += 1) files.push(...(await below(store, `Album ${index}`)));
    const later = await reopened(store.location);
    const fault = world.google.faults.inject({ method: 'GET', path: /files\?q=/u, delay: 30, count: 20 });
    const before = world.google.requests.length;
    expect(await look(later, ...files)).toEqual(whole(files));
    expect(fault.hits).toBe(10);
    expect(world.google.requests.length).toBe(before + 10);
  });

  test('finds missing what was moved to another folder or lies in the trash, alone or with its folder', async () => {
    const store = await openFolder();
    const files = [...(await below(store, 'Robots', 3)), ...(await below(store, 'Cats'))];
    const cats = await store.folder('Cats', {});
    const robots = await store.folder('Robots', {});
    Object.assign(world.google.file(files[0]!.location) ?? {}, { parent: cats.location });
    Object.assign(world.google.file(files[1]!.location) ?? {}, { explicitlyTrashed: true });
    expect(await look(await reopened(store.location), ...files)).toEqual(['missing', 'missing', 'whole', 'whole']);
    Object.assign(world.google.file(robots.location) ?? {}, { explicitlyTrashed: true });
    expect(await look(await reopened(store.location), ...files)).toEqual(['missing', 'missing', 'missing', 'whole']);
  });

  test('finds damaged what holds other bytes', async () => {
    const store = await openFolder();
    const [file] = await below(store, 'Robots');
    const other = { ...expected(file!, 'other bytes'), size: file!.size };
    expect(await look(await reopened(store.location), other, file!)).toEqual(['damaged', 'whole']);
  });

  test('still finds what lies in a folder that a person has renamed since, or made twice', async () => {
    const store = await openFolder();
    const files = await below(store, '2022/September');
    const year = await store.folder('2022', {});
    Object.assign(world.google.file(year.location) ?? {}, { name: 'The year 2022' });
    world.google.addFolder({ name: '2022', parent: store.location });
    expect(await look(await reopened(store.location), ...files)).toEqual(['whole']);
    const unmarked = world.google.file(year.location);
    for (const marks of unmarked?.appProperties.values() ?? []) marks.clear();
    expect(await look(await reopened(store.location), ...files)).toEqual(['missing']);
  });

  test('sees what this run has stored there since, and what a person has done before the folder was opened again', async () => {
    const session = await world.signedIn({ scope: 'drive' });
    const folder = world.google.addFolder({ name: 'Pictures' });
    const store = await session.sink.open(folder.id, {});
    const first = await below(store, 'Robots');
    expect(await look(store, ...first)).toEqual(['whole']);
    const robots = await store.folder('Robots', {});
    const second = { ...(await stored(robots, 'second.webp')), name: 'Robots/second.webp' };
    expect(await look(store, ...first, second)).toEqual(['whole', 'whole']);
    Object.assign(world.google.file(second.location) ?? {}, { explicitlyTrashed: true });
    const again = await session.sink.open(folder.id, { readOnly: true });
    expect(await look(again, ...first, second)).toEqual(['whole', 'missing']);
  });

  test('asks again only for the lists that failed', async () => {
    const store = await openFolder();
    const files = [...(await below(store, 'Robots')), ...(await below(store, 'Cats'))];
    const later = await reopened(store.location);
    const cats = (await store.folder('Cats', {})).location;
    world.google.faults.inject({ method: 'GET', path: new RegExp(`files\\?q=.*${cats}`, 'u'), status: 503 });
    expect((await failure(Promise.resolve(look(later, ...files)), 'E_UNAVAILABLE')).retryable).toBe(true);
    const before = world.google.requests.length;
    expect(await look(later, ...files)).toEqual(['whole', 'whole']);
    expect(world.google.requests.length).toBe(before + 1);
  });
});

import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createJournal } from '../../../src/archive/journal.js';
import type { Sink, Store } from '../../../src/plugin.js';
import { openReservedFolder } from '../../../src/transfer/reserved-folder.js';
import { until } from '../../http/support.js';
import { picture, reserved } from './files.js';
import { failure, requestLines, useGoogle } from './support.js';

const world = useGoogle();

async function machine(scope = 'drive'): Promise<Sink> {
  return (await world.signedIn({ scope })).sink;
}

/** A destination, and a store of it on each of two machines, opened before either has done anything. */
async function twoMachines(scope = 'drive'): Promise<[Store, Store]> {
  const { project } = world.google.clientOf(world.credentials);
  const { id } = world.google.addFolder({ name: 'Pictures', visibleTo: project });
  return [await (await machine(scope)).open(id, {}), await (await machine(scope)).open(id, {})];
}

const foldersIn = (id: string) => world.google.children(id).filter(({ mimeType }) => mimeType.endsWith('.folder'));
const linesSince = (before: number) => requestLines(world.google).slice(before);

describe('a folder below the destination', () => {
  test('is one for two stores that ask for it at the same time, and so are the files in it', async () => {
    const sink = await machine();
    const { id } = world.google.addFolder({ name: 'Pictures' });
    const [first, second] = await Promise.all([sink.open(id, {}), sink.open(id, {})]);
    const stores = await Promise.all([first, second, first, second].map((store) => store.folder('Robots', {})));
    expect(new Set(stores.map(({ location }) => location)).size).toBe(1);
    expect(foldersIn(id)).toHaveLength(1);
    const receipts = await Promise.all(stores.map((store) => store.put(picture(), {})));
    expect(receipts.map(({ outcome }) => outcome).sort()).toEqual(['created', 'present', 'present', 'present']);
    expect(world.google.children(stores[0]!.location)).toHaveLength(1);
  });

  test('asked for again is the same store without a request', async () => {
    const [store] = await twoMachines();
    const folder = await store.folder('Robots', {});
    const before = world.google.requests.length;
    expect(await store.folder('Robots', {})).toBe(folder);
    expect(linesSince(before)).toEqual([]);
  });

  test('of whom one gives up is made for the others all the same', async () => {
    const sink = await machine();
    const { id } = world.google.addFolder({ name: 'Pictures' });
    const [first, second] = await Promise.all([sink.open(id, {}), sink.open(id, {})]);
    const controller = new AbortController();
    world.google.faults.inject({ method: 'GET', path: /files\?q=/u, delay: 200 });
    const given = failure(first.folder('Robots', { signal: controller.signal }), 'E_INTERRUPTED');
    const waiting = second.folder('Robots', {});
    setTimeout(() => controller.abort(), 50);
    await given;
    expect(world.google.file((await waiting).location)?.name).toBe('Robots');
    expect(foldersIn(id)).toHaveLength(1);
  });

  test('whose first asker waits is given up by the second at once', async () => {
    const [store] = await twoMachines();
    world.google.faults.inject({ method: 'GET', path: /files\?q=/u, delay: 400 });
    const first = store.folder('Robots', {});
    const controller = new AbortController();
    const begun = performance.now();
    const second = failure(store.folder('Robots', { signal: controller.signal }), 'E_INTERRUPTED');
    controller.abort();
    await second;
    expect(performance.now() - begun).toBeLessThan(300);
    expect((await first).location).toBeDefined();
  });

  test.each(['drive', 'drive.file'])(
    'that a run made is found by the next one (%s): hundreds with one list',
    async (scope) => {
      const [store, other] = await twoMachines(scope);
      const names = Array.from({ length: 12 }, (_, index) => `Album ${index}`);
      const made = [];
      for (const name of names) made.push((await store.folder(name, {})).location);
      const before = world.google.requests.length;
      const found = [];
      for (const name of names) found.push((await other.folder(name, {})).location);
      expect(found).toEqual(made);
      expect(linesSince(before)).toEqual(['GET /drive/v3/files']);
      expect(foldersIn(store.location)).toHaveLength(12);
    },
  );

  test('that another machine made after this one had looked is found before a second one is made', async () => {
    const [store, other] = await twoMachines();
    await store.has!([picture()], {});
    const theirs = await other.folder('Robots', {});
    const before = world.google.requests.length;
    expect((await store.folder('Robots', {})).location).toBe(theirs.location);
    expect(linesSince(before)).toEqual(['GET /drive/v3/files']);
    expect(foldersIn(store.location)).toHaveLength(1);
  });

  test('that another Cloud project made, or a person, is found by its name', async () => {
    const [store] = await twoMachines();
    const theirs = world.google.addFolder({ name: 'Robots', parent: store.location });
    world.google.addFolder({ name: 'robots', parent: store.location });
    world.google.addFolder({ name: 'Robots' });
    world.google.addFile({ name: 'Cats', parent: store.location, content: 'a file' });
    expect((await store.folder('Robots', {})).location).toBe(theirs.id);
    const cats = await store.folder('Cats', {});
    expect(world.google.file(cats.location)).toMatchObject({ name: 'Cats', parent: store.location });
    expect(foldersIn(store.location)).toHaveLength(3);
  });

  test('of several of one name is one that the program made, and of these the oldest', async () => {
    const [store, other] = await twoMachines();
    const made = world.google.file((await store.folder('Robots', {})).location)!;
    const twin = (createdTime: number) =>
      Object.assign(world.google.addFolder({ name: 'Robots', parent: store.location }), { createdTime });
    twin(0);
    // As two machines make it that ask in the same instant.
    for (const later of [1000, 2000]) {
      const { appProperties } = twin(made.createdTime + later);
      for (const [project, marks] of made.appProperties) appProperties.set(project, marks);
    }
    expect((await other.folder('Robots', {})).location).toBe(made.id);
    expect(foldersIn(store.location)).toHaveLength(4);
  });

  test('in the trash is left there and a new one made', async () => {
    const [store, other] = await twoMachines();
    const first = await store.folder('Robots', {});
    Object.assign(world.google.file(first.location) ?? {}, { explicitlyTrashed: true });
    expect((await other.folder('Robots', {})).location).not.toBe(first.location);
  });

  test.each([
    ['a lost answer', { status: 503, processed: true }],
    ['a kill before its request arrived', { stall: 'before' }],
  ] as const)('is made once after %s', async (_what, fault) => {
    const [store] = await twoMachines();
    const journal = createJournal(join(world.folder, 'journal.jsonl'));
    world.google.faults.inject({ method: 'POST', path: /files/u, ...fault });
    const ended = new AbortController();
    const first = openReservedFolder(store, 'Robots', { journal, signal: ended.signal });
    await until(() => world.google.requestsTo('POST', /files/u).length > 0);
    if ('stall' in fault) ended.abort();
    await failure(first, 'stall' in fault ? 'E_INTERRUPTED' : 'E_UNAVAILABLE');
    const { reservation } = (await journal.find(store.location, 'folder Robots'))!;
    // As lists are for a moment after something was made.
    world.google.file(reservation)?.appProperties.clear();
    const again = await openReservedFolder(store, 'Robots', { journal });
    expect(again.location).toBe(reservation);
    expect(foldersIn(store.location)).toHaveLength(1);
  });

  test('below one is found again too, each with one list of the folder above', async () => {
    const [store, other] = await twoMachines();
    const path = ['2022', 'September', 'Robots'];
    const walk = async (from: Store) => {
      let at = from;
      for (const name of path) at = await at.folder(name, {});
      return at;
    };
    const made = await walk(store);
    await made.put(await reserved(made, picture()), {});
    const before = world.google.requests.length;
    const found = await walk(other);
    expect(found.location).toBe(made.location);
    expect(found.label).toBe(`${other.label}/2022/September/Robots`);
    expect([made.isNew, found.isNew]).toEqual([true, false]);
    expect(linesSince(before)).toEqual(path.map(() => 'GET /drive/v3/files'));
    expect((await found.put(picture(), {})).outcome).toBe('present');
  });
});

describe('the name of a folder', () => {
  test.each([
    '',
    ' ',
    '\t \n',
    '\u00a0\u3000',
    '\u200b',
    '\u0000',
    'a\u0007b',
    'line\nbreak',
    'esc\u001b[31m',
    '\u009b',
  ])('%j is refused without a request, as making the folder refuses it', async (name) => {
    const [store] = await twoMachines();
    const sink = await machine();
    const before = world.google.requests.length;
    const refusal = expect.objectContaining({ code: 'E_USAGE', plugin: 'google-drive' });
    expect(() => sink.checkFolderName?.(name)).toThrow(refusal);
    await failure(store.folder(name, {}), 'E_USAGE');
    expect(linesSince(before)).toEqual([]);
  });

  test.each(['Robots', "it's 'mine'", 'a/b', '..', '絵 👩‍🎨', ' x ', 'x'.repeat(300)])('%j is taken', async (name) => {
    const sink = await machine();
    expect(() => sink.checkFolderName?.(name)).not.toThrow();
  });
});

import { describe, expect, test } from '@jest/globals';
import type { Store, StoreFile } from '../../../src/plugin.js';
import { keyOf, picture, reserved } from './files.js';
import { failure, useGoogle } from './support.js';

const world = useGoogle();

async function opened(): Promise<Store> {
  const folder = world.google.addFolder({ name: 'Pictures' });
  return reopened(folder.id);
}

async function reopened(id: string): Promise<Store> {
  return (await world.signedIn({ scope: 'drive' })).sink.open(id, {});
}

/** A picture of another item, which has the same caption. */
function robot(item: string, facts: Partial<StoreFile> = {}): StoreFile {
  return picture({ name: 'a robot.webp', key: keyOf(item), content: `RIFF ${item}`, ...facts });
}

async function put(store: Store, file: StoreFile): Promise<string> {
  return (await store.put(await reserved(store, file), {})).name;
}

function names(store: Store): string[] {
  return world.google
    .children(store.location)
    .map(({ name }) => name)
    .sort();
}

describe('pictures of different items under one name', () => {
  test('are told apart by their names, in one run and in the next', async () => {
    const store = await opened();
    expect(await put(store, robot('one'))).toBe('a robot.webp');
    expect(await put(store, robot('two'))).toBe('a robot-2.webp');
    const later = await reopened(store.location);
    expect(await put(later, robot('three'))).toBe('a robot-3.webp');
    expect(await put(later, robot('two'))).toBe('a robot-2.webp');
    expect(names(store)).toEqual(['a robot-2.webp', 'a robot-3.webp', 'a robot.webp']);
  });

  test('are told apart also when they are saved at the same time', async () => {
    const store = await opened();
    const all = await Promise.all(['one', 'two', 'three', 'four'].map((item) => put(store, robot(item))));
    expect(new Set(all).size).toBe(4);
    expect(names(store)).toEqual([...all].sort());
  });

  test('do not overwrite each other when replacing is asked for', async () => {
    const store = await opened();
    await put(store, robot('one'));
    expect(await put(store, robot('two', { onDifferent: 'replace' }))).toBe('a robot-2.webp');
  });

  test.each([
    ['a file of the person', () => ({ mimeType: 'image/webp' })],
    ['a folder', () => ({ mimeType: 'application/vnd.google-apps.folder' })],
  ])('leave the name to %s', async (_whose, facts) => {
    const store = await opened();
    const { mimeType } = facts();
    const there = { name: 'a robot.webp', parent: store.location };
    if (mimeType.endsWith('folder')) world.google.addFolder(there);
    else world.google.addFile({ ...there, content: 'by hand' });
    expect(await put(store, robot('one'))).toBe('a robot-2.webp');
  });

  test('keep their names when a lost answer is asked for again', async () => {
    const store = await opened();
    await put(store, robot('one'));
    const [second, third] = [await reserved(store, robot('two')), await reserved(store, robot('three'))];
    world.google.faults.inject({ method: 'POST', path: /upload/u, status: 503, processed: true });
    await failure(store.put(second, {}), 'E_UNAVAILABLE');
    expect((await store.put(third, {})).name).toBe('a robot-3.webp');
    expect(await store.put(second, {})).toMatchObject({ name: 'a robot-2.webp', outcome: 'present' });
    expect(names(store)).toHaveLength(3);
  });

  test('take a name that is free again', async () => {
    const store = await opened();
    const { location } = await store.put(await reserved(store, robot('one')), {});
    Object.assign(world.google.file(location) ?? {}, { explicitlyTrashed: true });
    expect(await put(await reopened(store.location), robot('two'))).toBe('a robot.webp');
  });
});

describe('a document', () => {
  const record = (item: string, facts: Partial<StoreFile> = {}) =>
    robot(item, { name: 'a robot.json', role: 'document', mediaType: 'application/json', ...facts });

  test('of another item under the name of one gets a number, as on a disk', async () => {
    const store = await opened();
    await put(store, record('one'));
    expect(await put(store, record('two'))).toBe('a robot-2.json');
  });

  test('whose layout replaces it keeps its name, because other programs look for that', async () => {
    const store = await opened();
    world.google.addFile({ name: 'a robot.json', parent: store.location, content: '{}' });
    expect(await put(store, record('one', { onDifferent: 'replace' }))).toBe('a robot.json');
  });
});

import { writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from '@jest/globals';
import { nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import type { StoreFile } from '../../../src/plugin.js';
import { diskWith, diskWithoutLinks } from './disks.js';
import { fileOf, freshFolder, openStore } from './fixture.js';

const createdAt = new Date('2022-09-01T12:34:56Z');

async function stepsOf(file: StoreFile, existing?: string, disk = nodeDisk): Promise<string[]> {
  const folder = await freshFolder();
  if (existing !== undefined) await writeFile(join(folder, file.name), existing);
  const steps: string[] = [];
  const recording = diskWith(async (call, perform) => {
    const result = await perform();
    if (!/lstat|list|entry|open|read/u.test(call)) steps.push(call);
    return result;
  }, disk);
  const store = await openStore(folder, recording);
  steps.length = 0;
  await store.put(file, {});
  return steps;
}

const WRITTEN = ['create', 'create.write', 'create.setModifiedAt', 'create.datasync', 'create.close'];

test('a new file is on the storage device before it has its name, and its name is there before the receipt', async () => {
  expect(await stepsOf(fileOf('one', { createdAt }))).toEqual([...WRITTEN, 'link', 'unlink', 'syncFolder']);
});

test('a replacement is on the storage device before it takes the place of the old file', async () => {
  const file = fileOf('one', { createdAt, onDifferent: 'replace' });
  expect(await stepsOf(file, 'old')).toEqual([...WRITTEN, 'rename', 'syncFolder']);
});

test('where there are no hard links the file is renamed, in the same order', async () => {
  expect(await stepsOf(fileOf('one', { createdAt }), undefined, diskWithoutLinks)).toEqual([
    ...WRITTEN,
    'rename',
    'syncFolder',
  ]);
});

test('a file that is present is not written, and its name is on the storage device before the receipt', async () => {
  expect(await stepsOf(fileOf('one', { createdAt }), 'one')).toEqual(['syncFolder']);
});

test('each folder that is made is in its parent on the storage device before the next one is made', async () => {
  const folder = await freshFolder();
  const steps: string[] = [];
  const disk = diskWith(async (call, perform, [path = '']) => {
    const result = await perform();
    if (call === 'mkdir' || call === 'syncFolder' || call === 'create')
      steps.push(`${call} ${relative(folder, dirname(path))}`);
    return result;
  });
  await (await openStore(join(folder, 'a', 'b'), disk)).put(fileOf('one'), {});
  expect(steps).toEqual(['mkdir ', 'syncFolder ..', 'mkdir a', 'syncFolder ', 'create a/b', 'syncFolder a']);
});

test('writers of one folder share its syncs', async () => {
  const folder = await freshFolder();
  let syncs = 0;
  const disk = diskWith((call, perform) => {
    if (call === 'syncFolder') syncs += 1;
    return perform();
  });
  const store = await openStore(folder, disk);
  const names = Array.from({ length: 40 }, (_, index) => `generation-${index}.webp`);
  await Promise.all(names.map((name) => store.put(fileOf(name, { name }), {})));
  expect(syncs).toBeGreaterThanOrEqual(1);
  expect(syncs).toBeLessThan(names.length);
});

test.each([
  ['that was empty', 0, undefined],
  ['with something in it', 1, 'other.webp'],
])('a name in a folder %s is looked for %s times before the file is written', async (_kind, times, there) => {
  const folder = await freshFolder();
  if (there !== undefined) await writeFile(join(folder, there), 'other');
  const file = fileOf('one');
  let looked = 0;
  const disk = diskWith(async (call, perform, [path = '']) => {
    if (call === 'lstat' && path === join(folder, file.name)) looked += 1;
    return perform();
  });
  await (await openStore(folder, disk)).put(file, {});
  expect(looked).toBe(times);
});

test('in a folder that was empty one file that is there is written in vain, and no second one', async () => {
  let created = 0;
  const disk = diskWith(async (call, perform) => {
    if (call === 'create') created += 1;
    return perform();
  });
  const store = await openStore(await freshFolder(), disk);
  const [one, two] = [fileOf('one'), fileOf('two', { name: 'two.webp' })];
  for (const file of [one, two]) await store.put(file, {});
  expect(created).toBe(2);
  for (const file of [one, two, one, two]) expect(await store.put(file, {})).toMatchObject({ outcome: 'present' });
  expect(created).toBe(3);
});

import { mkdir, readdir, readFile, readlink, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { isTemporaryName } from '../../../sinks/local-filesystem/temporary-name.js';
import { bytesOf, lying, stuck } from '../../contract/sink/material.js';
import { caselessDisk, diskWith, diskWithoutLinks, systemError } from './disks.js';
import { contentsOf, fileOf, freshFolder, openStore } from './fixture.js';

const failing = (code: string) => expect.objectContaining({ name: 'AlbarettoError', code, plugin: 'local-filesystem' });

describe('names that are taken', () => {
  test('different files are numbered before the extension', async () => {
    const folder = await freshFolder();
    const store = await openStore(folder);
    for (const content of ['one', 'two', 'three', 'two', 'one']) await store.put(fileOf(content), {});
    expect(await contentsOf(folder)).toEqual({
      'aB3dE5f.webp': 'one',
      'aB3dE5f-2.webp': 'two',
      'aB3dE5f-3.webp': 'three',
    });
  });

  test('a damaged file is replaced, a numbered one is never asked about', async () => {
    const folder = await freshFolder();
    const store = await openStore(folder);
    await store.put(fileOf('one'), {});
    await store.put(fileOf('two'), {});
    const asked: number[] = [];
    const replaces = async ({ size }: { readonly size: number }): Promise<boolean> => {
      asked.push(size);
      return false;
    };
    await store.put(fileOf('number three', { replaces }), {});
    expect(asked).toEqual([3]);
    await store.put(fileOf('again one', { replaces: async () => true }), {});
    expect(await contentsOf(folder)).toEqual({
      'aB3dE5f.webp': 'again one',
      'aB3dE5f-2.webp': 'two',
      'aB3dE5f-3.webp': 'number three',
    });
  });

  test.each(['a folder', 'a link to a file', 'a link to nothing', 'a link to a folder'])(
    '%s under the name is passed over, also where replacing is asked for',
    async (what) => {
      const [folder, outside] = [await freshFolder(), await freshFolder()];
      const path = join(folder, 'aB3dE5f.webp');
      await writeFile(join(outside, 'precious'), 'precious');
      if (what === 'a folder') await mkdir(path);
      else if (what === 'a link to a folder') await symlink(outside, path);
      else await symlink(join(outside, what === 'a link to a file' ? 'precious' : 'nothing'), path);
      const store = await openStore(folder);
      const receipt = await store.put(fileOf('precious', { onDifferent: 'replace', replaces: async () => true }), {});
      expect(receipt).toMatchObject({ name: 'aB3dE5f-2.webp', outcome: 'created' });
      expect(await contentsOf(outside)).toEqual({ precious: 'precious' });
      expect(await contentsOf(folder)).toEqual({ 'aB3dE5f-2.webp': 'precious' });
      if (what !== 'a folder') expect(await readlink(path)).toMatch(outside);
    },
  );

  test('a file that appears while another is written is kept', async () => {
    const folder = await freshFolder();
    const disk = diskWith(async (call, perform) => {
      if (call === 'link') await writeFile(join(folder, 'aB3dE5f.webp'), 'theirs', { flag: 'wx' }).catch(() => {});
      return perform();
    });
    const receipt = await (await openStore(folder, disk)).put(fileOf('ours'), {});
    expect(receipt).toMatchObject({ name: 'aB3dE5f-2.webp', outcome: 'created' });
    expect(await contentsOf(folder)).toEqual({ 'aB3dE5f.webp': 'theirs', 'aB3dE5f-2.webp': 'ours' });
  });

  test('the same file that appears while it is written is present', async () => {
    const folder = await freshFolder();
    const disk = diskWith(async (call, perform) => {
      if (call === 'link') await writeFile(join(folder, 'aB3dE5f.webp'), 'ours');
      return perform();
    });
    const receipt = await (await openStore(folder, disk)).put(fileOf('ours'), {});
    expect(receipt).toMatchObject({ name: 'aB3dE5f.webp', outcome: 'present' });
    expect(await contentsOf(folder)).toEqual({ 'aB3dE5f.webp': 'ours' });
  });

  test('a damaged file that is repaired by another program in the meantime is kept', async () => {
    const folder = await freshFolder();
    await writeFile(join(folder, 'aB3dE5f.webp'), 'damaged');
    const disk = diskWith(async (call, perform) => {
      if (call === 'create.datasync') await writeFile(join(folder, 'aB3dE5f.webp'), 'repaired');
      return perform();
    });
    const replaces = async ({ size }: { readonly size: number }): Promise<boolean> => size === 'damaged'.length;
    const receipt = await (await openStore(folder, disk)).put(fileOf('ours', { replaces }), {});
    expect(receipt).toMatchObject({ name: 'aB3dE5f-2.webp', outcome: 'created' });
    expect(await contentsOf(folder)).toEqual({ 'aB3dE5f.webp': 'repaired', 'aB3dE5f-2.webp': 'ours' });
  });

  test('where there are no hard links, a file that appears while another is written is kept', async () => {
    const folder = await freshFolder();
    const disk = diskWith(async (call, perform) => {
      if (call === 'link') await writeFile(join(folder, 'aB3dE5f.webp'), 'theirs', { flag: 'wx' }).catch(() => {});
      return perform();
    }, diskWithoutLinks);
    await (await openStore(folder, disk)).put(fileOf('ours'), {});
    expect(await contentsOf(folder)).toEqual({ 'aB3dE5f.webp': 'theirs', 'aB3dE5f-2.webp': 'ours' });
  });
});

describe('a disk that minds no case', () => {
  test("another item's document whose name differs by case is never replaced", async () => {
    const folder = await freshFolder();
    const store = await openStore(folder, caselessDisk);
    const document = { role: 'document', mediaType: 'application/json', onDifferent: 'replace' } as const;
    await store.put(fileOf('lower', { ...document, name: 'ab3.json' }), {});
    await store.put(fileOf('upper', { ...document, name: 'AB3.json' }), {});
    expect(await contentsOf(folder)).toEqual({ 'ab3.json': 'lower', 'AB3-2.json': 'upper' });
    await store.put(fileOf('lower, changed', { ...document, name: 'ab3.json' }), {});
    expect(await contentsOf(folder)).toEqual({ 'ab3.json': 'lower, changed', 'AB3-2.json': 'upper' });
  });
});

describe('files as they are written', () => {
  test('a temporary name does not grow with the name of the file', async () => {
    const folder = await freshFolder();
    const names: string[] = [];
    const disk = diskWith((call, perform, [path]) => {
      if (call === 'create') names.push((path ?? '').slice(folder.length + 1));
      return perform();
    });
    const store = await openStore(folder, disk);
    await store.put(fileOf('one', { name: 'x.webp' }), {});
    await store.put(fileOf('two', { name: `${'x'.repeat(250)}.webp` }), {});
    expect(names.map((name) => name.length)).toEqual([51, 51]);
    expect(names.every(isTemporaryName)).toBe(true);
    expect(new Set(names).size).toBe(2);
  });

  test('a file has its time, and keeps it when it is present', async () => {
    const folder = await freshFolder();
    const store = await openStore(folder);
    const { location } = await store.put(fileOf('one', { createdAt: new Date('2022-09-01T12:34:56Z') }), {});
    expect((await stat(location)).mtime).toEqual(new Date('2022-09-01T12:34:56Z'));
    await utimes(location, new Date(0), new Date(0));
    await store.put(fileOf('one', { createdAt: new Date('2022-09-01T12:34:56Z') }), {});
    expect((await stat(location)).mtime).toEqual(new Date(0));
  });

  test('a time that is none, or that the disk does not keep, is no failure', async () => {
    const folder = await freshFolder();
    const disk = diskWith((call, perform) => {
      if (call === 'create.setModifiedAt') throw systemError('EPERM');
      return perform();
    });
    await (await openStore(folder)).put(fileOf('one', { name: 'a.webp', createdAt: new Date(Number.NaN) }), {});
    await (await openStore(folder, disk)).put(fileOf('two', { name: 'b.webp', createdAt: new Date(0) }), {});
    expect(await contentsOf(folder)).toEqual({ 'a.webp': 'one', 'b.webp': 'two' });
  });

  test('bytes that differ from their declared digest are refused before anybody sees them', async () => {
    const folder = await freshFolder();
    const bytes = lying(Buffer.from('declared'), async function* () {
      yield Buffer.from('replaced');
    });
    const store = await openStore(folder);
    await expect(store.put(fileOf('declared', { bytes }), {})).rejects.toEqual(failing('E_DIGEST'));
    expect(await readdir(folder)).toEqual([]);
  });

  test('a disk that keeps fewer bytes than were written is found out', async () => {
    const folder = await freshFolder();
    const disk = diskWith(async (call, perform) => {
      const result = await perform();
      return call === 'create.entry' ? { ...(result as object), size: 2 } : result;
    });
    await expect((await openStore(folder, disk)).put(fileOf('one'), {})).rejects.toEqual(failing('E_DESTINATION'));
    expect(await readdir(folder)).toEqual([]);
  });

  test('a temporary file that could not be removed is removed when the store is closed', async () => {
    const folder = await freshFolder();
    let refuses = true;
    const disk = diskWith((call, perform) =>
      call === 'unlink' && refuses ? Promise.reject(systemError('EIO')) : perform(),
    );
    const store = await openStore(folder, disk);
    expect(await store.put(fileOf('one'), {})).toMatchObject({ outcome: 'created' });
    expect((await readdir(folder)).filter(isTemporaryName)).toHaveLength(1);
    refuses = false;
    await store.close?.();
    expect(await contentsOf(folder)).toEqual({ 'aB3dE5f.webp': 'one' });
  });

  test('an abort removes the temporary file at once', async () => {
    const folder = await freshFolder();
    const store = await openStore(folder);
    const controller = new AbortController();
    const bytes = stuck(bytesOf(200_000), 100_000, () => setImmediate(() => controller.abort()));
    await expect(store.put(fileOf('one', { bytes }), { signal: controller.signal })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('an abort after the last byte still keeps the file from getting its name', async () => {
    const folder = await freshFolder();
    const controller = new AbortController();
    const disk = diskWith((call, perform) => {
      if (call === 'create.datasync') controller.abort();
      return perform();
    });
    const store = await openStore(folder, disk);
    await expect(store.put(fileOf('one'), { signal: controller.signal })).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('folders below the destination', () => {
  test('a link that stays inside is entered, one that leads out is refused', async () => {
    const [folder, outside] = [await freshFolder(), await freshFolder()];
    await mkdir(join(folder, 'inside'));
    await symlink('inside', join(folder, 'near'));
    await symlink(outside, join(folder, 'far'));
    await symlink('/nowhere/at/all', join(folder, 'lost'));
    const store = await openStore(folder);
    const near = await store.folder('near', {});
    expect(near.location).toBe(join(folder, 'inside'));
    await near.put(fileOf('one'), {});
    await expect(store.folder('far', {})).rejects.toEqual(failing('E_DESTINATION'));
    await expect(store.folder('lost', {})).rejects.toEqual(failing('E_DESTINATION'));
    expect(await readdir(outside)).toEqual([]);
  });

  test('a link that stays inside the destination is entered from a folder below, too', async () => {
    const folder = await freshFolder();
    await mkdir(join(folder, 'a'));
    await mkdir(join(folder, 'b'));
    await symlink('../b', join(folder, 'a', 'to-b'));
    const below = await (await openStore(folder)).folder('a', {});
    expect((await below.folder('to-b', {})).location).toBe(join(folder, 'b'));
  });

  test('a folder that is exchanged for a link in the meantime is not written to', async () => {
    const [folder, outside] = [await freshFolder(), await freshFolder()];
    const below = await (await openStore(folder)).folder('Robots', {});
    await below.put(fileOf('one'), {});
    await rename(join(folder, 'Robots'), join(folder, 'old'));
    await symlink(outside, join(folder, 'Robots'));
    await expect(below.put(fileOf('two', { name: 'two.webp' }), {})).rejects.toEqual(failing('E_DESTINATION'));
    expect(await readdir(outside)).toEqual([]);
  });

  test.each([
    '..',
    '.',
    '',
    'a/b',
    '/etc',
    'nul\0',
    'x'.repeat(256),
    `.albaretto-${'0'.repeat(8)}-${'0'.repeat(8)}-${'0'.repeat(8)}-${'0'.repeat(8)}.part`,
  ])('the name %j is a usage error', async (name) => {
    const folder = await freshFolder();
    await expect((await openStore(folder)).folder(name, {})).rejects.toEqual(failing('E_USAGE'));
    expect(await readdir(folder)).toEqual([]);
  });

  test('a file under the name of a folder is a refusal', async () => {
    const folder = await freshFolder();
    await writeFile(join(folder, 'Robots'), 'a file');
    await expect((await openStore(folder)).folder('Robots', {})).rejects.toEqual(failing('E_DESTINATION'));
    expect(await readFile(join(folder, 'Robots'), 'utf8')).toBe('a file');
  });

  test('what is there is told by exact names of files', async () => {
    const folder = await freshFolder();
    await mkdir(join(folder, 'folder.webp'));
    await symlink('file.webp', join(folder, 'link.webp'));
    await writeFile(join(folder, 'file.webp'), '');
    const store = await openStore(folder);
    const asked = ['file.webp', 'FILE.webp', 'folder.webp', 'link.webp', 'none.webp'].map((name) => ({
      name,
      key: name,
    }));
    expect([...((await store.has?.(asked, {})) ?? [])]).toEqual(['file.webp']);
  });
});

test('the disk itself follows no link and waits for no pipe', async () => {
  const folder = await freshFolder();
  await writeFile(join(folder, 'file'), 'text');
  await symlink('file', join(folder, 'link'));
  await expect(nodeDisk.open(join(folder, 'link'))).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(nodeDisk.create(join(folder, 'link'))).rejects.toMatchObject({ code: 'EEXIST' });
});

import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { localSink } from '../../../sinks/local-filesystem/sink.js';
import { sinkContext } from '../../support/sink-context.js';
import { diskWith, systemError } from './disks.js';
import { contentsOf, fileOf, freshFolder, openStore } from './fixture.js';

const refused = (code: string, words: RegExp) =>
  expect.objectContaining({
    name: 'AlbarettoError',
    code,
    plugin: 'local-filesystem',
    reach: 'run',
    message: expect.stringMatching(words),
  });

describe('opening a destination', () => {
  test('without one it is the current folder', async () => {
    const folder = await freshFolder();
    const sink = localSink(sinkContext({ folder }), nodeDisk);
    const store = await sink.open(undefined, {});
    expect([store.label, store.location, sink.describe(undefined)]).toEqual(['.', folder, folder]);
    await store.put(fileOf('one'), {});
    expect(await contentsOf(folder)).toEqual({ 'aB3dE5f.webp': 'one' });
  });

  test('~ is the home folder, and messages keep what was typed', async () => {
    const home = await freshFolder();
    const sink = localSink(sinkContext({ home }), nodeDisk);
    const store = await sink.open('~/Pictures', {});
    expect([store.label, store.location]).toEqual(['~/Pictures', join(home, 'Pictures')]);
    expect((await store.folder('Robots', {})).label).toBe(join('~/Pictures', 'Robots'));
  });

  test('a folder below says whether it was made', async () => {
    const store = await openStore(await freshFolder());
    expect((await store.folder('Robots', {})).isNew).toBe(true);
    expect((await store.folder('Robots', {})).isNew).toBe(false);
  });

  test('a missing folder is made when the first file comes, and not before', async () => {
    const folder = await freshFolder();
    const store = await openStore(join(folder, 'a', 'b', 'c'));
    expect(await readdir(folder)).toEqual([]);
    expect((await store.has?.([{ name: 'aB3dE5f.webp', key: 'k' }], {}))?.size).toBe(0);
    await store.put(fileOf('one'), {});
    expect(await contentsOf(join(folder, 'a', 'b', 'c'))).toEqual({ 'aB3dE5f.webp': 'one' });
  });

  test('a destination that is a link is the folder that it leads to', async () => {
    const folder = await freshFolder();
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    const store = await openStore(join(folder, 'link', 'new'));
    expect(store.location).toBe(join(folder, 'real', 'new'));
    await store.put(fileOf('one'), {});
    expect(await contentsOf(join(folder, 'real', 'new'))).toEqual({ 'aB3dE5f.webp': 'one' });
  });

  test.each(['', '   ', 'nul\0', 'https://drive.google.com/drive/folders/abc', 'file:///tmp/x'])(
    '%j is a usage error',
    async (typed) => {
      const sink = localSink(sinkContext(), nodeDisk);
      await expect(sink.open(typed, {})).rejects.toMatchObject({ code: 'E_USAGE' });
      expect(() => sink.describe(typed)).toThrow(expect.objectContaining({ code: 'E_USAGE' }));
    },
  );

  test('a file, and a path through a file, are refusals that name the file', async () => {
    const folder = await freshFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(openStore(join(folder, 'file'))).rejects.toEqual(
      refused('E_DESTINATION', /\/file is a file, not a folder/u),
    );
    await expect(openStore(join(folder, 'file', 'below'))).rejects.toEqual(
      refused('E_DESTINATION', /\/file is a file, not a folder/u),
    );
  });

  test('a link that leads nowhere, or in a circle, is a refusal', async () => {
    const folder = await freshFolder();
    await symlink('nowhere', join(folder, 'link'));
    await symlink('circle', join(folder, 'circle'));
    await expect(openStore(join(folder, 'link'))).rejects.toEqual(refused('E_DESTINATION', /leads nowhere/u));
    await expect(openStore(join(folder, 'circle'))).rejects.toEqual(refused('E_DESTINATION', /circle/u));
  });

  test.each([
    ['checkWritable', 'EACCES', 'E_DESTINATION', /permission denied/u],
    ['checkWritable', 'EROFS', 'E_DESTINATION', /read-only/u],
    ['lstat', 'EACCES', 'E_DESTINATION', /permission denied/u],
  ])('a folder for which %s says %s is refused before anything is fetched', async (call, errno, code, words) => {
    const folder = await freshFolder();
    const disk = diskWith((made, perform) => (made === call ? Promise.reject(systemError(errno)) : perform()));
    await expect(openStore(folder, disk)).rejects.toEqual(refused(code, words));
  });

  test('a folder that cannot be made for want of space ends the run', async () => {
    const folder = await freshFolder();
    const disk = diskWith((made, perform) => (made === 'mkdir' ? Promise.reject(systemError('ENOSPC')) : perform()));
    const store = await openStore(join(folder, 'new'), disk);
    await expect(store.put(fileOf('one'), {})).rejects.toEqual(refused('E_NO_SPACE', /the disk is full/u));
  });

  test('a folder that could not be made is made by the next put', async () => {
    const folder = await freshFolder();
    let failures = 1;
    const disk = diskWith((made, perform) =>
      made === 'mkdir' && failures-- > 0 ? Promise.reject(systemError('ENOSPC')) : perform(),
    );
    const store = await openStore(join(folder, 'new'), disk);
    await expect(store.put(fileOf('one'), {})).rejects.toEqual(refused('E_NO_SPACE', /full/u));
    await store.put(fileOf('one'), {});
    expect(await contentsOf(join(folder, 'new'))).toEqual({ 'aB3dE5f.webp': 'one' });
  });
});

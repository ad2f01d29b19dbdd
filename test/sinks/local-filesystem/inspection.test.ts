import { mkdir, readlink, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { localSink } from '../../../sinks/local-filesystem/sink.js';
import { temporaryName } from '../../../sinks/local-filesystem/temporary-name.js';
import type { Condition, ExpectedFile, Store } from '../../../src/plugin.js';
import { digestOf } from '../../contract/sink/material.js';
import { sinkContext } from '../../support/sink-context.js';
import { diskWith, systemError } from './disks.js';
import { contentsOf, fileOf, freshFolder, openStore } from './fixture.js';

const NAME = 'aB3dE5f.webp';

function expected(content: string, name = NAME): ExpectedFile {
  const bytes = Buffer.from(content);
  return {
    name,
    location: `/wherever/${name}`,
    size: bytes.length,
    digests: [{ algorithm: 'sha256', hex: digestOf('sha256', bytes) }],
  };
}

async function look(store: Store, content: string, deep = true): Promise<Condition | undefined> {
  return (await store.inspect?.([expected(content)], { deep }))?.[0];
}

async function withPicture(disk: Disk = nodeDisk) {
  const folder = await freshFolder();
  await (await openStore(folder)).put(fileOf('picture'), {});
  return { folder, path: join(folder, NAME), store: await openStore(folder, disk) };
}

/** A disk on which one call fails. */
function failing(call: string, code: string): Disk {
  return diskWith(async (made, perform) => {
    if (made === call) throw systemError(code);
    return perform();
  });
}

describe('a file that is looked at', () => {
  test('is read only by a deep look, and closed again', async () => {
    const calls: string[] = [];
    const noting = diskWith((call, perform) => {
      calls.push(call);
      return perform();
    });
    const { store } = await withPicture(noting);
    calls.length = 0;
    expect(await look(store, 'picture', false)).toBe('whole');
    expect(calls).toEqual(['lstat']);
    expect(await look(store, 'picture')).toBe('whole');
    expect(calls.slice(1)).toEqual(['lstat', 'open', 'open.entry', 'open.read', 'open.read', 'open.close']);
  });

  test('with one other bit is damaged, and only a deep look sees it', async () => {
    const { path, store } = await withPicture();
    await writeFile(path, 'pictuse');
    expect([await look(store, 'picture', false), await look(store, 'picture')]).toEqual(['whole', 'damaged']);
  });

  test('that was cut is damaged', async () => {
    const { path, store } = await withPicture();
    await truncate(path, 3);
    expect([await look(store, 'picture', false), await look(store, 'picture')]).toEqual(['damaged', 'damaged']);
  });

  test('is missing when it or its folder is gone, or a file has the name of the folder', async () => {
    const { folder, path, store } = await withPicture();
    await rm(path);
    expect(await look(store, 'picture')).toBe('missing');
    await rm(folder, { recursive: true });
    expect(await look(store, 'picture')).toBe('missing');
    await writeFile(folder, 'a file');
    expect(await look(store, 'picture')).toBe('missing');
  });

  test('is found after its folder was moved, wherever it was recorded', async () => {
    const { folder } = await withPicture();
    const moved = join(await freshFolder(), 'moved');
    await rename(folder, moved);
    expect(await look(await openStore(moved), 'picture')).toBe('whole');
  });

  test.each(['a link to the same bytes', 'a link to nothing', 'a folder'])(
    'is missing where %s has its name',
    async (what) => {
      const { folder, path, store } = await withPicture();
      const elsewhere = join(await freshFolder(), NAME);
      if (what === 'a link to the same bytes') await rename(path, elsewhere);
      else await rm(path);
      if (what === 'a folder') await mkdir(path);
      else await symlink(elsewhere, path);
      expect([await look(store, 'picture', false), await look(store, 'picture')]).toEqual(['missing', 'missing']);
      if (what !== 'a folder') expect(await readlink(path)).toBe(elsewhere);
      expect(await contentsOf(folder)).toEqual({});
    },
  );

  test('that became a link after the first look is missing, not followed', async () => {
    const { store } = await withPicture(failing('open', 'ELOOP'));
    expect(await look(store, 'picture')).toBe('missing');
  });

  test('that vanished after the first look is missing', async () => {
    const { store } = await withPicture(failing('open', 'ENOENT'));
    expect(await look(store, 'picture')).toBe('missing');
  });

  test('whose bytes the disk cannot read any more is damaged', async () => {
    const { store } = await withPicture(failing('open.read', 'EIO'));
    expect(await look(store, 'picture')).toBe('damaged');
  });

  test.each(['lstat', 'open', 'open.read'])('that may not be looked at (%s) is told as such', async (call) => {
    let refuses = false;
    const refusing = diskWith(async (made, perform) => {
      if (refuses && made === call) throw systemError('EACCES');
      return perform();
    });
    const { store } = await withPicture(refusing);
    refuses = true;
    await expect(look(store, 'picture')).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'item' });
  });

  test('is read no further after an abort', async () => {
    const controller = new AbortController();
    let reads = 0;
    const aborting = diskWith(async (call, perform) => {
      if (call === 'open.read') {
        reads += 1;
        controller.abort();
      }
      return perform();
    });
    const { store } = await withPicture(aborting);
    const work = store.inspect?.([expected('picture')], { deep: true, signal: controller.signal });
    await expect(work).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(reads).toBe(1);
  });

  test('without any digest is judged by its size', async () => {
    const { path, store } = await withPicture();
    await writeFile(path, 'PICTURE');
    const without = { ...expected('picture'), digests: [] };
    expect(await store.inspect?.([without], { deep: true })).toEqual(['whole']);
  });

  test('is compared by the strongest digest that is known', async () => {
    const { store } = await withPicture();
    const file = expected('picture');
    const wrong = { algorithm: 'md5', hex: '0'.repeat(32) } as const;
    expect(await store.inspect?.([{ ...file, digests: [wrong, ...file.digests] }], { deep: true })).toEqual(['whole']);
    expect(await store.inspect?.([{ ...file, digests: [wrong] }], { deep: true })).toEqual(['damaged']);
  });
});

describe('a folder that is opened only to be read', () => {
  test('need not be writable, and is not tidied up', async () => {
    const { folder } = await withPicture();
    const leftover = temporaryName({ host: '00000000', pid: 1, start: '00000000' });
    await writeFile(join(folder, leftover), 'half');
    const readOnly = diskWith(async (call, perform) => {
      if (call === 'checkWritable' || call === 'unlink') throw systemError('EROFS');
      return perform();
    });
    const sink = localSink(sinkContext(), readOnly);
    await expect(sink.open(folder, {})).rejects.toMatchObject({ code: 'E_DESTINATION' });
    const store = await sink.open(folder, { readOnly: true });
    expect(await look(store, 'picture')).toBe('whole');
    expect(Object.keys(await contentsOf(folder))).toContain(leftover);
  });
});

import { createHash } from 'node:crypto';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Disk, nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { temporaryName } from '../../../sinks/local-filesystem/temporary-name.js';
import type { Store, StoredFile } from '../../../src/plugin.js';
import { bytesOf } from '../../contract/sink/material.js';
import { caselessDisk, diskWith, systemError } from './disks.js';
import { fileOf, freshFolder, openStore } from './fixture.js';

const NAME = 'album.json';
const KEY = createHash('sha256').update(NAME).digest('base64url');

function read(store: Store, name = NAME, signal?: AbortSignal): Promise<StoredFile | undefined> {
  return Promise.resolve(store.read?.({ name, key: KEY }, { signal }));
}

async function textOf(file: StoredFile | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function withAlbum(content = '{"order":[1,2]}', disk: Disk = nodeDisk) {
  const folder = await freshFolder();
  await writeFile(join(folder, NAME), content);
  return { folder, path: join(folder, NAME), store: await openStore(folder, disk) };
}

/** A disk that notes its calls, and fails at one of them once `arm` was called. */
function watched(failing?: { readonly call: string; readonly code: string }) {
  const calls: string[] = [];
  let armed = false;
  const disk = diskWith(async (call, perform) => {
    calls.push(call);
    if (armed && call === failing?.call) throw systemError(failing.code);
    return perform();
  });
  return {
    disk,
    calls,
    arm() {
      armed = true;
      calls.length = 0;
    },
  };
}

describe('a file that is read back', () => {
  test('is whatever has the name: also what another program wrote there', async () => {
    const { path, store } = await withAlbum();
    const found = await read(store);
    expect(found).toMatchObject({ name: NAME, location: path, size: 15, digests: [] });
    expect(await textOf(found)).toBe('{"order":[1,2]}');
  });

  test('is looked at and not opened until its bytes are asked for, and closed after them', async () => {
    const { disk, calls, arm } = watched();
    const { store } = await withAlbum('content', disk);
    arm();
    const found = await read(store);
    expect(new Set(calls)).toEqual(new Set(['lstat']));
    calls.length = 0;
    await textOf(found);
    expect(calls).toEqual(['open', 'open.entry', 'open.read', 'open.read', 'open.close']);
  });

  test('is closed also by a reader that stops early', async () => {
    const { disk, calls, arm } = watched();
    const { store } = await withAlbum('x'.repeat(1_000_000), disk);
    const found = await read(store);
    arm();
    for await (const chunk of found?.open() ?? []) if (chunk.length > 0) break;
    expect(calls).toEqual(['open', 'open.entry', 'open.read', 'open.close']);
  });

  test('comes in small chunks, whatever its size', async () => {
    const content = bytesOf(3_000_000, 5);
    const { path, store } = await withAlbum();
    await writeFile(path, content);
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await read(store))?.open() ?? []) chunks.push(chunk);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(256 * 1024);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  test.each(['a link to a file', 'a link to a file beside it', 'a link to nothing', 'a link to a folder', 'a folder'])(
    'is none where %s has its name',
    async (what) => {
      const outside = await freshFolder();
      await writeFile(join(outside, 'secret.json'), 'secret');
      const folder = await freshFolder();
      await writeFile(join(folder, 'beside.json'), 'beside');
      const targets: Readonly<Record<string, string>> = {
        'a link to a file': join(outside, 'secret.json'),
        'a link to a file beside it': 'beside.json',
        'a link to nothing': join(outside, 'nothing'),
        'a link to a folder': outside,
      };
      const target = targets[what];
      if (target === undefined) await mkdir(join(folder, NAME));
      else await symlink(target, join(folder, NAME));
      expect(await read(await openStore(folder))).toBeUndefined();
    },
  );

  test('is not followed when it became a link since it was found', async () => {
    const { path, store } = await withAlbum();
    const secret = join(await freshFolder(), 'secret.json');
    await writeFile(secret, 'secret');
    const found = await read(store);
    await rm(path);
    await symlink(secret, path);
    await expect(textOf(found)).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'item' });
  });

  test('is none where the folder was exchanged for a link since it was opened', async () => {
    const { folder, store } = await withAlbum();
    const elsewhere = join(await freshFolder(), 'elsewhere');
    await rename(folder, elsewhere);
    await symlink(elsewhere, folder);
    expect(await read(store)).toBeUndefined();
  });

  test('is none where the destination does not exist yet, and none is made', async () => {
    const folder = join(await freshFolder(), 'not', 'yet');
    expect(await read(await openStore(folder))).toBeUndefined();
    expect(await read(await openStore(folder), `${'x'.repeat(300)}.json`)).toBeUndefined();
    await expect(nodeDisk.lstat(folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is none while it is being written: half files have no name', async () => {
    const { folder, store } = await withAlbum();
    const half = temporaryName({ host: '00000000', pid: 1, start: '00000000' });
    await writeFile(join(folder, half), 'half');
    expect(await read(store, half)).toBeUndefined();
  });

  test.each(['open', 'open.entry', 'open.read'])('that cannot be read (%s) is told as such', async (call) => {
    const { disk, arm } = watched({ call, code: 'EIO' });
    const { store } = await withAlbum('content', disk);
    const found = await read(store);
    arm();
    await expect(textOf(found)).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'item' });
  });

  test('that may not be looked at is told as such', async () => {
    const { disk, arm } = watched({ call: 'lstat', code: 'EACCES' });
    const { store } = await withAlbum('content', disk);
    arm();
    await expect(read(store)).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'item' });
  });

  test('is read no further after an abort', async () => {
    const { store } = await withAlbum('x'.repeat(1_000_000));
    const controller = new AbortController();
    const found = await read(store, NAME, controller.signal);
    let chunks = 0;
    const work = async () => {
      for await (const chunk of found?.open() ?? []) {
        chunks += chunk.length > 0 ? 1 : 0;
        controller.abort();
      }
    };
    await expect(work()).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
    expect(chunks).toBe(1);
  });
});

describe('a disk that minds no case', () => {
  test("does not read another item's file for one whose name differs by case", async () => {
    const folder = await freshFolder();
    const store = await openStore(folder, caselessDisk);
    await store.put(fileOf('upper', { name: 'AB3.json', role: 'document' }), {});
    expect(await read(store, 'ab3.json')).toBeUndefined();
    expect(await textOf(await read(store, 'AB3.json'))).toBe('upper');
  });
});

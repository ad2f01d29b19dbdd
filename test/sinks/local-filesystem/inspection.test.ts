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

describe('a file in a folder below', () => {
  const nested = (name: string) => expected('picture', name);

  async function withFolders(disk: Disk = nodeDisk) {
    const folder = await freshFolder();
    for (const path of ['models', '2022/September']) await mkdir(join(folder, path), { recursive: true });
    for (const path of ['models', '2022/September']) await writeFile(join(folder, path, NAME), 'picture');
    return { folder, store: await openStore(folder, disk) };
  }

  async function inspect(store: Store, names: readonly string[], deep = true) {
    return store.inspect?.(names.map(nested), { deep });
  }

  test('is found by its path, each folder on the way looked at once', async () => {
    const looks: (string | undefined)[] = [];
    const noting = diskWith((call, perform, paths) => {
      if (call === 'lstat') looks.push(paths[0]);
      return perform();
    });
    const { folder, store } = await withFolders(noting);
    looks.length = 0;
    const names = Array.from({ length: 20 }, (_, index) => `2022/September/${index}.webp`);
    expect(await inspect(store, [`2022/September/${NAME}`, ...names], false)).toEqual([
      'whole',
      ...names.map(() => 'missing'),
    ]);
    for (const path of ['2022', '2022/September']) {
      expect(looks.filter((looked) => looked === join(folder, path))).toHaveLength(1);
    }
    expect(looks).toHaveLength(2 + 1 + names.length);
  });

  test.each(['out of the destination', 'to another folder of it', 'to nothing', 'in a circle'])(
    'is missing where a link that leads %s stands for a folder on the way',
    async (where) => {
      const { folder, store } = await withFolders();
      const outside = await freshFolder();
      await mkdir(join(outside, 'September'));
      for (const path of ['', 'September']) await writeFile(join(outside, path, NAME), 'picture');
      const targets: Readonly<Record<string, string>> = {
        'out of the destination': outside,
        'to another folder of it': '2022',
        'to nothing': join(outside, 'nothing'),
        'in a circle': 'link',
      };
      await symlink(targets[where] ?? '', join(folder, 'link'));
      for (const deep of [false, true]) {
        expect(await inspect(store, [`link/${NAME}`, `link/September/${NAME}`, `models/${NAME}`], deep)).toEqual([
          'missing',
          'missing',
          'whole',
        ]);
      }
    },
  );

  test('is missing where the folder is gone or a file has its name', async () => {
    const { folder, store } = await withFolders();
    await rm(join(folder, 'models'), { recursive: true });
    await writeFile(join(folder, 'models'), 'a file');
    await rm(join(folder, '2022', 'September'), { recursive: true });
    expect(await inspect(store, [`models/${NAME}`, `2022/September/${NAME}`])).toEqual(['missing', 'missing']);
  });

  test('has a name each part of which is a single one', async () => {
    const { folder, store } = await withFolders();
    const half = temporaryName({ host: '00000000', pid: 1, start: '00000000' });
    await mkdir(join(folder, half));
    await writeFile(join(folder, half, NAME), 'picture');
    await writeFile(join(folder, 'models', half), 'picture');
    const names = [`models/../models/${NAME}`, `./models/${NAME}`, `models//${NAME}`, `/models/${NAME}`];
    const all = [...names, `${half}/${NAME}`, `models/${half}`, 'models/', 'models', `${'x'.repeat(300)}/${NAME}`];
    expect(await inspect(store, all)).toEqual(all.map(() => 'missing'));
    await writeFile(join(folder, 'above.webp'), 'picture');
    const below = await store.folder('models', {});
    expect(await inspect(below, ['../above.webp', `../models/${NAME}`])).toEqual(['missing', 'missing']);
  });

  test('whose folder may not be looked into is told as such', async () => {
    let refuses = false;
    const refusing = diskWith(async (call, perform, paths) => {
      if (refuses && call === 'lstat' && paths[0]?.endsWith('models')) throw systemError('EACCES');
      return perform();
    });
    const { store } = await withFolders(refusing);
    refuses = true;
    await expect(inspect(store, [`models/${NAME}`])).rejects.toMatchObject({ code: 'E_DESTINATION', reach: 'item' });
    expect(await inspect(store, [`2022/September/${NAME}`])).toEqual(['whole']);
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

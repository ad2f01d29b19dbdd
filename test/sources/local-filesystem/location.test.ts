import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../../../sources/local-filesystem/disk.js';
import type { Item, Location } from '../../../src/plugin.js';
import { png } from '../../support/pictures.js';
import { type FolderRig, openFolderRig } from './folder-rig.js';

let rig: FolderRig;
let item: Item;

beforeEach(async () => {
  rig = openFolderRig();
  rig.write('output/a.png', png(8, 8, 1));
  item = (await rig.items('./output'))[0]!;
});
afterEach(() => rig.close());

const gone = { code: 'E_NOT_FOUND', plugin: 'local-filesystem', hint: expect.any(String) };

async function locate(wanted: Item = item): Promise<Extract<Location, { kind: 'stream' }>> {
  const location = await rig.source.locate(wanted, { renew: false });
  if (location.kind !== 'stream') throw new Error('it is no stream');
  return location;
}

async function read({ open }: Extract<Location, { kind: 'stream' }>): Promise<number> {
  let size = 0;
  for await (const chunk of open()) size += chunk.length;
  return size;
}

describe('the bytes of an item', () => {
  test('are a stream of the size that the file has, as often as it is read', async () => {
    const location = await locate();
    expect(location.size).toBe(item.size);
    expect([await read(location), await read(location)]).toEqual([item.size, item.size]);
  });

  test('come in parts, of which each is the reader’s own', async () => {
    const bytes = Buffer.alloc(600_000, 'abc');
    rig.write('output/a.png', bytes);
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await locate()).open()) chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(2);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  test('are found by whatever copies of the item are made', async () => {
    expect((await locate({ ...item, index: 7 })).size).toBe(item.size);
    const { raw: _raw, ...bare } = structuredClone(item);
    expect((await rig.source.locate(bare, { renew: true })).kind).toBe('stream');
  });

  test('that are gone since the listing are E_NOT_FOUND', async () => {
    rmSync(rig.path('output', 'a.png'));
    await expect(locate()).rejects.toMatchObject({ ...gone, message: expect.stringContaining('a.png') });
  });

  test('that are gone between the look and the reading are E_NOT_FOUND', async () => {
    const location = await locate();
    rmSync(rig.path('output', 'a.png'));
    await expect(read(location)).rejects.toMatchObject(gone);
  });

  test.each(['link', 'folder'])('are not those of a %s that took the file’s place', async (kind) => {
    const location = await locate();
    rig.write('elsewhere/secret.png', png(8, 8, 2));
    rmSync(rig.path('output', 'a.png'));
    if (kind === 'link') symlinkSync(rig.path('elsewhere', 'secret.png'), rig.path('output', 'a.png'));
    else mkdirSync(rig.path('output', 'a.png'));
    await expect(locate()).rejects.toMatchObject(gone);
    await expect(read(location)).rejects.toMatchObject(gone);
  });

  test('are not those of a folder that took the place of the one that was opened', async () => {
    rig.write('elsewhere/a.png', png(8, 8, 2));
    renameSync(rig.path('output'), rig.path('moved'));
    symlinkSync(rig.path('elsewhere'), rig.path('output'));
    await expect(locate()).rejects.toMatchObject({ ...gone, message: expect.stringContaining('not the folder') });
  });

  test('that got fewer while they waited are told by their size', async () => {
    truncateSync(rig.path('output', 'a.png'), 10);
    expect([(await locate()).size, item.size]).toEqual([10, png(8, 8, 1).length]);
  });

  test('leave nothing open when the reader stops in the middle', async () => {
    let open = 0;
    const counting = openFolderRig({
      base: rig.path(),
      disk: {
        async *stream(path) {
          open += 1;
          try {
            yield* nodeDisk.stream(path);
          } finally {
            open -= 1;
          }
        },
      },
    });
    const [counted] = await counting.items('./output');
    const location = (await counting.source.locate(counted!, { renew: false })) as Awaited<ReturnType<typeof locate>>;
    for await (const _chunk of location.open()) break;
    expect(open).toBe(0);
  });
});

describe('an item that is known by its ids alone', () => {
  const ids = { id: 'a', taskId: 'output' };
  const another = () => openFolderRig({ base: rig.path() });

  test('is found in the folders that were opened, and below them', async () => {
    rig.write('output/deep/down/b.png', png(8, 8, 2));
    await rig.list('./output');
    expect(await rig.read({ id: 'b', taskId: 'down' })).toEqual(png(8, 8, 2));
  });

  test('is found by another run in the folder of that name, or when that is the current one', async () => {
    expect(await another().read(ids)).toEqual(png(8, 8, 1));
    const inside = openFolderRig({ base: rig.path('output') });
    expect(await inside.read(ids)).toEqual(png(8, 8, 1));
  });

  test.each([
    { id: 'b', taskId: 'output' },
    { id: 'a', taskId: 'other' },
    { id: 'a', taskId: '..' },
    { id: '../a', taskId: 'output' },
    { id: 'a', taskId: 'output', source: 'dalle2' },
  ])('is E_NOT_FOUND where there is none: %j', async (unknown) => {
    for (const run of [rig, another()])
      await expect(run.source.locate(unknown, { renew: false })).rejects.toMatchObject(gone);
  });

  test('is looked for no longer than until it is interrupted', async () => {
    const signal = AbortSignal.abort();
    await expect(rig.source.locate(ids, { renew: false, signal })).rejects.toMatchObject({ code: 'E_INTERRUPTED' });
  });
});

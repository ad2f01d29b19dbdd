import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import folderSource from '../../sources/local-filesystem/index.js';
import { type ArchiveRig, openArchiveRig } from '../support/archive-rig.js';
import { png } from '../support/pictures.js';

let rig: ArchiveRig;

beforeEach(async () => {
  rig = await openArchiveRig({ plugins: [folderSource], source: 'local-filesystem' });
});
afterEach(() => rig.close());

const exitOf = async (line: string) => (await rig.fresh(line)).exit;
const bytesOf = (...parts: string[]) => readFileSync(rig.path(...parts));
/** Numbers of files: repaired, gone, failed. */
const counts = () => rig.told('repaired').map(({ repaired, gone, failed }) => [repaired, gone, failed]);

/** A picture of that number in a folder of a person's own. */
function draw(path: string, number: number): void {
  mkdirSync(dirname(rig.path(path)), { recursive: true });
  writeFileSync(rig.path(path), png(8, 8, number));
}

/** The next session begins in that folder. */
async function workIn(folder: string): Promise<void> {
  await rig.nextSession();
  Object.assign(rig.session.runtime, { resolvePath: (typed: string) => resolve(rig.path(folder), typed) });
}

describe('repair of what was fetched from a folder', () => {
  test('finds the folder from another one, and does not take that one’s for it', async () => {
    draw('A/src/a.png', 1);
    draw('B/src/a.png', 2);
    await workIn('A');
    await rig.run('fetch ./src | save ../out');
    rig.remove('out', 'a.png');
    await workIn('B');
    expect(await exitOf('repair')).toBe(0);
    expect(counts()).toEqual([[1, 0, 0]]);
    expect(bytesOf('out', 'a.png')).toEqual(Buffer.from(png(8, 8, 1)));
  });

  test('is the way back for retry too', async () => {
    draw('A/src/a.png', 1);
    await workIn('A');
    writeFileSync(rig.path('A/src/broken.png'), png(8, 8, 3).subarray(0, 20));
    expect(await exitOf('fetch ./src | save ../out')).toBe(1);
    draw('A/src/broken.png', 3);
    mkdirSync(rig.path('B'));
    await workIn('B');
    expect(await exitOf('retry')).toBe(0);
    expect(bytesOf('out', 'broken.png')).toEqual(Buffer.from(png(8, 8, 3)));
  });

  test('leaves alone what the person has edited since', async () => {
    draw('src/a.png', 1);
    await rig.run('fetch ./src | save out');
    rig.damage('out', 'a.png');
    const damaged = bytesOf('out', 'a.png');
    draw('src/a.png', 2);
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[0, 0, 1]]);
    expect(bytesOf('out', 'a.png')).toEqual(damaged);
    expect(rig.told('failed')).toMatchObject([
      { code: 'E_DIGEST', message: expect.stringContaining('nothing is put back') },
    ]);
  });
});

describe('what repair cannot reach', () => {
  beforeEach(async () => {
    draw('src/a.png', 1);
    draw('src/c.png', 3);
    await rig.run('fetch ./src | save out');
    rig.remove('out', 'c.png');
  });

  const comesBack = async () => {
    expect(counts()).toEqual([[0, 0, 1]]);
    expect(await rig.states({ role: 'media' })).toEqual(['a.png saved', 'c.png missing']);
    rig.events.length = 0;
  };

  test('because its folder was moved away is not gone, and comes back with the folder', async () => {
    renameSync(rig.path('src'), rig.path('elsewhere'));
    expect(await exitOf('repair')).toBe(1);
    await comesBack();
    renameSync(rig.path('elsewhere'), rig.path('src'));
    expect(await exitOf('repair')).toBe(0);
    expect(bytesOf('out', 'c.png')).toEqual(Buffer.from(png(8, 8, 3)));
  });

  test('because an empty folder lies where a disk was is not gone', async () => {
    renameSync(rig.path('src'), rig.path('disk'));
    mkdirSync(rig.path('src'));
    expect(await exitOf('repair')).toBe(1);
    await comesBack();
  });

  // The superuser reads everything.
  const asRoot = process.getuid?.() === 0 ? test.skip : test;
  asRoot('because it may not be read is not gone', async () => {
    chmodSync(rig.path('src/c.png'), 0);
    expect(await exitOf('repair')).toBe(1);
    await comesBack();
    chmodSync(rig.path('src/c.png'), 0o600);
    expect(await exitOf('repair')).toBe(0);
  });

  test('is gone once its folder was listed without it', async () => {
    rmSync(rig.path('src/c.png'));
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[0, 1, 0]]);
    expect(await rig.states({ role: 'media' })).toEqual(['a.png saved', 'c.png gone']);
  });
});

describe('of several folders that were fetched together', () => {
  beforeEach(async () => {
    draw('s1/a.png', 1);
    draw('s2/deeper/b.png', 2);
    draw('s2/c.png', 3);
  });

  test('each picture is fetched again from its own', async () => {
    await rig.run('fetch ./s1 ./s2 | save out');
    for (const name of ['a.png', 'b.png', 'c.png']) rig.remove('out', name);
    expect(await exitOf('repair')).toBe(0);
    expect(counts()).toEqual([[3, 0, 0]]);
    expect(bytesOf('out', 'b.png')).toEqual(Buffer.from(png(8, 8, 2)));
  });

  test('one that is not there keeps only its own from it', async () => {
    await rig.run('fetch ./s1 ./s2 | save out');
    for (const name of ['a.png', 'b.png']) rig.remove('out', name);
    renameSync(rig.path('s1'), rig.path('elsewhere'));
    expect(await exitOf('repair')).toBe(1);
    expect(counts()).toEqual([[1, 0, 1]]);
    expect(await rig.states({ state: 'missing' })).toEqual(['a.png missing']);
  });

  test('what failed is tried again wherever it lies', async () => {
    const broken = ['s1/a.png', 's2/deeper/b.png'];
    for (const path of broken) writeFileSync(rig.path(path), png(8, 8, 4).subarray(0, 20));
    expect(await exitOf('fetch ./s1 ./s2 | save out')).toBe(1);
    for (const path of broken) draw(path, 5);
    expect(await exitOf('retry')).toBe(0);
    expect(rig.names('out').filter((name) => name.endsWith('.png'))).toEqual(['a.png', 'b.png', 'c.png']);
    expect(await exitOf('retry')).toBe(0);
    expect(rig.told('notice')).toMatchObject([{ text: 'nothing has failed' }]);
  });
});

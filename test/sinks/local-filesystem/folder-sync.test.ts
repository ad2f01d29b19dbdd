import { describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../../../sinks/local-filesystem/disk.js';
import { FolderSync } from '../../../sinks/local-filesystem/folder-sync.js';
import { systemError } from './disks.js';

/** A folder whose syncs end when the test says so. */
function slowFolder() {
  const syncs: { end(): void; fail(): void }[] = [];
  const syncFolder = () =>
    new Promise<void>((resolve, reject) => syncs.push({ end: resolve, fail: () => reject(systemError('EIO')) }));
  return { syncs, sync: new FolderSync({ ...nodeDisk, syncFolder }, '/folder') };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('syncing one folder for several writers', () => {
  test('a sync that has begun does not count for who comes later; those share the next one', async () => {
    const { syncs, sync } = slowFolder();
    const ended: string[] = [];
    const first = sync.now().then(() => ended.push('first'));
    await soon();
    const later = ['second', 'third'].map((name) => sync.now().then(() => ended.push(name)));
    await soon();
    expect(syncs.length).toBe(1);
    syncs[0]?.end();
    await first;
    await soon();
    expect([syncs.length, ended]).toEqual([2, ['first']]);
    syncs[1]?.end();
    await Promise.all(later);
    expect(syncs.length).toBe(2);
  });

  test('each sync later on is a new one', async () => {
    const { syncs, sync } = slowFolder();
    for (const number of [1, 2, 3]) {
      const work = sync.now();
      await soon();
      expect(syncs.length).toBe(number);
      syncs.at(-1)?.end();
      await work;
    }
  });

  test('a sync that fails fails for those who wait for it, and for nobody else', async () => {
    const { syncs, sync } = slowFolder();
    const first = sync.now();
    const failed = expect(first).rejects.toMatchObject({ code: 'E_DESTINATION' });
    await soon();
    const second = sync.now();
    syncs[0]?.fail();
    await failed;
    await soon();
    syncs[1]?.end();
    await expect(second).resolves.toBeUndefined();
  });
});

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { disk } from '../../src/disk.js';
import type { HeldBytes } from '../../src/transfer/spool.js';
import { createMemoryBudget } from '../../src/transfer/spool.js';
import { ERRNOS, failingDisk } from './failing-disk.js';
import { below, freshFolder } from './folders.js';
import { arrived, contentOf, isWhole, sessionsIn } from './unsaved.js';

const pathOf = (bytes: unknown) => (bytes as HeldBytes).path;

describe.each([
  ['in memory', false],
  ['on the disk', true],
])('an item whose bytes are %s', (_name, spilled) => {
  const wishes = { id: 'generation-1', spilled, companions: ['mask-1'] };

  test('lies in the session’s folder once it is kept, and can be read as before', async () => {
    const root = freshFolder();
    const session = sessionsIn(root).open('me');
    const kept = await session.keep(await arrived(session, wishes));
    expect(await isWhole(kept)).toBe(true);
    expect(kept.bytes.inMemory === undefined).toBe(spilled);
    expect(readFileSync(pathOf(kept.bytes)!).equals(contentOf('generation-1'))).toBe(true);
    expect(readFileSync(pathOf(kept.companions[0]!.bytes)!).equals(contentOf('mask-1'))).toBe(true);
    const names = below(join(root, 'me'));
    expect(names.map((name) => name.slice(name.lastIndexOf('.'))).sort()).toEqual(['.data', '.data', '.json']);
  });

  test('is readable by its owner alone', async () => {
    const root = freshFolder();
    const session = sessionsIn(root).open('me');
    await session.keep(await arrived(session, wishes));
    expect(statSync(join(root, 'me')).mode & 0o777).toBe(0o700);
    for (const name of below(join(root, 'me'))) expect(statSync(join(root, 'me', name)).mode & 0o777).toBe(0o600);
  });

  test('leaves nothing when it is released, also when it is released twice, and its memory is free', async () => {
    const root = freshFolder();
    const session = sessionsIn(root).open('me');
    const budget = createMemoryBudget(spilled ? 1_000 : 1_000_000);
    const kept = await session.keep(await arrived(session, wishes, disk, budget));
    expect(budget.used).toBe(spilled ? 0 : 6_000);
    await session.release(kept);
    await session.release(kept);
    expect([budget.used, below(root)]).toEqual([0, ['me']]);
    await session.close();
    expect(below(root)).toEqual([]);
  });

  test('that was never kept is released all the same', async () => {
    const root = freshFolder();
    const session = sessionsIn(root).open('me');
    const budget = createMemoryBudget(spilled ? 1_000 : 1_000_000);
    const fetched = await arrived(session, wishes, disk, budget);
    await session.release(fetched);
    await session.close();
    expect([budget.used, below(root)]).toEqual([0, []]);
  });

  test('is written down once, however often it is kept', async () => {
    const root = freshFolder();
    const session = sessionsIn(root).open('me');
    const kept = await session.keep(await arrived(session, wishes));
    const names = below(root);
    expect(await session.keep(kept)).toBe(kept);
    expect(below(root)).toEqual(names);
  });

  test.each(ERRNOS)('is still whole where it was when keeping it fails with %s, and nothing is left', async (errno) => {
    const sound = failingDisk(0, errno);
    const there = sessionsIn(freshFolder());
    const calls = await countKeeping(there, sound);
    expect(calls).toBeGreaterThan(6);
    for (let failing = 1; failing <= calls; failing += 1) {
      const root = freshFolder();
      const before = sessionsIn(root).open('me');
      const fetched = await arrived(before, wishes);
      const names = below(root);
      const session = sessionsIn(root).open('me', failingDisk(failing, errno));
      await expect(session.keep(fetched)).rejects.toMatchObject({ code: errno });
      expect([failing, await isWhole(fetched)]).toEqual([failing, true]);
      expect([failing, below(root)]).toEqual([failing, failing === 1 && !spilled ? names : withFolder(names)]);
      // The disk is sound again: the same session keeps it now.
      const kept = await session.keep(fetched);
      expect(await isWhole(kept)).toBe(true);
      await session.release(kept);
      await session.close();
      expect(below(root)).toEqual([]);
    }
  });

  async function countKeeping(there: ReturnType<typeof sessionsIn>, port: ReturnType<typeof failingDisk>) {
    const fetched = await arrived(there.open('me'), wishes);
    await there.open('me', port).keep(fetched);
    return port.calls.length;
  }
});

/** The session's folder is made before anything is written, and stays until the end of the session. */
function withFolder(names: readonly string[]): string[] {
  return [...new Set(['me', ...names])].sort();
}

describe('the end of a session', () => {
  test('leaves no folder where nothing was kept, and makes none', async () => {
    const root = freshFolder();
    await sessionsIn(root).open('me').close();
    const session = sessionsIn(root).open('me');
    await session.folder();
    expect(below(root)).toEqual(['me']);
    await session.close();
    expect(below(root)).toEqual([]);
  });

  test('leaves what is not released', async () => {
    const root = freshFolder();
    const session = sessionsIn(root).open('me');
    await session.keep(await arrived(session, { id: 'generation-1' }));
    await session.close();
    expect(below(join(root, 'me'))).toHaveLength(2);
  });

  test('removes the folders that it took over, and no other session’s', async () => {
    const root = freshFolder();
    const sessions = sessionsIn(root, ['other']);
    await sessions.open('other').folder();
    const dead = sessions.open('dead');
    await dead.keep(await arrived(dead, { id: 'generation-1' }));
    const { kept, taken } = await sessions.takeAll('me');
    for (const item of taken) await kept.release(item);
    await kept.close();
    expect(below(root)).toEqual(['other']);
  });
});

import { join } from 'node:path';
import { type ProcessIdentity, stateOf } from '../../src/plugin.js';
import type { Disk } from './disk.js';
import { diskFailure, errnoOf } from './failure.js';
import { ownerOf } from './temporary-name.js';

/** How long a file of a process that cannot be asked about must have been left alone before it counts as left over. */
const ABANDONED_AFTER = 24 * 60 * 60 * 1000;

export interface LeftoverOptions {
  /** Milliseconds since the epoch. */
  readonly now: number;
  debug(text: string): void;
}

/**
 * Removes what runs that were killed left in a folder; leaves alone what a running process is writing. Failures are told
 * to `debug` alone: files left over are no reason not to save.
 *
 * @returns Whether there was nothing in the folder, or no folder.
 */
export async function removeLeftovers(disk: Disk, folder: string, options: LeftoverOptions): Promise<boolean> {
  let empty = true;
  const trying = async (path: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      // Gone by itself, or by another run's cleaning.
      if (errnoOf(thrown) === 'ENOENT') return;
      empty = false;
      options.debug(diskFailure('cleaning', path, thrown).describe());
    }
  };
  await trying(folder, async () => {
    const entries = await disk.list(folder);
    empty = entries.length === 0;
    for (const { name, isFile } of entries) {
      const owner = isFile ? ownerOf(name) : undefined;
      if (owner === undefined) continue;
      const path = join(folder, name);
      await trying(path, async () => {
        if (await isLeftOver(disk, path, owner, options.now)) await disk.unlink(path);
      });
    }
  });
  return empty;
}

async function isLeftOver(disk: Disk, path: string, owner: ProcessIdentity, now: number): Promise<boolean> {
  const state = await stateOf(owner);
  if (state !== 'unknown') return state === 'ended';
  // By the time of the last change, which no program can set; the modification time is the picture's.
  const { changedAt } = await disk.lstat(path);
  return now - Number(changedAt / 1_000_000n) > ABANDONED_AFTER;
}

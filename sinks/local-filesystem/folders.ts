/** Making and entering folders without being led out of the destination. */

import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { printable } from '../../src/plugin.js';
import type { Disk, Entry } from './disk.js';
import { destinationError, diskFailure, errnoOf } from './failure.js';

/** The entry, or `undefined` where there is none. */
export async function entryAt(disk: Disk, path: string): Promise<Entry | undefined> {
  try {
    return await disk.lstat(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw diskFailure('looking at', path, thrown);
  }
}

/** Makes a folder and those above it, as far as they are missing; each is on the storage device afterwards. */
export async function makeFolders(disk: Disk, path: string): Promise<void> {
  const missing: string[] = [];
  let above = path;
  while ((await entryAt(disk, above)) === undefined && dirname(above) !== above) {
    missing.unshift(above);
    above = dirname(above);
  }
  for (const folder of missing) await makeFolder(disk, folder);
  await expectFolder(disk, path);
}

/**
 * A folder below another: made, or found.
 *
 * @param root What a link may not lead out of; a path without links.
 * @returns Its path without links, and whether it was made.
 * @throws E_DESTINATION when something else has its name, also a link that leads out of `root`.
 */
export async function enterFolder(
  disk: Disk,
  parent: string,
  name: string,
  root: string,
): Promise<{ readonly location: string; readonly isNew: boolean }> {
  const path = join(parent, name);
  const isNew = await makeFolder(disk, path);
  const entry = await entryAt(disk, path);
  if (entry?.kind !== 'link') {
    await expectFolder(disk, path);
    return { location: path, isNew };
  }
  const target = await realpathOf(disk, path);
  if (!isWithin(root, target)) {
    throw destinationError(
      `${printable(path)} is a link that leads out of ${printable(root)}`,
      'remove the link, or save to the folder that it leads to',
    );
  }
  await expectFolder(disk, target);
  return { location: target, isNew };
}

/** Does nothing, and answers false, where something has the name already. */
async function makeFolder(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.mkdir(path);
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false;
    throw diskFailure('making the folder', path, thrown);
  }
  await syncFolder(disk, dirname(path));
  return true;
}

async function expectFolder(disk: Disk, path: string): Promise<void> {
  const entry = await entryAt(disk, path);
  if (entry?.kind === 'folder') return;
  throw destinationError(`${printable(path)} is not a folder`, 'remove what has its name, or save to another folder');
}

async function realpathOf(disk: Disk, path: string): Promise<string> {
  try {
    return await disk.realpath(path);
  } catch (thrown) {
    throw diskFailure('following the link', path, thrown);
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * What says that a folder cannot be synced here at all: some file systems (EINVAL), Windows (EPERM, EISDIR), network
 * shares (ENOTSUP), and folders that may be written but not read (EACCES). Their entries are as durable as the system
 * makes them by itself; every other failure is one.
 */
const NOT_SYNCABLE = new Set(['EINVAL', 'EPERM', 'EISDIR', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES']);

/** Puts a folder's entries on the storage device, where the system can. */
export async function syncFolder(disk: Disk, path: string): Promise<void> {
  try {
    await disk.syncFolder(path);
  } catch (thrown) {
    if (!NOT_SYNCABLE.has(errnoOf(thrown) ?? '')) throw diskFailure('syncing the folder', path, thrown);
  }
}

import { dirname, join, relative } from 'node:path';
import { interrupted, printable, type Sink, type SinkBody, type SinkContext, usageError } from '../../src/plugin.js';
import { type Disk, nodeDisk } from './disk.js';
import { destinationError, diskFailure, errnoOf, PLUGIN } from './failure.js';
import { checkFolderName } from './file-name.js';
import { LocalStore } from './store.js';

const body: SinkBody = { create: (context) => localSink(context, nodeDisk) };
export default body;

/** The sink over any disk; tests bring one that fails. */
export function localSink(context: SinkContext, disk: Disk): Sink {
  const pathOf = (destination: string | undefined): string => context.resolvePath(checked(destination ?? '.'));
  return {
    describe: (destination) => printable(pathOf(destination)),
    checkFolderName,
    async open(destination, { signal, readOnly = false }) {
      const path = pathOf(destination);
      if (signal?.aborted) throw interrupted(signal.reason);
      const location = await usableLocation(disk, path, readOnly);
      const store = new LocalStore({ disk, context, label: destination ?? '.', location, root: location });
      if (!readOnly) await store.removeLeftovers();
      return store;
    },
  };
}

/** @throws E_USAGE for what can be no path. */
function checked(typed: string): string {
  if (typed.trim() === '') throw usageError('the name of the folder is empty', 'give its path', PLUGIN);
  if (typed.includes('\0')) throw usageError('a path holds no NUL character', 'give the path of a folder', PLUGIN);
  if (/^[a-z][a-z0-9+.-]*:\/\//iu.test(typed)) {
    throw usageError(
      `'${printable(typed, 80)}' is an address, not a path`,
      'give the path of a folder, or use another sink',
      PLUGIN,
    );
  }
  return typed;
}

/**
 * The folder's path without links in it. The folder itself may be missing: then the nearest one above it must be such
 * that folders can be made in it. Nothing is made yet.
 */
async function usableLocation(disk: Disk, path: string, readOnly: boolean): Promise<string> {
  let existing = path;
  while (!(await isThere(disk, existing)) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    if (await leadsNowhere(disk, existing)) {
      throw destinationError(
        `${printable(existing)} is a link that leads nowhere`,
        'remove the link, or save to another folder',
      );
    }
    if ((await disk.stat(existing)).kind !== 'folder') {
      throw destinationError(`${printable(existing)} is a file, not a folder`, 'save to a folder');
    }
    if (!readOnly) await disk.checkWritable(existing);
    return join(await disk.realpath(existing), relative(existing, path));
  } catch (thrown) {
    throw diskFailure(readOnly ? 'opening' : 'writing to', existing, thrown);
  }
}

async function isThere(disk: Disk, path: string): Promise<boolean> {
  try {
    // The link itself: one that leads nowhere is there, and no folder can be made in its place.
    await disk.lstat(path);
    return true;
  } catch (thrown) {
    // ENOTDIR: something above is a file; going up finds which, and says so.
    if (errnoOf(thrown) === 'ENOENT' || errnoOf(thrown) === 'ENOTDIR') return false;
    throw diskFailure('opening', path, thrown);
  }
}

async function leadsNowhere(disk: Disk, path: string): Promise<boolean> {
  if ((await disk.lstat(path)).kind !== 'link') return false;
  try {
    await disk.stat(path);
    return false;
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return true;
    throw thrown;
  }
}

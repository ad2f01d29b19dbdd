/** Walks a folder and those below it. Looks only, and follows no link. */

import { join } from 'node:path';
import { type AlbarettoError, printable } from '../../src/plugin.js';
import { throwIfAborted } from './abort.js';
import type { Disk, Entry } from './disk.js';
import { notFound, readFailure } from './failure.js';
import { sortedFiles, sortedNaturally } from './natural-order.js';

export interface Folder {
  /** Without links. */
  readonly path: string;
  /** The names of its files that are not hidden, in the order of a person who counts. */
  readonly files: readonly string[];
  /** What lies there and is neither a file nor a folder: links, devices. */
  readonly strange: readonly string[];
  /** The names of the folders in it. */
  readonly folders: readonly string[];
}

/** No archive is deeper; what is may be a loop that some file system makes. */
export const DEEPEST = 64;

/**
 * A folder first, then those below it by their names. One whose entries cannot be read is told to `onUnread` and passed
 * over. Hidden names are passed over, and with them the temporary files of this program (`.albaretto-….part`).
 *
 * @param root A path without links.
 * @throws E_INTERRUPTED
 */
export async function* walkFolders(
  root: string,
  disk: Disk,
  onUnread: (error: AlbarettoError) => void,
  signal: AbortSignal | undefined,
  depth = 0,
): AsyncGenerator<Folder> {
  throwIfAborted(signal);
  if (depth > DEEPEST) {
    onUnread(notFound(`${printable(root)} lies more than ${DEEPEST} folders deep`, 'fetch it by itself'));
    return;
  }
  const folder = await listed(root, disk).catch((thrown: unknown) => {
    onUnread(readFailure('listing', root, thrown));
  });
  if (folder === undefined) return;
  // Only these are remembered while the folders below are walked.
  const { folders } = folder;
  yield folder;
  for (const name of folders) yield* walkFolders(join(root, name), disk, onUnread, signal, depth + 1);
}

async function listed(path: string, disk: Disk): Promise<Folder> {
  return folderOf(path, await disk.list(path));
}

function folderOf(path: string, entries: readonly Entry[]): Folder {
  const seen = entries.filter(({ name }) => !name.startsWith('.'));
  const named = (...kinds: readonly Entry['kind'][]) =>
    seen.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => name);
  return {
    path,
    files: sortedFiles(named('file')),
    strange: sortedNaturally(named('link', 'other')),
    folders: sortedNaturally(named('folder')),
  };
}

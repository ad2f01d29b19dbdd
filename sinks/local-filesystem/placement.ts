/** From a whole temporary file to its final name, without ever writing over something else. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AlbarettoError, type StoreFile } from '../../src/plugin.js';
import { contentsOf } from './contents.js';
import type { Disk, Entry } from './disk.js';
import { destinationError, diskFailure, errnoOf } from './failure.js';
import { numberedName } from './file-name.js';
import { entryAt } from './folders.js';
import { isOtherCase } from './other-case.js';
import type { Temporary, Written } from './temporary.js';

/** Where a file can go, as its folder is at this moment. */
export type Place =
  | ({ readonly kind: 'present'; readonly name: string } & Written)
  | { readonly kind: 'free'; readonly name: string }
  /** `seen` is what may be replaced, and nothing that came later. */
  | { readonly kind: 'replaceable'; readonly name: string; readonly seen: Entry };

const MOST_NUMBERS = 10_000;

/**
 * The first of `a.webp`, `a-2.webp`, … that holds the same bytes, may be replaced, or is free. A name that a link, a
 * folder or a device has is passed over: it is neither followed nor replaced.
 *
 * @param file `replaces` is asked about the file under the plain name alone: what has a number is somebody else's.
 */
export async function findPlace(disk: Disk, folder: string, file: StoreFile, sha256: string): Promise<Place> {
  for (let number = 1; number <= MOST_NUMBERS; number++) {
    const name = numberedName(file.name, number);
    const path = join(folder, name);
    const seen = await entryAt(disk, path);
    if (seen === undefined) return { kind: 'free', name };
    if (seen.kind !== 'file') continue;
    if (seen.size === file.bytes.size) {
      const found = await digestOf(disk, path);
      if (found?.sha256 === sha256) return { kind: 'present', name, ...found };
    }
    if (number === 1 && (await mayReplace(disk, folder, file, seen))) return { kind: 'replaceable', name, seen };
  }
  throw destinationError(`there are ${MOST_NUMBERS} files named like ${file.name}`, 'save to another folder').with({
    reach: 'item',
  });
}

/**
 * Gives the file its final name in one step. `false` when the folder has changed since the place was found: then it must
 * be found again.
 *
 * A second name by `link` fails when the name is taken, so nothing can be lost by it. Where there are no hard links (FAT,
 * exFAT, some network shares) the name is looked at and then renamed to: in the instant between, another program's new
 * file of the same name would be replaced. So would, on every file system, a replaceable file that another program changes
 * in the instant before it is replaced: no system call of Node compares and replaces in one.
 */
export async function occupy(
  disk: Disk,
  folder: string,
  temporary: Temporary,
  place: Exclude<Place, { kind: 'present' }>,
): Promise<boolean> {
  const path = join(folder, place.name);
  if (place.kind === 'free') {
    const linked = await tryLink(disk, temporary.path, path);
    if (linked !== 'unsupported') return linked === 'done';
    if ((await entryAt(disk, path)) !== undefined) return false;
  } else {
    const now = await entryAt(disk, path);
    if (now?.identity !== place.seen.identity || now.changedAt !== place.seen.changedAt) return false;
  }
  try {
    await disk.rename(temporary.path, path);
  } catch (thrown) {
    throw diskFailure('naming', path, thrown);
  }
  temporary.moved();
  return true;
}

/** Linux says EPERM for a file system without hard links, macOS ENOTSUP, FUSE ENOSYS, and ZFS or Btrfs EMLINK at their limit. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function tryLink(disk: Disk, from: string, to: string): Promise<'done' | 'taken' | 'unsupported'> {
  try {
    await disk.link(from, to);
    return 'done';
  } catch (thrown) {
    const code = errnoOf(thrown) ?? '';
    if (code === 'EEXIST') return 'taken';
    if (NO_LINKS.has(code)) return 'unsupported';
    throw diskFailure('naming', to, thrown);
  }
}

async function mayReplace(disk: Disk, folder: string, file: StoreFile, seen: Entry): Promise<boolean> {
  const path = join(folder, file.name);
  const wanted =
    file.onDifferent === 'replace' ||
    ((await file.replaces?.({ size: seen.size, open: () => contentsOf(disk, path) })) ?? false);
  return wanted && !(await isOtherCase(disk, folder, file.name, seen));
}

/** `undefined` when the file is gone, or has become a link, since it was seen. */
async function digestOf(disk: Disk, path: string): Promise<Written | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of contentsOf(disk, path)) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (thrown) {
    const code = thrown instanceof AlbarettoError ? errnoOf(thrown.cause) : undefined;
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw thrown;
  }
  return { size, sha256: hash.digest('hex') };
}

/** Whether stored files are still there, and still hold what they held. Looks only: nothing is changed, no link is followed. */

import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { type Condition, type Digest, type ExpectedFile, type InspectOptions, printable } from '../../src/plugin.js';
import { throwIfAborted } from './abort.js';
import type { Disk, OldFile } from './disk.js';
import { diskFailure, errnoOf } from './failure.js';
import { lookAt, NOTHING_THERE, PathsBelow } from './looking.js';

/** Files at once: a disk answers several faster than one after the other, and each holds one buffer of 256 KiB. */
const AT_ONCE = 8;

/**
 * The condition of each file, in the same order. What a link, a folder or a device has the name of is missing: the file is
 * not there; nor is it where a link stands for a folder on the way to it. Bytes that the disk cannot read any more (EIO)
 * are damaged.
 *
 * @throws E_DESTINATION for a file that may not be looked at; it reaches that file alone.
 */
export function inspectFiles(
  disk: Disk,
  folder: string,
  files: readonly ExpectedFile[],
  options: InspectOptions,
): Promise<Condition[]> {
  const paths = new PathsBelow(disk, folder);
  return pMap(files, (file) => inspectFile(disk, paths, file, options), { concurrency: AT_ONCE });
}

async function inspectFile(
  disk: Disk,
  paths: PathsBelow,
  { name, size, digests }: ExpectedFile,
  { deep, signal }: InspectOptions,
): Promise<Condition> {
  throwIfAborted(signal);
  const path = await paths.find(name);
  if (path === undefined) return 'missing';
  const entry = await lookAt(disk, path);
  if (entry?.kind !== 'file') return 'missing';
  if (entry.size !== size) return 'damaged';
  const digest = strongestOf(digests);
  return deep && digest !== undefined ? compareContents(disk, path, digest, signal) : 'whole';
}

function strongestOf(digests: readonly Digest[]): Digest | undefined {
  return (['sha256', 'sha1', 'md5'] as const)
    .map((algorithm) => digests.find((digest) => digest.algorithm === algorithm))
    .find((digest) => digest !== undefined);
}

async function compareContents(
  disk: Disk,
  path: string,
  { algorithm, hex }: Digest,
  signal: AbortSignal | undefined,
): Promise<Condition> {
  const hash = createHash(algorithm);
  let input: OldFile | undefined;
  try {
    input = await disk.open(path);
    // It may have become something else since it was looked at.
    if ((await input.entry()).kind !== 'file') return 'missing';
    for (let chunk = await input.read(); chunk.length > 0; chunk = await input.read()) {
      throwIfAborted(signal);
      hash.update(chunk);
    }
  } catch (thrown) {
    const code = errnoOf(thrown) ?? '';
    if (NOTHING_THERE.has(code) || code === 'ELOOP') return 'missing';
    if (code === 'EIO') return 'damaged';
    throw diskFailure('reading', printable(path), thrown).with({ reach: 'item' });
  } finally {
    // What was read is read; a failure to close changes nothing about it.
    await input?.close().catch(() => {});
  }
  return hash.digest('hex') === hex.toLowerCase() ? 'whole' : 'damaged';
}

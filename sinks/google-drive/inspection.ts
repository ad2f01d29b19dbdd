/** Whether stored files are still where they should be, by what Google's own lists say of them. */

import pMap from 'p-map';
import type { Condition, ExpectedFile } from '../../src/plugin.js';
import type { Signal } from './drive-api.js';
import type { DriveFile } from './drive-file.js';
import type { Entries } from './entries.js';
import type { FoldersBelow } from './folders-below.js';

/** Lists at once: they are cheap for Drive, and a layout may make hundreds of folders. */
const AT_ONCE = 4;

/**
 * One list for each folder that one of the files should lie in or below, whatever their number. A file is found there by
 * its id alone; its own name may have been changed.
 */
export async function inspectFiles(
  below: FoldersBelow,
  files: readonly ExpectedFile[],
  signal: Signal,
): Promise<Condition[]> {
  const paths = new Map(files.map(({ name }) => [folderOf(name), name.split('/').slice(0, -1)]));
  const found = new Map<string, readonly Entries[]>();
  await pMap(paths, async ([folder, path]) => found.set(folder, await below.at(path, signal)), {
    concurrency: AT_ONCE,
  });
  return files.map((file) => {
    const there = found.get(folderOf(file.name))?.map((entries) => entries.file(file.location));
    return conditionOf(
      file,
      there?.find((one) => one !== undefined),
    );
  });
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}

/**
 * @param there The file with the expected id, if it lies in the folder. The list leaves out what is in the trash and what
 * was moved elsewhere: both are missing here.
 */
function conditionOf(expected: ExpectedFile, there: DriveFile | undefined): Condition {
  if (there === undefined || there.trashed || expected.name.endsWith('/')) return 'missing';
  if (there.size !== expected.size) return 'damaged';
  const stored = there.digests.find(({ algorithm }) => expected.digests.some((own) => own.algorithm === algorithm));
  // Without a digest that both sides have, the size decides.
  if (stored === undefined) return 'whole';
  const differs = expected.digests.some(
    ({ algorithm, hex }) => algorithm === stored.algorithm && hex.toLowerCase() !== stored.hex,
  );
  return differs ? 'damaged' : 'whole';
}

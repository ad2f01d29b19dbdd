import { join } from 'node:path';
import type { StoredFile } from '../../src/plugin.js';
import { eachUntilAborted, throwIfAborted } from './abort.js';
import { contentsOf } from './contents.js';
import type { Disk } from './disk.js';
import { isSingleName } from './file-name.js';
import { lookAt } from './looking.js';
import { isOtherCase } from './other-case.js';

/**
 * The file of a folder with this name, or `undefined`: for a name that is no single one, for a link, a folder or a device,
 * and on a disk that minds no case for a file whose name differs by it, which is another item's. Nothing is read before
 * `open` is walked; an abort of the signal ends that too.
 *
 * @throws E_DESTINATION for a file that may not be looked at; it reaches that file alone.
 */
export async function readFile(
  disk: Disk,
  folder: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<StoredFile | undefined> {
  throwIfAborted(signal);
  if (!isSingleName(name)) return undefined;
  // The folder itself may have been exchanged for a link since it was opened.
  if ((await lookAt(disk, folder))?.kind !== 'folder') return undefined;
  const location = join(folder, name);
  const entry = await lookAt(disk, location);
  if (entry?.kind !== 'file' || (await isOtherCase(disk, folder, name, entry))) return undefined;
  return {
    name,
    location,
    size: entry.size,
    digests: [],
    open: () => eachUntilAborted(contentsOf(disk, location), signal),
  };
}

import type { Disk, OldFile } from './disk.js';
import { destinationError, diskFailure } from './failure.js';

/**
 * The bytes of an existing file, in chunks of at most 256 KiB. A link is not followed, and nothing but a file is read.
 *
 * @throws E_DESTINATION that reaches this file alone; its cause is the disk's own error.
 */
export async function* contentsOf(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  let input: OldFile | undefined;
  try {
    input = await disk.open(path);
    if ((await input.entry()).kind !== 'file') throw destinationError(`${path} is no file any more`, 'save again');
    for (let chunk = await input.read(); chunk.length > 0; chunk = await input.read()) yield chunk;
  } catch (thrown) {
    throw diskFailure('reading', path, thrown).with({ reach: 'item' });
  } finally {
    // What was read is read; a failure to close changes nothing about it.
    await input?.close().catch(() => {});
  }
}

/** Whether a stored file is still in its folder of Drive, by what Google's own list says of it. */

import type { Condition, ExpectedFile } from '../../src/plugin.js';
import type { DriveFile } from './drive-file.js';

/**
 * @param there The file with the expected id, if it lies in the folder. The list leaves out what is in the trash and what
 * was moved elsewhere: both are missing here.
 */
export function conditionOf(expected: ExpectedFile, there: DriveFile | undefined): Condition {
  if (there === undefined || there.trashed) return 'missing';
  if (there.size !== expected.size) return 'damaged';
  const stored = there.digests.find(({ algorithm }) => expected.digests.some((own) => own.algorithm === algorithm));
  // Without a digest that both sides have, the size decides.
  if (stored === undefined) return 'whole';
  const differs = expected.digests.some(
    ({ algorithm, hex }) => algorithm === stored.algorithm && hex.toLowerCase() !== stored.hex,
  );
  return differs ? 'damaged' : 'whole';
}

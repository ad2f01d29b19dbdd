/** Whether a folder holds what a run was to put there: every picture, whole, by its digest. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestOf, type GalleryItem } from './gallery.js';

/** Answers a check that may be made after each run; the digests are computed once. */
export function createCheck(items: readonly GalleryItem[]): (folder: string) => Promise<void> {
  const expected = items.map((item) => [item.name, digestOf(item, 'sha256').toString('hex')] as const);
  return async (folder) => {
    const wrong: string[] = [];
    for (const [name, sha256] of expected) {
      if ((await sha256Of(join(folder, name))) !== sha256) wrong.push(name);
    }
    if (wrong.length > 0)
      throw new Error(`${wrong.length} of ${expected.length} files are missing or wrong: ${wrong[0]}, …`);
  };
}

/** `undefined` for a file that is not there. */
async function sha256Of(path: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), hash);
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return undefined;
    throw thrown;
  }
  return hash.digest('hex');
}

import { join } from 'node:path';
import type { Disk, Entry } from './disk.js';
import { diskFailure } from './failure.js';
import { entryAt } from './folders.js';

/**
 * Whether the file stands there under a name that differs by case: then it is another item's, on a disk that minds no
 * case. Costs one look, and a listing only on such disks.
 *
 * @param seen What the disk shows under the name.
 */
export async function isOtherCase(disk: Disk, folder: string, name: string, seen: Entry): Promise<boolean> {
  const swapped = [...name].map((letter) =>
    letter.toUpperCase() === letter ? letter.toLowerCase() : letter.toUpperCase(),
  );
  const other = swapped.join('');
  if (other === name || Buffer.byteLength(other) !== Buffer.byteLength(name)) return false;
  if ((await entryAt(disk, join(folder, other)))?.identity !== seen.identity) return false;
  try {
    const entries = await disk.list(folder);
    // Some file systems of macOS answer names decomposed.
    return !entries.some((entry) => entry.name.normalize('NFC') === name.normalize('NFC'));
  } catch (thrown) {
    throw diskFailure('listing', folder, thrown);
  }
}

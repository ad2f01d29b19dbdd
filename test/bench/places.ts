/**
 * Folders of the runs. They stay until the whole benchmark ends: ext4 gives no inode away again soon after its file was
 * deleted, and what is searched for another one in the meantime would be charged to the next run (measured: half a second
 * of processor time for 1,000 files).
 */

import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { openSandbox, type Sandbox } from '../support/program.js';

const opened: Sandbox[] = [];

export function openPlace(): Sandbox {
  const place = openSandbox();
  opened.push(place);
  return place;
}

/** Gives the space of checked files back, and keeps the files. */
export function emptyFiles(folder: string): void {
  for (const name of readdirSync(folder)) truncateSync(join(folder, name));
}

export function removePlaces(): void {
  for (const place of opened.splice(0)) place.remove();
}

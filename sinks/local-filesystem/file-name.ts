/** The last look at a name before it becomes a part of a path. Safe names are made elsewhere; this is the lock on the door. */

import { printable, usageError } from '../../src/plugin.js';
import { destinationError, PLUGIN } from './failure.js';
import { isTemporaryName } from './temporary-name.js';

/** UTF-8 bytes; see the descriptor. */
export const LONGEST_NAME = 255;

const WINDOWS_RESERVED = /[<>:"\\|?*\u0000-\u001f]|[. ]$/u;
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/iu;

/**
 * Whether a name is exactly one entry of a folder on this system: Windows would take `a:b` for a stream, `CON` for a
 * device and `x.` for `x`.
 */
export function isSingleName(name: string, platform: NodeJS.Platform = process.platform): boolean {
  if (name === '' || name === '.' || name === '..' || /[/\0]/u.test(name) || isTemporaryName(name)) return false;
  return platform !== 'win32' || !(WINDOWS_RESERVED.test(name) || WINDOWS_DEVICE.test(name));
}

/** @throws E_DESTINATION that reaches this item alone. */
export function checkFileName(name: string): void {
  if (isSingleName(name) && Buffer.byteLength(name) <= LONGEST_NAME) return;
  throw destinationError(`'${printable(name, 80)}' cannot be the name of a file`, 'nothing was written').with({
    reach: 'item',
  });
}

/** @throws E_USAGE, because folders below the destination are named by the person. */
export function checkFolderName(name: string): void {
  if (isSingleName(name) && Buffer.byteLength(name) <= LONGEST_NAME) return;
  throw usageError(
    `'${printable(name, 80)}' cannot be the name of one folder`,
    'give a name without separators, of at most 255 bytes',
    PLUGIN,
  );
}

/** What follows the last dot of a name counts as its extension when it is no longer than this. */
const LONGEST_EXTENSION = 16;

/** `a.webp`, `a-2.webp`, `a-3.webp`, …, each of at most 255 bytes and cut between characters. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const dot = name.lastIndexOf('.');
  const end = dot > 0 && name.length - dot <= LONGEST_EXTENSION ? dot : name.length;
  const tail = `-${number}${name.slice(end)}`;
  let stem = name.slice(0, end);
  while (Buffer.byteLength(stem) + Buffer.byteLength(tail) > LONGEST_NAME) stem = [...stem].slice(0, -1).join('');
  return stem + tail;
}

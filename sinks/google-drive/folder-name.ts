import { printable, usageError } from '../../src/plugin.js';
import { PLUGIN } from './failures.js';

/**
 * Drive takes any text as a name, also the same one twice. What nobody could see or type again is refused all the same: a
 * name that is empty or blank, and one with control characters, which no ordinary disk would give back.
 *
 * @throws E_USAGE
 */
export function checkFolderName(name: string): void {
  if (/^[\p{White_Space}\p{Cc}\p{Cf}]*$/u.test(name)) throw usageError('the new folder has no name', undefined, PLUGIN);
  if (!/\p{Cc}/u.test(name)) return;
  const shown = printable(name, 80);
  throw usageError(`'${shown}' cannot be the name of a folder`, 'give a name without control characters', PLUGIN);
}

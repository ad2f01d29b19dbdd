/** Reading a page of a list of which one entry is not what it should be: the others are there all the same. */

import { AlbarettoError } from './errors.js';

export interface ReadableEntries<T> {
  readonly read: readonly T[];
  /** How many could not be read. */
  readonly unreadable: number;
}

/**
 * Reads what can be read of the entries of a page.
 * @throws What `read` throws, where none of them can be read: then it is the service that speaks otherwise. Anything but an
 * `AlbarettoError` at once.
 */
export function readableEntries<Entry, T>(
  entries: readonly Entry[],
  read: (entry: Entry, index: number) => T,
): ReadableEntries<T> {
  const readable: T[] = [];
  let refusal: AlbarettoError | undefined;
  for (const [index, entry] of entries.entries()) {
    try {
      readable.push(read(entry, index));
    } catch (thrown) {
      if (!(thrown instanceof AlbarettoError)) throw thrown;
      refusal ??= thrown;
    }
  }
  if (refusal !== undefined && readable.length === 0) throw refusal;
  return { read: readable, unreadable: entries.length - readable.length };
}

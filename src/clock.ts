/** Waiting that ends at once when it is told to. */

import { setTimeout as delay } from 'node:timers/promises';
import { interrupted } from './errors.js';

/** Throws `E_INTERRUPTED` when the signal aborts, also when it has before. */
export async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (thrown) {
    throw interrupted(thrown);
  }
}

/** Recorded files looked at in their store, so that one that refuses does not keep the others from it. */

import type { NewSavedFile } from '../archive/catalog/catalog.js';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Condition, Store } from '../plugin.js';
import { withRetry } from '../retry.js';
import { retryOptions } from '../wiring.js';
import type { Invocation } from './command.js';
import { expectedOf } from './recorded-file.js';

export interface Inspecting<File> extends Pick<Invocation, 'session' | 'signal'> {
  /** Whether bytes or digests are compared, and not presence and sizes alone. */
  readonly deep: boolean;
  /** When so many refuse one after the other, and none before them went well, it is the storage and not the files. */
  readonly enough: number;
  refused(error: AlbarettoError, file: File): void;
}

/**
 * The condition of each file; `undefined` for one that could not be looked at, which was told.
 * @throws what reaches further than one file, and E_INTERRUPTED.
 */
export async function inspect<File extends NewSavedFile>(
  files: readonly File[],
  store: Store,
  options: Inspecting<File>,
): Promise<readonly (Condition | undefined)[]> {
  const { session, signal, deep } = options;
  const tries = { ...retryOptions(session.runtime), signal, now: session.runtime.now };
  const look = () => Promise.resolve(store.inspect?.(files.map(expectedOf), { signal, deep }) ?? []);
  try {
    return await withRetry(look, tries);
  } catch (thrown) {
    const error = asAlbarettoError(thrown, signal);
    if (error.reach !== 'item' || error.retryable || error.code === 'E_INTERRUPTED') throw error;
    return oneByOne(files, store, error, options);
  }
}

async function oneByOne<File extends NewSavedFile>(
  files: readonly File[],
  store: Store,
  error: AlbarettoError,
  options: Inspecting<File>,
): Promise<readonly (Condition | undefined)[]> {
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) {
    options.refused(error, only);
    return [undefined];
  }
  const conditions: (Condition | undefined)[] = [];
  for (const file of files) {
    conditions.push(...(await inspect([file], store, options)));
    const refused = conditions.every((condition) => condition === undefined);
    if (refused && conditions.length === options.enough) throw error;
  }
  return conditions;
}

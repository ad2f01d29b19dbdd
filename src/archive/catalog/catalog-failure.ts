/** What goes wrong below the catalog, as failures of this program: the engine has only sentences, the system has codes. */

import { AlbarettoError } from '../../errors.js';

/** Codes of the system for a disk, or a share of one, that is used up. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Codes of the system for something that may be there again a little later. */
const PASSING: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'ENOMEM']);

/** E_NO_SPACE, E_UNAVAILABLE (retryable) or E_DESTINATION for a call of the file system that failed. */
export function fileFailure(path: string, thrown: unknown): AlbarettoError {
  const { code } = thrown as { code?: unknown };
  const known = typeof code === 'string' ? code : 'unknown error';
  const facts = { message: `the catalog ${path} cannot be used (${known})`, reach: 'run', cause: thrown } as const;
  if (FULL.has(known)) return new AlbarettoError({ ...facts, code: 'E_NO_SPACE', hint: 'make room on its disk' });
  if (PASSING.has(known)) {
    return new AlbarettoError({ ...facts, code: 'E_UNAVAILABLE', hint: 'try again', retryable: true });
  }
  return new AlbarettoError({ ...facts, code: 'E_DESTINATION', hint: 'its folder must be writable' });
}

/**
 * @param thrown What the engine threw.
 * @param below What the file system threw at the engine, if it did.
 */
export function engineFailure(path: string, thrown: unknown, below: unknown): AlbarettoError {
  const message = String((thrown as { message?: unknown }).message);
  if (/malformed|not a database/u.test(message)) return damaged(path, thrown);
  if (/disk is full/u.test(message)) return fileFailure(path, below ?? { code: 'ENOSPC' });
  if (/readonly|disk I\/O error|[Uu]nable to open|Could not open/u.test(message)) {
    return fileFailure(path, below ?? thrown);
  }
  return new AlbarettoError({
    code: 'E_INTERNAL',
    message: `the catalog ${path} failed (${message})`,
    hint: 'this is a fault of albaretto; --debug shows where it happened',
    reach: 'run',
    cause: thrown,
  });
}

/** The cause of a failure that setting the catalog aside is the remedy for. */
class DamagedCatalog extends Error {
  override readonly name = 'DamagedCatalog';
}

/** E_USAGE, like every file of ours that cannot be read: the person decides what becomes of it. */
export function damaged(path: string, cause?: unknown): AlbarettoError {
  return new AlbarettoError({
    code: 'E_USAGE',
    message: `the catalog ${path} is damaged`,
    hint: 'adopt <folder> sets it aside and makes a new one from the files and sidecars that are there',
    reach: 'run',
    cause: new DamagedCatalog('the file holds no sound database', { cause }),
  });
}

/** Whether a failure is that of {@link damaged}. */
export function isDamaged(thrown: unknown): boolean {
  return thrown instanceof AlbarettoError && thrown.cause instanceof DamagedCatalog;
}

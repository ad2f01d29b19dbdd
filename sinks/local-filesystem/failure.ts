/** What a file system refused, in words and with what to do about it. */

import { AlbarettoError, type ErrorCode, printable, type Reach } from '../../src/plugin.js';

export const PLUGIN = 'local-filesystem';

interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
  readonly reach: Reach;
  readonly retryable?: true;
}

const FULL = { code: 'E_NO_SPACE', hint: 'free some space, or save to another folder', reach: 'run' } as const;
const REFUSED = { code: 'E_DESTINATION', reach: 'run' } as const;
const PASSING = { code: 'E_DESTINATION', reach: 'item', retryable: true } as const;
const THIS_FILE = { code: 'E_DESTINATION', reach: 'item' } as const;

const OTHER_FOLDER = 'save to another folder';
const OPEN_FILES = 'close other programs, or raise the limit (ulimit -n)';
const CHECK_DISK = 'check the disk and its connection; what was fetched is kept';

/** Meanings: POSIX.1-2017, System Interfaces, 2.3 Error Numbers; `man 2 link`, `man 2 rename`. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOSPC: { ...FULL, reason: 'the disk is full' },
  EDQUOT: { ...FULL, reason: 'your quota on this disk is used up' },
  EACCES: { ...REFUSED, reason: 'permission denied', hint: 'change its permissions, or save to another folder' },
  EPERM: {
    ...REFUSED,
    reason: 'the system does not permit it',
    hint: 'change its permissions, or save to another folder',
  },
  EROFS: { ...REFUSED, reason: 'the file system is read-only', hint: OTHER_FOLDER },
  ENOTDIR: { ...REFUSED, reason: 'a part of the path is a file, not a folder', hint: OTHER_FOLDER },
  ENOENT: { ...REFUSED, reason: 'the folder is gone', hint: 'save again: it is then made anew' },
  ELOOP: { ...REFUSED, reason: 'links in the path lead in a circle, or one stands where none may', hint: OTHER_FOLDER },
  ENAMETOOLONG: { ...THIS_FILE, reason: 'the name is too long for this file system', hint: OTHER_FOLDER },
  EILSEQ: { ...THIS_FILE, reason: 'the file system does not take this name', hint: OTHER_FOLDER },
  EINVAL: { ...THIS_FILE, reason: 'the file system does not take this', hint: OTHER_FOLDER },
  EFBIG: { ...THIS_FILE, reason: 'the file is too large for this file system', hint: OTHER_FOLDER },
  EMFILE: { ...PASSING, reason: 'this program has too many files open', hint: OPEN_FILES },
  ENFILE: { ...PASSING, reason: 'this machine has too many files open', hint: OPEN_FILES },
  EBUSY: { ...PASSING, reason: 'another program is using it', hint: 'close that program and save again' },
  EAGAIN: { ...PASSING, reason: 'the file system is busy', hint: 'save again' },
  ETIMEDOUT: { ...PASSING, reason: 'the file system did not answer in time', hint: CHECK_DISK },
  ESTALE: { ...PASSING, reason: 'the network share was mounted anew', hint: 'save again' },
  EIO: { ...THIS_FILE, reason: 'the disk reported a fault', hint: CHECK_DISK },
};

/**
 * @param what What failed: `writing`, `making the folder`.
 * @param thrown What a {@link Disk} threw. An AlbarettoError is answered as it is.
 */
export function diskFailure(what: string, path: string, thrown: unknown): AlbarettoError {
  if (thrown instanceof AlbarettoError) return thrown;
  const code = errnoOf(thrown);
  const refusal = (code === undefined ? undefined : REFUSALS[code]) ?? {
    ...THIS_FILE,
    reason: 'the system refused it',
    hint: CHECK_DISK,
  };
  const detail = code === undefined ? '' : ` (${code})`;
  const { reason, ...facts } = refusal;
  return new AlbarettoError({
    ...facts,
    plugin: PLUGIN,
    message: `${what} ${printable(path)} failed, ${reason}${detail}`,
    cause: thrown,
  });
}

/** A destination that is there but is not what it should be. */
export function destinationError(message: string, hint: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_DESTINATION', message, hint, plugin: PLUGIN, reach: 'run' });
}

/** The name of a system error: `ENOENT`. Told by its form: an error of another realm is no instance of this one's Error. */
export function errnoOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** What a file system refused, in words and with what to do about it. */

import { AlbarettoError, type ErrorFacts, printable } from '../../src/plugin.js';

export const PLUGIN = 'local-filesystem';

type Refusal = Pick<ErrorFacts, 'code' | 'hint' | 'retryable'> & { readonly reason: string };

const GONE = { code: 'E_NOT_FOUND', hint: 'look at the path; what was there may have been moved' } as const;
/** It may well be there. */
const FORBIDDEN: Refusal = { code: 'E_UNAVAILABLE', reason: 'permission denied', hint: 'change its permissions' };
const PASSING = { code: 'E_UNAVAILABLE', retryable: true } as const;

/** Meanings: POSIX.1-2017, System Interfaces, 2.3 Error Numbers. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOENT: { ...GONE, reason: 'it is not there' },
  ENOTDIR: { ...GONE, reason: 'a part of the path is a file, not a folder' },
  ELOOP: { ...GONE, reason: 'it is a link, and no link is followed' },
  ENAMETOOLONG: { ...GONE, reason: 'the path is too long for this file system' },
  EILSEQ: { ...GONE, reason: 'this file system does not have such names' },
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EMFILE: { ...PASSING, reason: 'this program has too many files open', hint: 'raise the limit (ulimit -n)' },
  ENFILE: { ...PASSING, reason: 'this machine has too many files open', hint: 'close other programs' },
  EBUSY: { ...PASSING, reason: 'another program is using it', hint: 'close that program and fetch again' },
  EAGAIN: { ...PASSING, reason: 'the file system is busy', hint: 'fetch again' },
  ETIMEDOUT: { ...PASSING, reason: 'the file system did not answer in time', hint: 'check its connection' },
  ESTALE: { ...PASSING, reason: 'the network share was mounted anew', hint: 'fetch again' },
  EIO: { code: 'E_UNAVAILABLE', reason: 'the disk reported a fault', hint: 'check the disk and its connection' },
};

const OTHER: Refusal = { code: 'E_UNAVAILABLE', reason: 'the system refused it', hint: 'check the disk' };

/**
 * @param what What failed: `reading`, `listing`.
 * @param thrown What a disk threw. An AlbarettoError is answered as it is.
 */
export function readFailure(what: string, path: string, thrown: unknown): AlbarettoError {
  if (thrown instanceof AlbarettoError) return thrown;
  const code = errnoOf(thrown);
  const { reason, ...facts } = REFUSALS[code ?? ''] ?? OTHER;
  return new AlbarettoError({
    ...facts,
    plugin: PLUGIN,
    message: `${what} ${printable(path)} failed, ${reason} (${code ?? 'unknown error'})`,
    cause: thrown,
  });
}

/** `E_NOT_FOUND` for what this source does not have, or has not any more. */
export function notFound(message: string, hint: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_NOT_FOUND', message, hint, plugin: PLUGIN });
}

/** The name of a system error: `ENOENT`. Told by its form: an error of another realm is no instance of this one's Error. */
export function errnoOf(thrown: unknown): string | undefined {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

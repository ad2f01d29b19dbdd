/** What the file system refuses the program in its own folder, in words and with what to do about it. */

import type { Disk } from './disk.js';
import { AlbarettoError, type ErrorFacts } from './errors.js';
import { printable } from './printable.js';

type Refusal = Pick<ErrorFacts, 'code' | 'hint' | 'reach'>;

const FULL: Refusal = { code: 'E_NO_SPACE', hint: 'make room on its disk, or save or drop something', reach: 'run' };
const REFUSED: Refusal = { code: 'E_DESTINATION', hint: 'it must be writable', reach: 'run' };
const BUSY: Refusal = { code: 'E_DESTINATION', hint: 'close other programs and try again' };
const OTHER: Refusal = { code: 'E_DESTINATION', hint: 'check the disk' };

/** Meanings: POSIX.1-2017, System Interfaces, 2.3 Error Numbers. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EACCES: REFUSED,
  EPERM: REFUSED,
  EROFS: REFUSED,
  ENOTDIR: REFUSED,
  EMFILE: BUSY,
  ENFILE: BUSY,
  EBUSY: BUSY,
};

/** The name of a system error, `ENOENT`, also of one that was put into words already. */
export function errnoOf(thrown: unknown): string | undefined {
  const { code } = ((thrown instanceof AlbarettoError ? thrown.cause : thrown) ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** The same port; what it throws is E_NO_SPACE or E_DESTINATION and names the folder. None of it is tried again. */
export function describedDisk(port: Disk, folder: string): Disk {
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      throw refusal(folder, thrown);
    }
  };
  return {
    async create(path) {
      const file = await told(port.create(path));
      return {
        write: (chunk) => told(file.write(chunk)),
        sync: () => told(file.sync()),
        close: () => told(file.close()),
      };
    },
    rename: (from, to) => told(port.rename(from, to)),
    remove: (path) => told(port.remove(path)),
    makeFolder: (path) => told(port.makeFolder(path)),
    removeEmptyFolder: (path) => told(port.removeEmptyFolder(path)),
    syncFolder: (path) => told(port.syncFolder(path)),
    touch: (path) => told(port.touch(path)),
  };
}

function refusal(folder: string, thrown: unknown): AlbarettoError {
  const code = errnoOf(thrown);
  return new AlbarettoError({
    ...(REFUSALS[code ?? ''] ?? OTHER),
    message: `the folder ${printable(folder)}, for what is not saved yet, cannot be used (${code ?? 'unknown error'})`,
    cause: thrown,
  });
}

/** The real disk, of which one call fails, or with which the process dies. */

import { type Disk, type DiskFile, disk } from '../../src/disk.js';

/** What fills up, breaks, is taken away, or is used up by others. */
export const ERRNOS = ['EIO', 'ENOSPC', 'EACCES', 'EMFILE'] as const;

export interface FailingDisk extends Disk {
  /** The names of all calls so far, in order; those of an open file are named after it: `create.write`. */
  readonly calls: readonly string[];
}

/** What Node throws for a system call that failed. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made by a test`), { code });
}

/** @param failing Which call fails, from 1. What it should have done is not done, but a file that is closed is closed. */
export function failingDisk(failing: number, errno: string, port: Disk = disk): FailingDisk {
  const calls: string[] = [];
  const call = async <T>(name: string, perform: () => Promise<T>): Promise<T> => {
    calls.push(name);
    if (calls.length !== failing) return perform();
    if (name.endsWith('.close')) await perform();
    throw systemError(errno);
  };
  const file = (opened: DiskFile): DiskFile => ({
    write: (chunk) => call('create.write', () => opened.write(chunk)),
    sync: () => call('create.sync', () => opened.sync()),
    close: () => call('create.close', () => opened.close()),
  });
  return {
    calls,
    create: async (path) => file(await call('create', () => port.create(path))),
    rename: (from, to) => call('rename', () => port.rename(from, to)),
    remove: (path) => call('remove', () => port.remove(path)),
    makeFolder: (path) => call('makeFolder', () => port.makeFolder(path)),
    // These never fail, by their contract.
    removeEmptyFolder: (path) => port.removeEmptyFolder(path),
    syncFolder: (path) => call('syncFolder', () => port.syncFolder(path)),
    touch: (path) => call('touch', () => port.touch(path)),
  };
}

/** The disk of a process that is killed right after so many calls, or in the middle of the write that follows. */
export function dyingDisk(last: number, port: Disk = disk): FailingDisk {
  const calls: string[] = [];
  const call = async <T>(name: string, perform: () => Promise<T>, inPart?: () => Promise<unknown>): Promise<T> => {
    calls.push(name);
    if (calls.length <= last) return perform();
    if (calls.length === last + 1) await inPart?.();
    throw new Error('the process is gone');
  };
  const file = (opened: DiskFile): DiskFile => ({
    write: (chunk) =>
      call(
        'create.write',
        () => opened.write(chunk),
        () => opened.write(chunk.subarray(0, chunk.length >> 1)),
      ),
    sync: () => call('create.sync', () => opened.sync()),
    // The system closes what a dead process had open.
    close: () => call('create.close', () => opened.close()).finally(() => opened.close().catch(() => undefined)),
  });
  return {
    calls,
    create: async (path) => file(await call('create', () => port.create(path))),
    rename: (from, to) => call('rename', () => port.rename(from, to)),
    remove: (path) => call('remove', () => port.remove(path)),
    makeFolder: (path) => call('makeFolder', () => port.makeFolder(path)),
    removeEmptyFolder: (path) => call('removeEmptyFolder', () => port.removeEmptyFolder(path)),
    syncFolder: (path) => call('syncFolder', () => port.syncFolder(path)),
    touch: (path) => call('touch', () => port.touch(path)),
  };
}

/**
 * The file system as the program's own rooms write to it (the sinks bring theirs, SQLite and conf do as well). One small
 * port, so that a test can fail or kill the program at every single call.
 */

import { constants } from 'node:fs';
import { mkdir, open, rename, rm, rmdir, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface DiskFile {
  /** Writes all of it. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when what was written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  /** A new file, 0600. Throws `EEXIST` where there is one, or a link. */
  create(path: string): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
  /** A file that is not there is removed already. */
  remove(path: string): Promise<void>;
  /** Makes the folder, 0700, and those above it. */
  makeFolder(path: string): Promise<void>;
  /** A folder with something in it, or none, is left as it is. */
  removeEmptyFolder(path: string): Promise<void>;
  /** Resolves when the names in the folder are on the disk; where a system cannot do that, at once. */
  syncFolder(path: string): Promise<void>;
  /** Makes now the time of the last change. */
  touch(path: string): Promise<void>;
}

export const disk: Disk = {
  async create(path) {
    const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    return {
      async write(chunk) {
        let written = 0;
        while (written < chunk.length) written += (await handle.write(chunk, written)).bytesWritten;
      },
      sync: () => handle.datasync(),
      close: () => handle.close(),
    };
  },
  rename,
  remove: (path) => rm(path, { force: true }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  removeEmptyFolder: (path) => rmdir(path).catch(() => undefined),
  async syncFolder(path) {
    const handle = await open(path, constants.O_RDONLY).catch(() => undefined);
    // EINVAL and EPERM: the system does not sync folders, and does not lose their names for it.
    await handle?.sync().catch(() => undefined);
    await handle?.close();
  },
  touch: (path) => utimes(path, new Date(), new Date()),
};

/**
 * A whole file under its final name, or none: written beside it, synced, renamed. A failure leaves no temporary file; one
 * of the very last step, which syncs the folder, leaves the whole file.
 */
export async function writeWhole(path: string, content: Uint8Array | string, port: Disk = disk): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await port.remove(temporary);
  try {
    await writeSynced(temporary, typeof content === 'string' ? Buffer.from(content) : content, port);
    await port.rename(temporary, path);
  } catch (thrown) {
    await port.remove(temporary).catch(() => undefined);
    throw thrown;
  }
  await port.syncFolder(dirname(path));
}

async function writeSynced(path: string, content: Uint8Array, port: Disk): Promise<void> {
  const file = await port.create(path);
  try {
    await file.write(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

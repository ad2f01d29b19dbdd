/**
 * Every call that this source makes of a file system, behind one small port: so that a test can let any one of them fail,
 * and so that nothing here writes, or follows a link, by a default of the library.
 */

import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';

export type Kind = 'file' | 'folder' | 'link' | 'other';

export interface Entry {
  readonly name: string;
  readonly kind: Kind;
}

export interface Facts {
  readonly kind: Kind;
  /** Bytes. */
  readonly size: number;
  readonly modified: Date;
}

/** Failures are Node's own, with `code`. */
export interface Disk {
  /** The one path without links that leads to it. */
  realpath(path: string): Promise<string>;
  /** What is in a folder, in no order. A name that is no UTF-8 has `U+FFFD` in it and leads nowhere. */
  list(folder: string): Promise<readonly Entry[]>;
  /** The entry itself, also when it is a link. */
  lstat(path: string): Promise<Facts>;
  /** A whole file; `undefined` for what is larger than `most` bytes or no file. Fails with ELOOP for a link. */
  read(path: string, most: number): Promise<Buffer | undefined>;
  /** A file from its beginning to its end; each chunk is the reader's own. Fails with ELOOP for a link. */
  stream(path: string): AsyncIterable<Uint8Array>;
}

const CHUNK = 256 * 1024;

/** Never waits for the other end of a pipe. Windows has neither constant; it asks for rights before it makes a link. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export const nodeDisk: Disk = {
  realpath: (path) => realpath(path),
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  },
  lstat: async (path) => factsOf(await lstat(path)),
  async read(path, most) {
    const handle = await open(path, READ);
    try {
      const { kind, size } = factsOf(await handle.stat());
      return kind === 'file' && size <= most ? await handle.readFile() : undefined;
    } finally {
      await closeQuietly(handle);
    }
  },
  async *stream(path) {
    const handle = await open(path, READ);
    try {
      if (factsOf(await handle.stat()).kind !== 'file') throw Object.assign(new Error('no file'), { code: 'ENOENT' });
      for (;;) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await closeQuietly(handle);
    }
  },
};

/** What was read is read; a failure to close changes nothing about it. */
async function closeQuietly(handle: FileHandle): Promise<void> {
  await handle.close().catch(() => undefined);
}

function factsOf(status: Stats): Facts {
  return { kind: kindOf(status), size: status.size, modified: new Date(Math.round(status.mtimeMs)) };
}

function kindOf(entry: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): Kind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'link' : 'other';
}

/**
 * Every call that this sink makes of a file system, behind one small port: so that a test can let any one of them fail,
 * and so that nothing here follows a link or overwrites by a default of the library.
 */

import {
  type BigIntStats,
  close,
  closeSync,
  constants,
  fdatasync,
  fstat,
  fstatSync,
  fsync,
  futimes,
  futimesSync,
  linkSync,
  lstatSync,
  open as openDescriptor,
  openSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import {
  access,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  stat,
  unlink,
} from 'node:fs/promises';
import { promisify } from 'node:util';
import { createSwiftness } from './swiftness.js';

export interface Entry {
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** Device and inode: equal for one and the same file, whatever it is called. */
  readonly identity: string;
  /** Changes with every change of the file, also of its times and names; nanoseconds since the epoch. */
  readonly changedAt: bigint;
}

/** A new file that nobody else sees under a final name. */
export interface NewFile {
  /** All of the chunk. */
  write(chunk: Uint8Array): Promise<void>;
  setModifiedAt(time: Date): Promise<void>;
  /** The contents, and the size that they need, are on the storage device. */
  datasync(): Promise<void>;
  entry(): Promise<Entry>;
  close(): Promise<void>;
}

/** A file that was there before. */
export interface OldFile {
  entry(): Promise<Entry>;
  /** The next bytes; empty at the end. */
  read(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Failures are Node's own, with `code`. */
export interface Disk {
  /** The entry itself, also when it is a link. */
  lstat(path: string): Promise<Entry>;
  /** What a link leads to. */
  stat(path: string): Promise<Entry>;
  realpath(path: string): Promise<string>;
  /** Fails unless this process may make entries in the folder. */
  checkWritable(folder: string): Promise<void>;
  /** Fails with EEXIST when anything is there. */
  mkdir(path: string): Promise<void>;
  list(folder: string): Promise<readonly { readonly name: string; readonly isFile: boolean }[]>;
  /** Fails with EEXIST when anything is there, also a link. */
  create(path: string): Promise<NewFile>;
  /** Fails with ELOOP for a link. Never waits for the other end of a pipe. */
  open(path: string): Promise<OldFile>;
  /** A second name for a file. Fails with EEXIST when anything has it. */
  link(path: string, second: string): Promise<void>;
  /** Replaces what has the new name. */
  rename(path: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** The folder's entries are on the storage device. */
  syncFolder(path: string): Promise<void>;
}

const CHUNK = 256 * 1024;
/** More than this takes a while however swift the disk is, and is worth a thread of its own. */
const SWIFT_BYTES = 256 * 1024;
// Windows has neither constant; it asks for rights before it makes a link that could lead away.
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const swiftness = createSwiftness();
/** On its own: making a file may be slow where all else is swift, which would hide it (half a millisecond on ext4). */
const swiftnessOfMaking = createSwiftness();

const elsewhere = {
  open: promisify(openDescriptor),
  write: promisify(write),
  futimes: promisify(futimes),
  fdatasync: promisify(fdatasync),
  fstat: promisify(fstat),
  fsync: promisify(fsync),
  close: promisify(close),
};

export const nodeDisk: Disk = {
  lstat: (path) =>
    swiftness.either(
      () => entryOf(lstatSync(path, { bigint: true })),
      async () => entryOf(await lstat(path, { bigint: true })),
    ),
  stat: async (path) => entryOf(await stat(path, { bigint: true })),
  realpath: (path) => realpath(path),
  checkWritable: (folder) => access(folder, constants.W_OK | constants.X_OK),
  mkdir: (path) => mkdir(path),
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFile: entry.isFile() }));
  },
  create: async (path) => newFile(await openNow(path, 'wx', swiftnessOfMaking)),
  open: async (path) => oldFile(await open(path, READ)),
  link: (path, second) =>
    swiftness.either(
      () => linkSync(path, second),
      () => link(path, second),
    ),
  rename: (path, to) => rename(path, to),
  unlink: (path) =>
    swiftness.either(
      () => unlinkSync(path),
      () => unlink(path),
    ),
  async syncFolder(path) {
    const descriptor = await openNow(path, constants.O_RDONLY);
    try {
      await elsewhere.fsync(descriptor);
    } finally {
      await closeNow(descriptor);
    }
  },
};

/**
 * By its descriptor: the library's handle costs more than all calls of a small file together. Syncing waits for the storage
 * device, and is never worth holding everything up for.
 */
function newFile(descriptor: number): NewFile {
  let isOpen = true;
  return {
    async write(chunk) {
      for (let start = 0; start < chunk.length; ) {
        const from = start;
        const there = async () => (await elsewhere.write(descriptor, chunk, from)).bytesWritten;
        const small = chunk.length - from <= SWIFT_BYTES;
        start += await (small ? swiftness.either(() => writeSync(descriptor, chunk, from), there) : there());
      }
    },
    setModifiedAt: (time) =>
      swiftness.either(
        () => futimesSync(descriptor, new Date(), time),
        () => elsewhere.futimes(descriptor, new Date(), time),
      ),
    datasync: () => elsewhere.fdatasync(descriptor),
    entry: () =>
      swiftness.either(
        () => entryOf(fstatSync(descriptor, { bigint: true })),
        async () => entryOf(await elsewhere.fstat(descriptor, { bigint: true })),
      ),
    async close() {
      // The system may give the number to another file at once: it is closed once, also when that fails.
      if (!isOpen) return;
      isOpen = false;
      await closeNow(descriptor);
    },
  };
}

function openNow(path: string, flags: number | 'wx', own = swiftness): Promise<number> {
  return own.either(
    () => openSync(path, flags),
    () => elsewhere.open(path, flags),
  );
}

function closeNow(descriptor: number): Promise<void> {
  return swiftness.either(
    () => closeSync(descriptor),
    () => elsewhere.close(descriptor),
  );
}

function oldFile(handle: FileHandle): OldFile {
  const buffer = Buffer.allocUnsafe(CHUNK);
  return {
    entry: async () => entryOf(await handle.stat({ bigint: true })),
    async read() {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      // A copy: whoever reads may keep what it got.
      return Uint8Array.prototype.slice.call(buffer, 0, bytesRead);
    },
    close: () => handle.close(),
  };
}

function entryOf(status: BigIntStats): Entry {
  const kind = status.isFile() ? 'file' : status.isDirectory() ? 'folder' : status.isSymbolicLink() ? 'link' : 'other';
  return { kind, size: Number(status.size), identity: `${status.dev}:${status.ino}`, changedAt: status.ctimeNs };
}

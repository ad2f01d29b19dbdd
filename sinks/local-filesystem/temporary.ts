/** Writing a file under a temporary name, to the last byte and down to the storage device. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  AlbarettoError,
  asAlbarettoError,
  ownIdentity,
  type PutOptions,
  printable,
  type StoreFile,
} from '../../src/plugin.js';
import { eachUntilAborted, throwIfAborted } from './abort.js';
import type { Disk, NewFile } from './disk.js';
import { destinationError, diskFailure, errnoOf, PLUGIN } from './failure.js';
import { temporaryName } from './temporary-name.js';

export interface Written {
  readonly size: number;
  readonly sha256: string;
}

/** One file on its way to its final name. */
export class Temporary {
  readonly path: string;
  readonly #disk: Disk;
  /** True from the moment when it may be there; a create that failed may have made it all the same. */
  #mayExist = false;

  private constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.path = path;
  }

  static async in(folder: string, disk: Disk): Promise<Temporary> {
    return new Temporary(disk, join(folder, temporaryName(await ownIdentity())));
  }

  /**
   * Writes all bytes, sets the time and puts the contents on the storage device.
   *
   * @throws E_TRUNCATED for fewer or more bytes than declared, E_DIGEST for other ones, E_INTERRUPTED, and what the disk
   * refuses. The file stays for `remove`.
   */
  async write(file: StoreFile, options: PutOptions): Promise<Written> {
    const output = await this.#create();
    try {
      const written = await copy(this.#toOutput(output), file, options);
      await this.#settle(output, file, written.size);
      await this.#calling('closing', () => output.close());
      return written;
    } catch (thrown) {
      // A second close does nothing; its failure must not hide the first one.
      await output.close().catch(() => {});
      throw thrown;
    }
  }

  /** To be called when the file was renamed: then nothing is left under the temporary name. */
  moved(): void {
    this.#mayExist = false;
  }

  /** Never throws. False when it is still there. */
  async remove(): Promise<boolean> {
    if (!this.#mayExist) return true;
    try {
      await this.#disk.unlink(this.path);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'ENOENT') return false;
    }
    this.#mayExist = false;
    return true;
  }

  async #create(): Promise<NewFile> {
    this.#mayExist = true;
    try {
      return await this.#disk.create(this.path);
    } catch (thrown) {
      if (errnoOf(thrown) === 'EEXIST') this.#mayExist = false;
      throw diskFailure('writing', this.path, thrown);
    }
  }

  #toOutput(output: NewFile): (chunk: Uint8Array) => Promise<void> {
    return (chunk) => this.#calling('writing', () => output.write(chunk));
  }

  async #settle(output: NewFile, file: StoreFile, size: number): Promise<void> {
    const entry = await this.#calling('looking at', () => output.entry());
    if (entry.size !== size) {
      throw destinationError(
        `${printable(this.path)} holds ${entry.size} bytes after ${size} were written`,
        'check the disk',
      );
    }
    const time = file.createdAt;
    // Before the sync, so that it takes the time along.
    if (time !== undefined && !Number.isNaN(time.getTime())) await this.#setTime(output, time);
    await this.#calling('syncing', () => output.datasync(), CANNOT_SYNC);
  }

  /** A file system that keeps no such times is no reason to lose the file. */
  #setTime(output: NewFile, time: Date): Promise<void> {
    return this.#calling('setting the time of', () => output.setModifiedAt(time), CANNOT_SET_TIME);
  }

  async #calling<T>(what: string, call: () => Promise<T>, tolerated?: ReadonlySet<string>): Promise<T> {
    try {
      return await call();
    } catch (thrown) {
      if (tolerated?.has(errnoOf(thrown) ?? '')) return undefined as T;
      throw diskFailure(what, this.path, thrown);
    }
  }
}

const CANNOT_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
const CANNOT_SET_TIME = new Set(['EPERM', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ERANGE', 'EOVERFLOW']);

async function copy(
  write: (chunk: Uint8Array) => Promise<void>,
  file: StoreFile,
  options: PutOptions,
): Promise<Written> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of chunksOf(file, options.signal)) {
    size += chunk.length;
    if (size > file.bytes.size) throw wrongLength(file, 'has more bytes');
    hash.update(chunk);
    await write(chunk);
    options.onProgress?.(size);
  }
  if (size < file.bytes.size) throw wrongLength(file, `ended after ${size} bytes`);
  const sha256 = hash.digest('hex');
  if (sha256 !== declaredSha256(file)) {
    throw new AlbarettoError({
      code: 'E_DIGEST',
      plugin: PLUGIN,
      message: `the bytes of ${printable(file.name)} have changed`,
      hint: 'fetch it again',
    });
  }
  return { size, sha256 };
}

/** What is in memory is there already, and needs nobody who watches for an abort while it comes. */
function chunksOf(file: StoreFile, signal: AbortSignal | undefined): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  const { inMemory } = file.bytes;
  return inMemory === undefined ? eachUntilAborted(source(file, signal), signal) : slicesOf(inMemory, signal);
}

const SLICE = 1_048_576;

function* slicesOf(content: Uint8Array, signal: AbortSignal | undefined): Generator<Uint8Array> {
  for (let at = 0; at < content.length; at += SLICE) {
    throwIfAborted(signal);
    yield content.subarray(at, at + SLICE);
  }
}

/** A reader's failure is not the destination's: it keeps its own code, or is told as what it is. */
async function* source(file: StoreFile, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  try {
    yield* file.bytes.open();
  } catch (thrown) {
    throw asAlbarettoError(thrown, signal);
  }
}

/** @throws E_INTERNAL for bytes without one: their contract promises it. */
export function declaredSha256(file: StoreFile): string {
  const digest = file.bytes.digests.find(({ algorithm }) => algorithm === 'sha256');
  if (digest !== undefined) return digest.hex;
  throw new AlbarettoError({
    code: 'E_INTERNAL',
    plugin: PLUGIN,
    message: `${printable(file.name)} came without a sha256`,
  });
}

function wrongLength(file: StoreFile, what: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_TRUNCATED',
    plugin: PLUGIN,
    message: `${printable(file.name)} ${what}, declared are ${file.bytes.size}`,
    hint: 'fetch it again',
  });
}

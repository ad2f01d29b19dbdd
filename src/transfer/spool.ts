/**
 * Where the bytes of an item wait while they come and until they are saved: in memory as long as the budget lasts, in a
 * private folder beyond it. One item may be larger than memory.
 */

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { Disk, DiskFile } from '../disk.js';
import type { Digest } from '../model.js';
import type { Bytes } from '../plugin.js';
import { bytesInMemory } from './bytes.js';

/** How many bytes may be held in memory, by all who share it. */
export interface MemoryBudget {
  /** False when they do not fit any more; nothing is taken then. */
  take(bytes: number): boolean;
  give(bytes: number): void;
  readonly used: number;
  readonly limit: number;
}

export function createMemoryBudget(limit: number): MemoryBudget {
  let used = 0;
  return {
    limit,
    take(bytes) {
      if (used + bytes > limit) return false;
      used += bytes;
      return true;
    },
    give(bytes) {
      used = Math.max(0, used - bytes);
    },
    get used() {
      return used;
    },
  };
}

/** Bytes that take room until they are let go. */
export interface HeldBytes extends Bytes {
  /** Where they are, when they are not in memory. */
  readonly path?: string;
  /** Gives the room back: the memory, or the file. They cannot be read afterwards. May be called twice. */
  release(): Promise<void>;
}

/** One body on its way in. */
export interface SpoolWriter {
  readonly size: number;
  write(chunk: Uint8Array): Promise<void>;
  /** Forgets what came: the body is fetched anew. */
  reset(): Promise<void>;
  /** The whole body, which can be read as often as wanted. */
  finish(digests: readonly Digest[]): Promise<HeldBytes>;
  /** Gives the room back. Never throws: a file that cannot be removed now is a part, and parts are cleaned later. */
  discard(): Promise<void>;
}

export interface SpoolOptions {
  readonly budget: MemoryBudget;
  readonly disk: Disk;
  /** The private folder; asked for, and made, when the first body does not fit. */
  folder(): Promise<string>;
}

/** Unverified bytes bear this ending; whoever cleans up knows them by it. */
export const PART_SUFFIX = '.part';

export function openSpoolWriter(options: SpoolOptions): SpoolWriter {
  return new Writer(options);
}

/** For bodies that certainly fit: all in memory, without a budget. */
export function openMemoryWriter(): SpoolWriter {
  const refuse = (): never => {
    throw new TypeError('a writer without a budget spills nothing');
  };
  return new Writer({ budget: createMemoryBudget(Number.POSITIVE_INFINITY), disk: undefined as never, folder: refuse });
}

interface SpillFile {
  readonly handle: DiskFile;
  readonly path: string;
}

class Writer implements SpoolWriter {
  readonly #options: SpoolOptions;
  #chunks: Uint8Array[] = [];
  #held = 0;
  #file: SpillFile | undefined;
  #size = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.length;
    if (this.#file === undefined && this.#options.budget.take(chunk.length)) {
      this.#held += chunk.length;
      this.#chunks.push(chunk);
      return;
    }
    const file = this.#file ?? (await this.#spill());
    await file.handle.write(chunk);
  }

  async reset(): Promise<void> {
    await this.discard();
    this.#size = 0;
  }

  async finish(digests: readonly Digest[]): Promise<HeldBytes> {
    const file = this.#file;
    if (file !== undefined) {
      // Until it is closed it is ours to remove: a full disk may be told only then.
      await file.handle.close();
      this.#file = undefined;
      return fileBytes(file.path, this.#size, digests, this.#options.disk);
    }
    const content = Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    const { budget } = this.#options;
    let held = this.#held;
    this.#held = 0;
    return {
      ...bytesInMemory(content, digests),
      release: async () => {
        budget.give(held);
        held = 0;
      },
    };
  }

  async discard(): Promise<void> {
    this.#options.budget.give(this.#held);
    this.#held = 0;
    this.#chunks = [];
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    await file.handle.close().catch(() => undefined);
    await this.#options.disk.remove(file.path).catch(() => undefined);
  }

  /** What came so far goes to a file, and so does everything that follows. */
  async #spill(): Promise<SpillFile> {
    const path = join(await this.#options.folder(), `${randomUUID()}${PART_SUFFIX}`);
    const file: SpillFile = { handle: await this.#options.disk.create(path), path };
    this.#file = file;
    for (const chunk of this.#chunks) await file.handle.write(chunk);
    this.#options.budget.give(this.#held);
    this.#held = 0;
    this.#chunks = [];
    return file;
  }
}

export interface FileBytes extends HeldBytes {
  readonly path: string;
}

/** Bytes in a file of the private folder. */
export function fileBytes(path: string, size: number, digests: readonly Digest[], disk: Disk): FileBytes {
  return {
    size,
    digests,
    path,
    open: (offset = 0) => createReadStream(path, { start: offset, highWaterMark: 1_048_576 }),
    release: () => disk.remove(path),
  };
}

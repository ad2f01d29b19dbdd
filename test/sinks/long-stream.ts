/** A body that is larger than what may be in memory of it, and the measuring of what is. */

import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Bytes } from '../../src/plugin.js';

export const MEBIBYTE = 1_048_576;

/** Bytes that nobody holds: each chunk of 256 KiB is made when it is asked for, and is like no other one. */
export function longStream(size: number): Bytes {
  const open = async function* (offset = 0): AsyncGenerator<Uint8Array> {
    for (let at = offset; at < size; ) {
      const end = Math.min(size, at - (at % CHUNK) + CHUNK);
      yield chunkAt(at, end - at);
      at = end;
    }
  };
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += CHUNK) hash.update(chunkAt(at, Math.min(CHUNK, size - at)));
  return { size, digests: [{ algorithm: 'sha256', hex: hash.digest('hex') }], open };
}

const CHUNK = 262_144;

/** @param offset A chunk's beginning, or a place within one: its bytes are the same then. */
function chunkAt(offset: number, length: number): Uint8Array {
  const number = Math.floor(offset / CHUNK);
  const chunk = Buffer.alloc(length, number % 251);
  if (offset % CHUNK === 0 && length >= 4) chunk.writeUInt32LE(number, 0);
  return chunk;
}

export interface BufferWatch {
  /** Looks at what is in memory now. */
  sample(): Promise<void>;
  /** The most bytes in buffers at any sample, beyond those at the beginning. */
  readonly most: number;
  readonly samples: number;
}

/** Counts bytes of buffers that somebody still holds: what nobody holds is collected before each look. */
export async function watchBuffers(): Promise<BufferWatch> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = async (): Promise<number> => {
    // Twice, with a turn of the loop between: what ended in this turn is let go in the next.
    collect();
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    return process.memoryUsage().arrayBuffers;
  };
  const before = await held();
  const watch = {
    most: 0,
    samples: 0,
    async sample() {
      watch.samples += 1;
      watch.most = Math.max(watch.most, (await held()) - before);
    },
  };
  return watch;
}

/** The chunks that WebP and WAVE files are made of. */

import type { ByteReader, Reading } from './byte-reader.js';
import { damaged } from './verdict.js';

export interface RiffChunk {
  readonly type: string;
  readonly size: number;
  /** The offset behind the last byte, without padding. */
  readonly end: number;
}

/** Passes the file's head by; answers the number of bytes that it says follow the first eight. */
export function* readRiffHead(reader: ByteReader): Reading<number> {
  reader.cut = 'ends inside its RIFF header';
  return (yield* reader.take(12)).readUInt32LE(4);
}

/** The head of the next chunk, which must end before `limit`. */
export function* readRiffChunk(reader: ByteReader, limit: number): Reading<RiffChunk> {
  reader.cut = 'ends before the length in its header';
  const head = yield* reader.take(8);
  const type = head.toString('latin1', 0, 4);
  if (!/^[\x20-\x7e]{4}$/u.test(type)) throw damaged('has bytes where a RIFF chunk should begin');
  const size = head.readUInt32LE(4);
  const end = reader.offset + size;
  if (end > limit) throw damaged('has a chunk that is longer than the file should be');
  reader.cut = `ends inside its ${type.trim()} chunk`;
  return { type, size, end };
}

/** Passes the rest of a chunk by, and the byte of padding where there is one. */
export function* leaveRiffChunk(reader: ByteReader, chunk: RiffChunk, limit: number): Reading<void> {
  const padded = Math.min(chunk.end + (chunk.size % 2), limit);
  yield* reader.skip(padded - reader.offset);
}

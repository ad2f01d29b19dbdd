/**
 * PNG and APNG (W3C, "Portable Network Graphics Specification", third edition): every chunk's length and CRC, the header
 * first, pictures present, the end last and nothing behind it.
 */

import type { ByteReader, Reading } from './byte-reader.js';
import { crc32 } from './crc32.js';
import { type Format, type Limits, pixels, readTail } from './format.js';
import { damaged } from './verdict.js';

interface Chunk {
  readonly type: string;
  /** Of the header alone; other chunks are not held. */
  readonly data: Buffer | undefined;
}

const HEADER_LENGTH = 13;
const LONGEST_CHUNK = 0x7fff_ffff;

/** The bit depths that each colour type may have. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const INDEXED_COLOUR = 3;

export const png: Format = {
  claim: () => 'image/png',
  signatures: ['\x89PNG\r\n\x1a\n'],
  *read(reader, limits) {
    yield* reader.take(8);
    const header = (yield* readChunk(reader, true)).data!;
    const size = readHeader(header, limits);
    const seen = new Set<string>();
    for (;;) {
      const { type } = yield* readChunk(reader, false);
      if (type === 'IEND') break;
      seen.add(type);
    }
    if (!seen.has('IDAT')) throw damaged('holds no picture (no IDAT chunk)');
    if (header[9] === INDEXED_COLOUR && !seen.has('PLTE')) throw damaged('lacks its palette (no PLTE chunk)');
    return { mediaType: 'image/png', ...size, animated: seen.has('acTL'), ...(yield* readTail(reader)) };
  },
};

function* readChunk(reader: ByteReader, first: boolean): Reading<Chunk> {
  reader.cut = 'ends before its IEND chunk';
  const head = yield* reader.take(8);
  const length = head.readUInt32BE(0);
  const type = head.toString('latin1', 4);
  if (!/^[A-Za-z]{4}$/u.test(type) || length > LONGEST_CHUNK) throw damaged('has bytes where a PNG chunk should begin');
  if (first !== (type === 'IHDR')) throw damaged(first ? 'does not begin with its header' : 'has two headers');
  if (first && length !== HEADER_LENGTH) throw damaged('has a header of a wrong length');
  if (type === 'IEND' && length > 0) throw damaged('has an end of a wrong length');
  reader.cut = `ends inside its ${type} chunk`;
  let crc = crc32(head.subarray(4), 0);
  const look = (part: Uint8Array) => {
    crc = crc32(part, crc);
  };
  const data = first ? yield* reader.take(length) : undefined;
  if (data === undefined) yield* reader.skip(length, look);
  else look(data);
  if ((yield* reader.take(4)).readUInt32BE(0) !== crc) throw damaged(`has a damaged ${type} chunk (its CRC differs)`);
  return { type, data };
}

function readHeader(header: Buffer, limits: Limits): { width: number; height: number } {
  const [depth, colour, compression, filter, interlace] = header.subarray(8);
  const known = DEPTHS[colour!]?.includes(depth!) && compression === 0 && filter === 0 && interlace! <= 1;
  if (!known) throw damaged('has an impossible header');
  return pixels(header.readUInt32BE(0), header.readUInt32BE(4), limits);
}

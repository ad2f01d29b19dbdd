/**
 * WebP (RFC 9649): the chunks fill the length in the header, and each picture begins as its kind must. ImageMagick 6 leaves
 * bytes behind an animation.
 */

import type { ByteReader, Reading } from './byte-reader.js';
import { type Format, type Limits, pixels, readTail } from './format.js';
import { leaveRiffChunk, type RiffChunk, readRiffChunk, readRiffHead } from './riff.js';
import { damaged } from './verdict.js';

interface Size {
  readonly width: number;
  readonly height: number;
}

const ANIMATION_FLAG = 0x02;
const LOSSLESS_MARK = 0x2f;
const FRAME_HEAD = 16;

export const webp: Format = {
  claim: () => 'image/webp',
  signatures: ['RIFF????WEBP'],
  *read(reader, limits) {
    const end = 8 + (yield* readRiffHead(reader));
    const first = yield* readRiffChunk(reader, end);
    const extended = first.type === 'VP8X' ? yield* readExtended(reader, first, limits) : undefined;
    const still = extended === undefined ? yield* readPicture(reader, first, limits) : undefined;
    if (extended === undefined && still === undefined) throw damaged('does not begin with a picture');
    yield* leaveRiffChunk(reader, first, end);
    let pictures = still === undefined ? 0 : 1;
    while (reader.offset < end) {
      const chunk = yield* readRiffChunk(reader, end);
      if (chunk.type === 'ANMF') yield* checkFrame(reader, chunk, limits);
      if (chunk.type === 'ANMF' || (yield* readPicture(reader, chunk, limits)) !== undefined) pictures += 1;
      yield* leaveRiffChunk(reader, chunk, end);
    }
    if (pictures === 0) throw damaged('holds no picture');
    // An odd length is against the rules, but some encoders write it and then the byte of padding.
    if (end % 2 === 1 && !(yield* reader.atEnd())) yield* reader.skip(1);
    const animated = extended?.animated ?? false;
    return { mediaType: 'image/webp', ...(extended ?? still!), animated, ...(yield* readTail(reader)) };
  },
};

function* readExtended(reader: ByteReader, chunk: RiffChunk, limits: Limits): Reading<Size & { animated: boolean }> {
  if (chunk.size < 10) throw damaged('has an impossible header');
  const data = yield* reader.take(10);
  const animated = (data[0]! & ANIMATION_FLAG) !== 0;
  return { ...pixels(1 + data.readUIntLE(4, 3), 1 + data.readUIntLE(7, 3), limits), animated };
}

/** The size of a picture; undefined for a chunk that is none. */
function* readPicture(reader: ByteReader, chunk: RiffChunk, limits: Limits): Reading<Size | undefined> {
  if (chunk.type === 'VP8 ') return yield* readLossy(reader, chunk, limits);
  if (chunk.type === 'VP8L') return yield* readLossless(reader, chunk, limits);
  return undefined;
}

/** RFC 6386, section 9.1: a key frame, its start code, and a first partition that fits. */
function* readLossy(reader: ByteReader, chunk: RiffChunk, limits: Limits): Reading<Size> {
  if (chunk.size < 10) throw damaged('has an empty picture');
  const data = yield* reader.take(10);
  const tag = data.readUIntLE(0, 3);
  const startCode = data.readUIntBE(3, 3);
  if ((tag & 1) !== 0 || startCode !== 0x9d012a || 10 + (tag >> 5) > chunk.size) throw damaged('has a damaged picture');
  return pixels(data.readUInt16LE(6) & 0x3fff, data.readUInt16LE(8) & 0x3fff, limits);
}

function* readLossless(reader: ByteReader, chunk: RiffChunk, limits: Limits): Reading<Size> {
  if (chunk.size < 5) throw damaged('has an empty picture');
  const data = yield* reader.take(5);
  const bits = data.readUInt32LE(1);
  if (data[0] !== LOSSLESS_MARK || bits >>> 29 !== 0) throw damaged('has a damaged picture');
  return pixels(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff), limits);
}

/** A frame of an animation holds chunks of its own. */
function* checkFrame(reader: ByteReader, frame: RiffChunk, limits: Limits): Reading<void> {
  if (frame.size < FRAME_HEAD) throw damaged('has an empty frame');
  yield* reader.skip(FRAME_HEAD);
  let pictures = 0;
  while (reader.offset < frame.end) {
    const chunk = yield* readRiffChunk(reader, frame.end);
    if ((yield* readPicture(reader, chunk, limits)) !== undefined) pictures += 1;
    yield* leaveRiffChunk(reader, chunk, frame.end);
  }
  if (pictures === 0) throw damaged('has an empty frame');
}

/** MP4 and AVIF files: boxes around pictures that real decoders read. */

import { jpeg } from './jpeg.js';
import { noiseBytes } from './noise.js';

export function box(type: string, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

/** A box that begins with a version and flags. */
function fullBox(
  type: string,
  version: number,
  flags: number,
  ...parts: readonly (Uint8Array | readonly number[])[]
): Buffer {
  return box(type, [version, 0, flags >> 8, flags & 0xff], ...parts);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4);
  return bytes;
}

function uint16(...values: readonly number[]): number[] {
  return values.flatMap((value) => [value >> 8, value & 0xff]);
}

export interface Mp4Options {
  /** The index behind the pictures, as cameras and many encoders write it. */
  readonly indexLast?: boolean;
}

const FRAMES = 3;
/** Gives 16 × 16 pixels; some readers doubt a smaller video. */
const SMALLEST_FRAME = 700;
const MATRIX = uint32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** A video of three Motion JPEG frames. */
export function mp4(seed: number, approximateBytes: number, options: Mp4Options = {}): Buffer {
  const frames = Array.from({ length: FRAMES }, (_, index) =>
    jpeg(seed * 7 + index, Math.max(SMALLEST_FRAME, (approximateBytes - 700) / FRAMES)),
  );
  const side = frames[0]!.readUInt16BE(frames[0]!.indexOf(Buffer.from([0xff, 0xc0])) + 5);
  const brand = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2mp41', 'latin1'));
  const media = box('mdat', ...frames);
  if (options.indexLast) return Buffer.concat([brand, media, movie(side, frames, brand.length + 8)]);
  const index = movie(side, frames, brand.length + movie(side, frames, 0).length + 8);
  return Buffer.concat([brand, index, media]);
}

function movie(side: number, frames: readonly Buffer[], firstFrameAt: number): Buffer {
  const header = fullBox(
    'mvhd',
    0,
    0,
    uint32(0, 0, 1000, FRAMES * 100, 0x10000),
    [1, 0],
    Buffer.alloc(10),
    MATRIX,
    Buffer.alloc(24),
    uint32(2),
  );
  const size = uint32(side << 16, side << 16);
  const trackHeader = fullBox('tkhd', 0, 3, uint32(0, 0, 1, 0, FRAMES * 100), Buffer.alloc(16), MATRIX, size);
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, uint32(0, 0, 1000, FRAMES * 100), [0x55, 0xc4, 0, 0]),
    fullBox('hdlr', 0, 0, uint32(0), Buffer.from('vide', 'latin1'), Buffer.alloc(12), Buffer.from('video\0', 'latin1')),
    box(
      'minf',
      fullBox('vmhd', 0, 1, Buffer.alloc(8)),
      box('dinf', fullBox('dref', 0, 0, uint32(1), fullBox('url ', 0, 1))),
      sampleTable(side, frames, firstFrameAt),
    ),
  );
  return box('moov', header, box('trak', trackHeader, media));
}

function sampleTable(side: number, frames: readonly Buffer[], firstFrameAt: number): Buffer {
  const offsets = frames.map((_, index) =>
    frames.slice(0, index).reduce((sum, frame) => sum + frame.length, firstFrameAt),
  );
  // 0x6C is the registered object type of JPEG; 0x11 says that the stream is visual.
  const decoder = [4, 13, 0x6c, 0x11, 0, 0, 0, ...uint32(0, 0)];
  const stream = fullBox('esds', 0, 0, [3, 3 + decoder.length + 3, 0, 1, 0], decoder, [6, 1, 2]);
  const resolution = uint32(0x480000, 0x480000);
  const entry = [
    Buffer.alloc(6),
    [0, 1],
    Buffer.alloc(16),
    uint16(side, side),
    resolution,
    Buffer.alloc(4),
    [0, 1],
    Buffer.alloc(32),
    [0, 24, 0xff, 0xff],
  ];
  return box(
    'stbl',
    fullBox('stsd', 0, 0, uint32(1), box('mp4v', ...entry, stream)),
    fullBox('stts', 0, 0, uint32(1, FRAMES, 100)),
    fullBox('stsc', 0, 0, uint32(1, 1, 1, 1)),
    fullBox('stsz', 0, 0, uint32(0, FRAMES, ...frames.map((frame) => frame.length))),
    fullBox('stco', 0, 0, uint32(FRAMES, ...offsets)),
  );
}

/** One AV1 key frame of 16 × 16 pixels, from libaom. */
const AV1_FRAME = Buffer.from('EgAKCRgM/9ggIaAwgDIVGwAaaaaEADGcfphuB/6TK+c9YKKA', 'base64');
const AV1_SIDE = 16;

/** A picture of 16 × 16 pixels; to be as large as asked for, it carries noise that no decoder looks at. */
export function avif(seed: number, approximateBytes: number): Buffer {
  const brand = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1miafMA1B', 'latin1'));
  const filler = noiseBytes(seed, Math.max(4, approximateBytes - 320));
  const frameAt = brand.length + itemIndex(0).length + 8 + filler.length;
  return Buffer.concat([brand, itemIndex(frameAt), box('mdat', filler, AV1_FRAME)]);
}

function itemIndex(frameAt: number): Buffer {
  const properties = box(
    'ipco',
    fullBox('ispe', 0, 0, uint32(AV1_SIDE, AV1_SIDE)),
    fullBox('pixi', 0, 0, [3, 8, 8, 8]),
    box('av1C', [0x81, 0x00, 0x0c, 0x00]),
    box('colr', Buffer.from('nclx', 'latin1'), uint16(1, 13, 1), [0x80]),
  );
  return fullBox(
    'meta',
    0,
    0,
    fullBox('hdlr', 0, 0, uint32(0), Buffer.from('pict', 'latin1'), Buffer.alloc(13)),
    fullBox('pitm', 0, 0, [0, 1]),
    fullBox('iloc', 0, 0, [0x44, 0x00], uint16(1, 1, 0, 1), uint32(frameAt, AV1_FRAME.length)),
    fullBox('iinf', 0, 0, [0, 1], fullBox('infe', 2, 0, uint16(1, 0), Buffer.from('av01\0', 'latin1'))),
    box('iprp', properties, fullBox('ipma', 0, 0, uint32(1), [0, 1, 4, 1, 2, 0x83, 4])),
  );
}

/**
 * A JPEG encoder that makes up the frequencies instead of transforming a picture: valid baseline and progressive files
 * of any size without an arithmetic of cosines. Its Huffman tables are flat.
 */

import { BitWriter } from './bits.js';
import { noise } from './noise.js';

export interface JpegOptions {
  readonly progressive?: boolean;
  /** A restart marker after so many groups of blocks; 0 for none. */
  readonly restartInterval?: number;
  /** A whole JPEG that is put into an Exif segment. */
  readonly thumbnail?: Buffer;
}

/** Frequencies of one block that are not zero: position in zigzag order and value. The first is position 0. */
type Block = readonly (readonly [position: number, value: number])[];

const COMPONENTS = [1, 2, 3];
const DC_CODE_BITS = 4;
const AC_CODE_BITS = 8;
/**
 * Every symbol of the AC table: the end of a block, 16 zeros, a run of 0 to 15 zeros and a size of 1 to 10 bits. One that
 * is common stands where its code ends in seven ones, so that picture data holds bytes of 0xFF, as those of others do.
 */
const AC_SYMBOLS = [0x00, 0xf0, ...Array.from({ length: 160 }, (_, index) => ((index % 16) << 4) | (1 + (index >> 4)))];
const COMMON_SYMBOL = AC_SYMBOLS.indexOf(0x03);
[AC_SYMBOLS[0x7f], AC_SYMBOLS[COMMON_SYMBOL]] = [AC_SYMBOLS[COMMON_SYMBOL]!, AC_SYMBOLS[0x7f]!];
/** The code of each symbol: its place in the table. */
const AC_CODES = new Map(AC_SYMBOLS.map((symbol, code) => [symbol, code]));
/** What a group of three blocks takes on average. */
const BYTES_PER_GROUP = 46;

export function jpeg(seed: number, approximateBytes: number, options: JpegOptions = {}): Buffer {
  const side = Math.max(1, Math.round(Math.sqrt(Math.max(0, approximateBytes - 500) / BYTES_PER_GROUP)));
  const blocks = COMPONENTS.map((component) => inventBlocks(seed * 31 + component, side * side));
  const interval = options.restartInterval ?? 0;
  const parts = [Buffer.from([0xff, 0xd8]), segment(0xe0, Buffer.from('JFIF\0\x01\x01\0\0\x01\0\x01\0\0', 'latin1'))];
  if (options.thumbnail) parts.push(segment(0xe1, exif(options.thumbnail)));
  parts.push(segment(0xdb, Buffer.from([0, ...new Array<number>(64).fill(4)])), frame(side * 8, options), ...tables());
  if (interval > 0) parts.push(segment(0xdd, Buffer.from([interval >> 8, interval & 0xff])));
  if (options.progressive) {
    parts.push(scan(COMPONENTS, 0, 0), entropy(blocks, 'first', interval));
    for (const component of COMPONENTS) {
      parts.push(scan([component], 1, 63), entropy([blocks[component - 1]!], 'others', interval));
    }
  } else parts.push(scan(COMPONENTS, 0, 63), entropy(blocks, 'all', interval));
  return Buffer.concat([...parts, Buffer.from([0xff, 0xd9])]);
}

function inventBlocks(seed: number, count: number): Block[] {
  const next = noise(seed);
  return Array.from({ length: count }, () => {
    const block: [number, number][] = [[0, (next() % 129) - 64]];
    for (let position = 1 + (next() % 4); position < 64 && block.length < 11; position += 1 + (next() % 4)) {
      block.push([position, (next() & 1 ? 1 : -1) * (1 + (next() % 7))]);
    }
    return block;
  });
}

export function segment(marker: number, data: Uint8Array): Buffer {
  const length = data.length + 2;
  return Buffer.concat([Buffer.from([0xff, marker, length >> 8, length & 0xff]), data]);
}

/** An Exif record that holds nothing but a thumbnail. */
function exif(thumbnail: Buffer): Buffer {
  const head = Buffer.from('Exif\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\x0e', 'latin1');
  const start = 14 + 2 + 3 * 12 + 4; // behind the second directory, counted from the MM
  const directory = Buffer.alloc(2 + 3 * 12 + 4);
  directory.writeUInt16BE(3, 0);
  const fields = [
    [0x0103, 3, 6 << 16], // compressed as an old-style JPEG
    [0x0201, 4, start],
    [0x0202, 4, thumbnail.length],
  ] as const;
  for (const [index, [tag, type, value]] of fields.entries()) {
    const at = 2 + index * 12;
    directory.writeUInt16BE(tag, at);
    directory.writeUInt16BE(type, at + 2);
    directory.writeUInt32BE(1, at + 4);
    directory.writeUInt32BE(value, at + 8);
  }
  return Buffer.concat([head, directory, thumbnail]);
}

function frame(side: number, options: JpegOptions): Buffer {
  const size = [side >> 8, side & 0xff, side >> 8, side & 0xff];
  const components = COMPONENTS.flatMap((component) => [component, 0x11, 0]);
  return segment(options.progressive ? 0xc2 : 0xc0, Buffer.from([8, ...size, COMPONENTS.length, ...components]));
}

/** The flat tables: symbol number n has the code n. */
function tables(): Buffer[] {
  const counts = (bits: number, symbols: number) =>
    Array.from({ length: 16 }, (_, at) => (at + 1 === bits ? symbols : 0));
  const dcSymbols = Array.from({ length: 12 }, (_, size) => size);
  return [
    segment(0xc4, Buffer.from([0x00, ...counts(DC_CODE_BITS, dcSymbols.length), ...dcSymbols])),
    segment(0xc4, Buffer.from([0x10, ...counts(AC_CODE_BITS, AC_SYMBOLS.length), ...AC_SYMBOLS])),
  ];
}

function scan(components: readonly number[], first: number, last: number): Buffer {
  return segment(0xda, Buffer.from([components.length, ...components.flatMap((id) => [id, 0x00]), first, last, 0]));
}

/** The compressed blocks of a scan: the first frequency of each, the others, or all. */
function entropy(components: readonly Block[][], which: 'first' | 'others' | 'all', interval: number): Buffer {
  const bits = new BitWriter('highest-first', (byte) => (byte === 0xff ? [0xff, 0x00] : [byte]));
  let before = components.map(() => 0);
  for (let group = 0; group < components[0]!.length; group += 1) {
    if (interval > 0 && group > 0 && group % interval === 0) {
      bits.align(1);
      bits.raw(0xff, 0xd0 + ((group / interval - 1) % 8));
      before = components.map(() => 0);
    }
    for (const [component, blocks] of components.entries()) {
      const block = blocks[group]!;
      if (which !== 'others') {
        const value = block[0]![1];
        writeNumber(bits, value - before[component]!, (size) => bits.write(size, DC_CODE_BITS));
        before[component] = value;
      }
      if (which !== 'first') writeOthers(bits, block);
    }
  }
  bits.align(1);
  return bits.finish();
}

function writeOthers(bits: BitWriter, block: Block): void {
  let reached = 0;
  for (const [position, value] of block.slice(1)) {
    const run = position - reached - 1;
    writeNumber(bits, value, (size) => bits.write(AC_CODES.get((run << 4) | size)!, AC_CODE_BITS));
    reached = position;
  }
  if (reached < 63) bits.write(AC_CODES.get(0x00)!, AC_CODE_BITS);
}

/** A number as JPEG writes it: the code of its size, then its bits, negative ones less one. */
function writeNumber(bits: BitWriter, value: number, writeSize: (size: number) => void): void {
  const size = 32 - Math.clz32(Math.abs(value));
  writeSize(size);
  bits.write(value < 0 ? value + (1 << size) - 1 : value, size);
}

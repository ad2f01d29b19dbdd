/**
 * MP3 (ISO/IEC 11172-3 and 13818-3, layer III): tags and frames one behind the other. Only the index that most encoders
 * put into the first frame (`Xing`, `Info`) says how many there are.
 */

import type { ByteReader, Reading } from './byte-reader.js';
import type { Format } from './format.js';
import { damaged, Flaw, type Whole } from './verdict.js';

/** Kilobits a second by the header's index, for MPEG 1 and for MPEG 2 and 2.5. */
const BIT_RATES = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const;
const SAMPLE_RATES = [44_100, 48_000, 32_000] as const;
/** By the header's two bits of version: MPEG 2.5, none, MPEG 2, MPEG 1. */
const RATE_DIVISORS = [4, 0, 2, 1] as const;
const LAYER_3 = 1;
const BITS_FOR_BYTES = 0x2;

interface Frame {
  readonly length: number;
  /** Where the index would stand, from the start of the frame. */
  readonly indexAt: number;
}

export const mp3: Format = {
  claim: () => 'audio/mpeg',
  signatures: ['ID3\x02', 'ID3\x03', 'ID3\x04', ...'\xfb\xfa\xf3\xf2\xe3\xe2'].map((start) =>
    start.length > 1 ? start : `\xff${start}`,
  ),
  *read(reader) {
    let frames = 0;
    let expectedEnd: number | undefined;
    while (!(yield* reader.atEnd())) {
      reader.cut = frames > 0 ? 'ends inside a frame' : 'ends before its first frame';
      const start = reader.offset;
      const head = yield* reader.take(4);
      if (yield* skipTag(reader, head)) continue;
      const frame = readFrameHead(head);
      if (frames === 0) expectedEnd = yield* readIndex(reader, frame, start);
      yield* reader.skip(start + frame.length - reader.offset);
      frames += 1;
    }
    if (frames === 0) throw new Flaw('truncated', 'ends before its first frame');
    if (expectedEnd !== undefined && reader.offset < expectedEnd)
      throw new Flaw('truncated', 'ends before its last frame');
    const proof = expectedEnd === undefined ? { openEnd: 'more frames could follow' } : {};
    return { mediaType: 'audio/mpeg', ...proof } satisfies Whole;
  },
};

/** Passes a tag by; answers whether it was one. */
function* skipTag(reader: ByteReader, head: Buffer): Reading<boolean> {
  const name = head.toString('latin1', 0, 3);
  if (name === 'ID3') {
    const rest = yield* reader.take(6);
    // Seven bits a byte, so that no byte of the size looks like a frame.
    const size = [...rest.subarray(2)].reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    const footer = rest[1]! & 0x10 ? 10 : 0;
    yield* reader.skip(size + footer);
  } else if (name === 'TAG') yield* reader.skip(124);
  else if (head.toString('latin1') === 'APET') {
    const rest = yield* reader.take(28);
    // The size counts the items and one of the two heads that stand around them.
    if (rest.toString('latin1', 0, 4) !== 'AGEX') throw damaged('loses its frames');
    const isFirst = (rest.readUInt32LE(16) & 0x2000_0000) !== 0;
    if (isFirst) yield* reader.skip(rest.readUInt32LE(8));
  } else return false;
  return true;
}

function readFrameHead(head: Buffer): Frame {
  const bits = head.readUInt32BE(0);
  const version = (bits >>> 19) & 3;
  const divisor = RATE_DIVISORS[version]!;
  const sampleRate = SAMPLE_RATES[(bits >>> 10) & 3];
  const bitRate = BIT_RATES[divisor === 1 ? 1 : 2][(bits >>> 12) & 15];
  const inSync = bits >>> 21 === 0x7ff && ((bits >>> 17) & 3) === LAYER_3 && divisor !== 0;
  if (!inSync || sampleRate === undefined || bitRate === undefined || bitRate === 0) throw damaged('loses its frames');
  const mono = ((bits >>> 6) & 3) === 3;
  const samples = divisor === 1 ? 144 : 72;
  const length = Math.floor((samples * bitRate * 1000) / (sampleRate / divisor)) + ((bits >>> 9) & 1);
  const sideInformation = divisor === 1 ? (mono ? 17 : 32) : mono ? 9 : 17;
  return { length, indexAt: 4 + sideInformation };
}

/** The offset behind the last frame, where the first frame tells the number of bytes. */
function* readIndex(reader: ByteReader, frame: Frame, start: number): Reading<number | undefined> {
  if (frame.length < frame.indexAt + 16) return undefined;
  const data = yield* reader.take(frame.indexAt + 16 - 4);
  const index = data.subarray(frame.indexAt - 4);
  if (!['Xing', 'Info'].includes(index.toString('latin1', 0, 4))) return undefined;
  const flags = index.readUInt32BE(4);
  if (!(flags & BITS_FOR_BYTES)) return undefined;
  return start + index.readUInt32BE(flags & 1 ? 12 : 8);
}

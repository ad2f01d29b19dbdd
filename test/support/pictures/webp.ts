/** A lossless WebP encoder whose picture is noise, so that every pixel costs three bytes. */

import { BitWriter } from './bits.js';
import { noiseBytes } from './noise.js';

/** A RIFF file; chunks of odd length are padded as the format asks. */
export function riffFile(form: string, ...chunks: readonly Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from(form, 'latin1'), ...chunks]);
  const head = Buffer.from('RIFF\0\0\0\0', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

export function riffChunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.from(`${type}\0\0\0\0`, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

export function webp(seed: number, approximateBytes: number): Buffer {
  const side = sideFor(approximateBytes);
  return riffFile('WEBP', riffChunk('VP8L', lossless(side, side, seed)));
}

/** The extended form with an animation of noise. */
export function animatedWebp(seed: number, approximateBytes: number, frames = 3): Buffer {
  const side = sideFor(approximateBytes / frames);
  const extended = Buffer.alloc(10);
  extended[0] = 0x02; // the flag for an animation
  extended.writeUIntLE(side - 1, 4, 3);
  extended.writeUIntLE(side - 1, 7, 3);
  const chunks = [riffChunk('VP8X', extended), riffChunk('ANIM', Buffer.alloc(6))];
  for (let frame = 0; frame < frames; frame += 1) {
    const head = Buffer.alloc(16);
    head.writeUIntLE(side - 1, 6, 3);
    head.writeUIntLE(side - 1, 9, 3);
    head.writeUIntLE(100, 12, 3);
    chunks.push(riffChunk('ANMF', Buffer.concat([head, riffChunk('VP8L', lossless(side, side, seed + frame))])));
  }
  return riffFile('WEBP', ...chunks);
}

function sideFor(approximateBytes: number): number {
  return Math.max(1, Math.round(Math.sqrt(Math.max(0, approximateBytes - 150) / 3)));
}

/**
 * The bit stream of a `VP8L` chunk. Green, red and blue use a flat code of 8 bits and alpha a code of none, so the
 * pixels are any bytes at all.
 */
function lossless(width: number, height: number, seed: number): Buffer {
  const bits = new BitWriter('lowest-first');
  bits.write(0x2f, 8);
  bits.write(width - 1, 14);
  bits.write(height - 1, 14);
  bits.write(0, 1 + 3); // no alpha, version 0
  bits.write(0, 1 + 1 + 1); // no transform, no colour cache, one group of prefix codes
  flatCode(bits, 256 + 24);
  flatCode(bits, 256);
  flatCode(bits, 256);
  bits.write(0b1_0_1 | (255 << 3), 11); // alpha: a simple code with one symbol of 8 bits, 255
  bits.write(0b0_0_0_1, 4); // distance: a simple code with one symbol of 1 bit, 0
  bits.align(0);
  return Buffer.concat([bits.finish(), noiseBytes(seed, width * height * 3)]);
}

/** A prefix code in which the first 256 symbols have 8 bits and the others do not occur. */
function flatCode(bits: BitWriter, symbols: number): void {
  bits.write(0, 1); // no simple code
  bits.write(12 - 4, 4); // the first 12 of the code lengths' own lengths, in the format's order
  for (let position = 0; position < 12; position += 1) bits.write(position === 2 || position === 11 ? 1 : 0, 3);
  bits.write(0, 1); // as many code lengths as symbols
  for (let symbol = 0; symbol < symbols; symbol += 1) bits.write(symbol < 256 ? 1 : 0, 1);
}

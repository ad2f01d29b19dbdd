/**
 * A GIF encoder for noise of 128 colours. It clears the compressor's table before a code could grow beyond 8 bits, so
 * that every pixel is one byte.
 */

import { noiseBytes } from './noise.js';

const CLEAR = 0x80;
const END = 0x81;
/** Codes between two clears; from the 127th on a decoder would read 9 bits. */
const RUN = 100;

export function gif(seed: number, approximateBytes: number, frames = 1): Buffer {
  const side = Math.max(1, Math.round(Math.sqrt(Math.max(0, approximateBytes - 800) / frames)));
  const size = [side & 0xff, side >> 8, side & 0xff, side >> 8];
  const screen = Buffer.from([...Buffer.from('GIF89a', 'latin1'), ...size, 0b1_110_0_110, 0, 0]);
  const parts = [screen, noiseBytes(seed, 128 * 3)];
  if (frames > 1) parts.push(Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0', 'latin1'));
  for (let frame = 0; frame < frames; frame += 1) {
    parts.push(Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0]), Buffer.from([0x2c, 0, 0, 0, 0, ...size, 0, 7]));
    parts.push(subBlocks(codes(seed + frame, side * side)));
  }
  return Buffer.concat([...parts, Buffer.from([0x3b])]);
}

function codes(seed: number, pixels: number): Buffer {
  const colours = noiseBytes(seed, pixels).map((colour) => colour & 0x7f);
  const codes: number[] = [];
  for (let start = 0; start < pixels; start += RUN) codes.push(CLEAR, ...colours.subarray(start, start + RUN));
  return Buffer.from([...codes, END]);
}

function subBlocks(data: Buffer): Buffer {
  const blocks: Buffer[] = [];
  for (let start = 0; start < data.length; start += 255) {
    const block = data.subarray(start, start + 255);
    blocks.push(Buffer.from([block.length]), block);
  }
  return Buffer.concat([...blocks, Buffer.from([0])]);
}

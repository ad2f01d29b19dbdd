/** A PNG and APNG encoder: 8-bit RGB noise, no row filters. */

import { crc32, deflateSync } from 'node:zlib';
import { noiseBytes } from './noise.js';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** One chunk with its length and its right CRC; tests build broken files from such parts. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

export function pngFile(...chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([SIGNATURE, ...chunks]);
}

export function pngHeader(width: number, height: number): Buffer {
  return pngChunk('IHDR', Buffer.concat([uint32(width), uint32(height), Buffer.from([8, 2, 0, 0, 0])]));
}

export function png(width: number, height: number, seed: number): Buffer {
  return pngFile(
    pngHeader(width, height),
    pngChunk('tEXt', Buffer.from(`Comment\0seed ${seed}`, 'latin1')),
    pngChunk('IDAT', pixels(width, height, seed)),
    pngChunk('IEND', Buffer.alloc(0)),
  );
}

/** An animation; its first frame is also the picture that viewers without animation show. */
export function apng(width: number, height: number, seed: number, frames = 3): Buffer {
  let sequence = 0;
  const chunks = [pngHeader(width, height), pngChunk('acTL', Buffer.concat([uint32(frames), uint32(0)]))];
  for (let frame = 0; frame < frames; frame += 1) {
    const delay = Buffer.from([0, 1, 0, 10, 0, 0]);
    const area = [uint32(width), uint32(height), uint32(0), uint32(0)];
    chunks.push(pngChunk('fcTL', Buffer.concat([uint32(sequence++), ...area, delay])));
    const data = pixels(width, height, seed + frame);
    chunks.push(frame === 0 ? pngChunk('IDAT', data) : pngChunk('fdAT', Buffer.concat([uint32(sequence++), data])));
  }
  return pngFile(...chunks, pngChunk('IEND', Buffer.alloc(0)));
}

function pixels(width: number, height: number, seed: number): Buffer {
  const rows = noiseBytes(seed, height * (1 + width * 3));
  for (let row = 0; row < height; row += 1) rows[row * (1 + width * 3)] = 0;
  return deflateSync(rows, { level: 1 });
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A PNG with the same pixels in other bytes, as an image host makes it: packed anew, and without texts. */

import { deflateSync, inflateSync } from 'node:zlib';
import { pngChunk, pngFile } from '../../support/pictures/png.js';

const SIGNATURE_LENGTH = 8;

/** The pixels and the end, which are written anew, and the texts. */
const DROPPED = new Set(['IDAT', 'IEND', 'tEXt', 'zTXt', 'iTXt']);

/** Something else than a PNG comes back as it is. */
export function recompressPng(bytes: Buffer): Buffer {
  if (bytes.subarray(1, 4).toString('latin1') !== 'PNG') return bytes;
  const chunks = readChunks(bytes);
  const data = chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data);
  const packed = deflateSync(inflateSync(Buffer.concat(data)), { level: 9 });
  const before = chunks.filter(({ type }) => !DROPPED.has(type));
  return pngFile(
    ...before.map(({ type, data: own }) => pngChunk(type, own)),
    pngChunk('IDAT', packed),
    pngChunk('IEND', Buffer.alloc(0)),
  );
}

function readChunks(bytes: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let offset = SIGNATURE_LENGTH; offset + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(offset);
    const type = bytes.toString('latin1', offset + 4, offset + 8);
    chunks.push({ type, data: bytes.subarray(offset + 8, offset + 8 + length) });
    offset += 12 + length;
  }
  return chunks;
}

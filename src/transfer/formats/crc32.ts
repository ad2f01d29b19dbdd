/** The CRC of PNG and zlib: polynomial 0xEDB88320, bits reflected. */

import * as zlib from 'node:zlib';

/** Native since Node 20.15, and some thirty times as fast as the table. */
const native = (zlib as Partial<typeof zlib>).crc32;

/** The CRC of `bytes` after others whose CRC was `previous`; 0 to begin with. */
export const crc32: (bytes: Uint8Array, previous: number) => number = native ?? crc32ByTable;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

export function crc32ByTable(bytes: Uint8Array, previous: number): number {
  let crc = ~previous >>> 0;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

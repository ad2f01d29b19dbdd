/** Ogg (RFC 3533): every page and its CRC, and a last page for each stream that begins. */

import type { Format } from './format.js';
import { damaged, Flaw } from './verdict.js';

const FIRST_PAGE = 0x02;
const LAST_PAGE = 0x04;
/** Streams in one file; a film with several languages has a handful. */
const MOST_STREAMS = 64;

/** The CRC of Ogg: polynomial 0x04C11DB7, bits not reflected, 0 to begin with. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000_0000 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc >>> 0;
});

export const ogg: Format = {
  claim: () => 'audio/ogg',
  signatures: ['OggS\0'],
  *read(reader) {
    const open = new Set<number>();
    let video = false;
    while (!(yield* reader.atEnd())) {
      reader.cut = 'ends inside an Ogg page';
      const head = yield* reader.take(27);
      if (head.toString('latin1', 0, 4) !== 'OggS') throw damaged('has bytes where an Ogg page should begin');
      const lengths = yield* reader.take(head[26]!);
      const body = yield* reader.take(lengths.reduce((sum, length) => sum + length, 0));
      checkPage(head, lengths, body);
      const serial = head.readUInt32LE(14);
      if (head[5]! & FIRST_PAGE) {
        open.add(serial);
        video ||= body.toString('latin1', 1, 7) === 'theora';
      }
      if (head[5]! & LAST_PAGE) open.delete(serial);
      if (open.size > MOST_STREAMS) throw damaged('has too many streams');
    }
    if (open.size > 0) throw new Flaw('truncated', 'ends before the last page of its stream');
    return { mediaType: video ? 'video/ogg' : 'audio/ogg' };
  },
};

function checkPage(head: Buffer, lengths: Buffer, body: Buffer): void {
  const declared = head.readUInt32LE(22);
  head.writeUInt32LE(0, 22); // the field itself counts as zeros
  let crc = 0;
  for (const part of [head, lengths, body]) {
    for (const byte of part) crc = ((crc << 8) ^ TABLE[(crc >>> 24) ^ byte]!) >>> 0;
  }
  if (crc !== declared) throw damaged('has a damaged Ogg page (its CRC differs)');
}

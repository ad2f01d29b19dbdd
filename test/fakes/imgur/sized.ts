/** Makes a file just as large as its record declares, with parts that every decoder passes over. */

import { box } from '../../support/pictures/iso-media.js';
import { segment } from '../../support/pictures/jpeg.js';
import { pngChunk } from '../../support/pictures/png.js';
import { riffChunk, riffFile } from '../../support/pictures/webp.js';

export type FileFormat = 'jpeg' | 'png' | 'gif' | 'mp4' | 'webp';

const PADDING: Readonly<Record<FileFormat, (bytes: Buffer, missing: number) => Buffer>> = {
  gif: (bytes, missing) => inserted(bytes, bytes.length - 1, gifComment(missing)),
  png: (bytes, missing) => inserted(bytes, bytes.length - 12, pngChunk('paDd', Buffer.alloc(missing - 12))),
  mp4: (bytes, missing) => Buffer.concat([bytes, box('free', Buffer.alloc(missing - 8))]),
  jpeg: (bytes, missing) => inserted(bytes, 2, jpegComments(missing)),
  webp: (bytes, missing) => riffFile('WEBP', bytes.subarray(12), riffChunk('PADD', Buffer.alloc(missing - 8))),
};

export function paddedTo(bytes: Buffer, size: number, format: FileFormat): Buffer {
  const missing = size - bytes.length;
  if (missing === 0) return bytes;
  const padded = missing < 12 ? bytes : PADDING[format](bytes, missing);
  if (padded.length !== size) throw new RangeError(`No ${format} file of ${size} bytes can be made here.`);
  return padded;
}

function inserted(bytes: Buffer, position: number, part: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, position), part, bytes.subarray(position)]);
}

/** Blocks of up to 255 bytes with their length in front; none may be empty but the last. */
function gifComment(length: number): Buffer {
  const comment = Buffer.alloc(length, 0x20);
  comment.set([0x21, 0xfe]);
  let position = 2;
  for (let left = length - 3; left > 0; ) {
    const block = left === 257 ? 255 : Math.min(left, 256);
    comment[position] = block - 1;
    position += block;
    left -= block;
  }
  comment[length - 1] = 0;
  return comment;
}

function jpegComments(length: number): Buffer {
  const comments: Buffer[] = [];
  for (let left = length; left > 0; ) {
    // Whatever is left must suffice for a comment of its own.
    const comment = left <= 65_537 ? left : 60_000;
    comments.push(segment(0xfe, Buffer.alloc(comment - 4)));
    left -= comment;
  }
  return Buffer.concat(comments);
}

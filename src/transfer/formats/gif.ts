/**
 * GIF (CompuServe, "Graphics Interchange Format", version 89a): every block up to the trailer. Bytes behind the trailer
 * are let be: many encoders leave some.
 */

import type { ByteReader, Reading } from './byte-reader.js';
import { type Format, pixels } from './format.js';
import { damaged } from './verdict.js';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const LARGEST_CODE_SIZE = 11;

export const gif: Format = {
  claim: () => 'image/gif',
  signatures: ['GIF87a', 'GIF89a'],
  *read(reader, limits) {
    const screen = yield* reader.take(13);
    const size = pixels(screen.readUInt16LE(6), screen.readUInt16LE(8), limits);
    reader.cut = 'ends inside its colour table';
    yield* skipColours(reader, screen[10]!);
    let images = 0;
    for (;;) {
      reader.cut = 'ends before its trailer';
      const block = (yield* reader.take(1))[0];
      if (block === TRAILER) break;
      if (block === IMAGE) {
        images += 1;
        yield* skipImage(reader, images);
      } else if (block === EXTENSION) {
        reader.cut = 'ends inside an extension';
        yield* reader.take(1);
        yield* skipSubBlocks(reader);
      } else throw damaged('has bytes where a GIF block should begin');
    }
    if (images === 0) throw damaged('holds no picture');
    return { mediaType: 'image/gif', ...size, animated: images > 1 };
  },
};

function* skipImage(reader: ByteReader, number: number): Reading<void> {
  reader.cut = `ends inside its frame ${number}`;
  const descriptor = yield* reader.take(9);
  yield* skipColours(reader, descriptor[8]!);
  const codeSize = (yield* reader.take(1))[0]!;
  if (codeSize < 1 || codeSize > LARGEST_CODE_SIZE) throw damaged(`has a frame ${number} that cannot be decoded`);
  if ((yield* skipSubBlocks(reader)) === 0) throw damaged(`has an empty frame ${number}`);
}

/** The lowest three bits tell the number of colours, the highest whether there are any. */
function* skipColours(reader: ByteReader, flags: number): Reading<void> {
  if (flags & 0x80) yield* reader.skip(3 * 2 ** ((flags & 7) + 1));
}

/** Answers how many bytes the blocks held. */
function* skipSubBlocks(reader: ByteReader): Reading<number> {
  for (let total = 0; ; ) {
    const length = (yield* reader.take(1))[0]!;
    if (length === 0) return total;
    yield* reader.skip(length);
    total += length;
  }
}

/** The boxes of the ISO base media file format (ISO/IEC 14496-12) and of QuickTime, from which it grew. */

import type { ByteReader, Reading } from './byte-reader.js';
import { damaged } from './verdict.js';

export interface Box {
  readonly type: string;
  /** The offset behind its last byte; infinite for one that says that it goes on to the end of the file. */
  readonly end: number;
}

const SIZE_FOLLOWS = 1;
const TO_THE_END = 0;
/** A film's boxes lie six deep; each level costs a call. */
const DEEPEST = 16;

/**
 * Visits the boxes up to `end`, or to the end of the body where that is infinite. A visit may read as much of the box as
 * it likes; the rest is passed by.
 * @param depth How many boxes are around these.
 */
export function* eachBox(
  reader: ByteReader,
  end: number,
  visit: (box: Box, depth: number) => Reading<void>,
  depth = 0,
): Reading<void> {
  if (depth > DEEPEST) throw damaged('has boxes that are nested too deeply');
  const outermost = end === Number.POSITIVE_INFINITY;
  for (;;) {
    // QuickTime ends some lists of boxes with four bytes of zeros.
    if (!outermost && end - reader.offset < 8) return yield* reader.skip(end - reader.offset);
    if (outermost && (yield* reader.atEnd())) return;
    const box = yield* readBoxHead(reader, end);
    yield* visit(box, depth + 1);
    if (box.end === Number.POSITIVE_INFINITY) return yield* reader.skipRest();
    yield* reader.skip(box.end - reader.offset);
  }
}

function* readBoxHead(reader: ByteReader, limit: number): Reading<Box> {
  const start = reader.offset;
  const outermost = limit === Number.POSITIVE_INFINITY;
  if (outermost) reader.cut = 'ends inside the head of a box';
  const head = yield* reader.take(8);
  const type = head.toString('latin1', 4);
  // 0xA9 is the © that begins some names of QuickTime.
  if (!/^[\x20-\x7e\xa9][\x20-\x7e]{3}$/u.test(type)) throw damaged('has bytes where a box should begin');
  let size = head.readUInt32BE(0);
  if (size === TO_THE_END && outermost) return { type, end: Number.POSITIVE_INFINITY };
  if (size === SIZE_FOLLOWS) size = Number((yield* reader.take(8)).readBigUInt64BE(0));
  if (outermost) reader.cut = `ends inside its ${printableType(type)} box`;
  if (start + size < reader.offset) throw damaged(`has a ${printableType(type)} box of an impossible size`);
  if (start + size > limit) throw damaged(`has a ${printableType(type)} box that is longer than the one around it`);
  return { type, end: start + size };
}

function printableType(type: string): string {
  return type.trim().replace('\xa9', '©');
}

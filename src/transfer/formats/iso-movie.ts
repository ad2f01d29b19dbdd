/** The index of an MP4 or QuickTime film (`moov`): how large its pictures are and how far into the file they reach. */

import { type Box, eachBox } from './boxes.js';
import type { ByteReader, Reading } from './byte-reader.js';
import { damaged } from './verdict.js';

export interface Movie {
  /** Of the largest track. */
  width: number;
  height: number;
  /** Kinds of tracks: `vide`, `soun`, … */
  readonly handlers: Set<string>;
  /** Where the last run of samples begins; -1 where the index names none. */
  lastRunAt: number;
  /** Whether samples follow in fragments of their own. */
  fragmented: boolean;
}

const CONTAINERS = new Set(['trak', 'mdia', 'minf', 'stbl']);
const OFFSETS_AT_ONCE = 1_024;

export function* readMovie(reader: ByteReader, movieBox: Box): Reading<Movie> {
  const movie: Movie = { width: 0, height: 0, handlers: new Set(), lastRunAt: -1, fragmented: false };
  function* visit(box: Box, depth: number): Reading<void> {
    if (CONTAINERS.has(box.type)) yield* eachBox(reader, box.end, visit, depth);
    else if (box.type === 'mvex') movie.fragmented = true;
    else if (box.type === 'tkhd') yield* readTrackHeader(reader, box, movie);
    else if (box.type === 'hdlr') yield* readHandler(reader, box, movie);
    else if (box.type === 'stco') yield* readOffsets(reader, box, 4, movie);
    else if (box.type === 'co64') yield* readOffsets(reader, box, 8, movie);
  }
  yield* eachBox(reader, movieBox.end, visit);
  return movie;
}

/** Width and height are the last eight bytes, with 16 bits of fraction each. */
function* readTrackHeader(reader: ByteReader, box: Box, movie: Movie): Reading<void> {
  if (box.end - reader.offset < 84) throw damaged('has a track without a header');
  yield* reader.skip(box.end - reader.offset - 8);
  const size = yield* reader.take(8);
  const [width, height] = [size.readUInt16BE(0), size.readUInt16BE(4)];
  if (width * height > movie.width * movie.height) Object.assign(movie, { width, height });
}

function* readHandler(reader: ByteReader, box: Box, movie: Movie): Reading<void> {
  if (box.end - reader.offset < 12) throw damaged('has a track of no kind');
  const handler = yield* reader.take(12);
  movie.handlers.add(handler.toString('latin1', 8));
}

/** A long film has hundreds of thousands of offsets; only the farthest is kept. */
function* readOffsets(reader: ByteReader, box: Box, width: 4 | 8, movie: Movie): Reading<void> {
  if (box.end - reader.offset < 8) throw damaged('has a damaged index');
  let left = (yield* reader.take(8)).readUInt32BE(4);
  if (left * width > box.end - reader.offset) throw damaged('has a damaged index');
  while (left > 0) {
    const count = Math.min(left, OFFSETS_AT_ONCE);
    const offsets = yield* reader.take(count * width);
    for (let at = 0; at < offsets.length; at += width) {
      const offset = width === 4 ? offsets.readUInt32BE(at) : Number(offsets.readBigUInt64BE(at));
      if (offset > movie.lastRunAt) movie.lastRunAt = offset;
    }
    left -= count;
  }
}

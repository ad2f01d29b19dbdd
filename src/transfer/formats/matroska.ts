/**
 * WebM and Matroska (RFC 8794, RFC 9559): the EBML header, then one segment that is as long as it says. A segment of
 * unknown length, as browsers record it, is walked element by element.
 */

import type { ByteReader, Reading } from './byte-reader.js';
import { type Format, type Limits, pixels, readTail } from './format.js';
import { damaged, Flaw, type Whole } from './verdict.js';

const ID = {
  header: 0x1a45dfa3,
  documentType: 0x4282,
  segment: 0x18538067,
  cluster: 0x1f43b675,
  tracks: 0x1654ae6b,
  track: 0xae,
  video: 0xe0,
  width: 0xb0,
  height: 0xba,
} as const;

/** Elements whose children are looked at; only segments and clusters may be of unknown length. */
const OPENED = new Set<number>([ID.tracks, ID.track, ID.video]);
const LONGEST_HEADER = 4_096;

interface Element {
  readonly id: number;
  readonly start: number;
  /** The offset behind its last byte; infinite for unknown. */
  readonly end: number;
}

interface Segment {
  clusters: number;
  hasTracks: boolean;
  hasVideo: boolean;
  width: number;
  height: number;
}

export const matroska: Format = {
  claim: () => 'video/webm',
  signatures: ['\x1a\x45\xdf\xa3'],
  *read(reader, limits) {
    const kind = yield* readHeader(reader);
    reader.cut = 'ends before its segment';
    const element = yield* readElement(reader, Number.POSITIVE_INFINITY);
    if (element.id !== ID.segment) throw damaged('has no segment behind its header');
    const segment = yield* readSegment(reader, element.end);
    if (!segment.hasTracks || segment.clusters === 0) throw new Flaw('truncated', 'ends before its first cluster');
    const open = element.end === Number.POSITIVE_INFINITY;
    return { ...describe(kind, segment, open, limits), ...(open ? {} : yield* readTail(reader)) };
  },
};

function* readHeader(reader: ByteReader): Reading<'webm' | 'x-matroska'> {
  const header = yield* readElement(reader, Number.POSITIVE_INFINITY);
  const size = header.end - reader.offset;
  if (size > LONGEST_HEADER) throw damaged('has an impossible header');
  while (reader.offset < header.end) {
    const element = yield* readElement(reader, header.end);
    if (element.end > header.end) throw damaged('has an impossible header');
    const value = yield* reader.take(element.end - reader.offset);
    if (element.id !== ID.documentType) continue;
    yield* reader.skip(header.end - reader.offset);
    return /^webm\0*$/u.test(value.toString('latin1')) ? 'webm' : 'x-matroska';
  }
  throw damaged('does not say what kind of document it is');
}

function* readSegment(reader: ByteReader, end: number): Reading<Segment> {
  const segment: Segment = { clusters: 0, hasTracks: false, hasVideo: false, width: 0, height: 0 };
  const open = end === Number.POSITIVE_INFINITY;
  while (reader.offset < end && !(open && (yield* reader.atEnd()))) {
    reader.cut = open ? 'ends inside an element' : 'ends before the length in its header';
    const element = yield* readElement(reader, end);
    if (element.id === ID.cluster) segment.clusters += 1;
    else if (element.id === ID.tracks) segment.hasTracks = true;
    else if (element.id === ID.video) segment.hasVideo = true;
    if (element.id === ID.width) segment.width = yield* readNumber(reader, element);
    else if (element.id === ID.height) segment.height = yield* readNumber(reader, element);
    else if (OPENED.has(element.id)) continue;
    else if (element.end !== Number.POSITIVE_INFINITY) yield* reader.skip(element.end - reader.offset);
    else if (element.id !== ID.cluster) throw damaged('has an element of unknown length');
  }
  return segment;
}

function describe(kind: string, segment: Segment, open: boolean, limits: Limits): Whole {
  const size = segment.width * segment.height === 0 ? {} : pixels(segment.width, segment.height, limits);
  const mediaType = `${segment.hasVideo ? 'video' : 'audio'}/${kind}`;
  return { mediaType, ...size, ...(open ? { openEnd: 'its header leaves its length open' } : {}) };
}

/** An id keeps the mark that tells its own length; a size does not, and all ones mean unknown. */
function* readElement(reader: ByteReader, limit: number): Reading<Element> {
  const start = reader.offset;
  const id = yield* readVariable(reader, 4, true);
  const size = yield* readVariable(reader, 8, false);
  const end = reader.offset + size;
  if (end > limit && end !== Number.POSITIVE_INFINITY) throw damaged('has an element that is longer than it can be');
  return { id, start, end };
}

function* readVariable(reader: ByteReader, longest: number, keepMark: boolean): Reading<number> {
  const first = (yield* reader.take(1))[0]!;
  const length = Math.clz32(first) - 23;
  if (length > longest) throw damaged('has bytes where an element should begin');
  const rest = yield* reader.take(length - 1);
  const mark = 1 << (8 - length);
  let value = keepMark ? first : first & (mark - 1);
  let allOnes = (first & (mark - 1)) === mark - 1;
  for (const byte of rest) {
    value = value * 256 + byte;
    allOnes &&= byte === 0xff;
  }
  return allOnes && !keepMark ? Number.POSITIVE_INFINITY : value;
}

function* readNumber(reader: ByteReader, element: Element): Reading<number> {
  const length = element.end - reader.offset;
  if (length > 8) throw damaged('has a number that is too long');
  let value = 0;
  for (const byte of yield* reader.take(length)) value = value * 256 + byte;
  return value;
}

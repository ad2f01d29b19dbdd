/**
 * JPEG (ITU-T T.81): the markers from the start of the image to its end. Thumbnails are whole JPEGs inside of segments
 * and are passed by with them. What follows the end is let be: cameras put further pictures there.
 */

import type { ByteReader, Reading } from './byte-reader.js';
import { type Format, type Limits, pixels } from './format.js';
import { damaged } from './verdict.js';

const START_OF_IMAGE = 0xd8;
const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
const FIRST_RESTART = 0xd0;
const LAST_RESTART = 0xd7;
/** Markers from 0xC0 to 0xCF that do not begin a frame: tables and an extension. */
const NOT_A_FRAME = new Set([0xc4, 0xc8, 0xcc]);

export const jpeg: Format = {
  claim: () => 'image/jpeg',
  signatures: ['\xff\xd8\xff'],
  *read(reader, limits) {
    yield* reader.take(2);
    let size: { width: number; height: number } | undefined;
    let scans = 0;
    let scanStart = -1;
    for (;;) {
      reader.cut = scans > 0 ? 'ends inside its picture data' : 'ends before its picture data';
      const marker = yield* nextMarker(reader);
      if (reader.offset === scanStart + 2) throw damaged('has empty picture data');
      if (marker === END_OF_IMAGE) break;
      if (marker === START_OF_IMAGE) throw damaged('begins anew in its middle');
      if (marker < 0xc0) throw damaged('has an impossible marker');
      reader.cut = 'ends inside a JPEG segment';
      if (isFrame(marker)) {
        if (size !== undefined) throw damaged('has two frames');
        size = yield* readFrame(reader, limits);
      } else yield* skipSegment(reader);
      if (marker === START_OF_SCAN) {
        if (size === undefined) throw damaged('has picture data without a frame');
        scans += 1;
        scanStart = reader.offset;
      }
    }
    if (size === undefined || scans === 0) throw damaged('holds no picture');
    return { mediaType: 'image/jpeg', ...size };
  },
};

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && !NOT_A_FRAME.has(marker);
}

/**
 * The next marker that matters. In picture data 0xFF 0x00 is a byte and restarts are part of it; any number of 0xFF may
 * stand before a marker; stray bytes between segments are passed by, as decoders do.
 */
function nextMarker(reader: ByteReader): Reading<number> {
  return reader.skipPastPair(0xff, isNoMarker);
}

function isNoMarker(code: number): boolean {
  return code === 0x00 || code === 0x01 || (code >= FIRST_RESTART && code <= LAST_RESTART);
}

function* segmentLength(reader: ByteReader): Reading<number> {
  const length = (yield* reader.take(2)).readUInt16BE(0);
  if (length < 2) throw damaged('has a segment of an impossible length');
  return length - 2;
}

function* skipSegment(reader: ByteReader): Reading<void> {
  yield* reader.skip(yield* segmentLength(reader));
}

function* readFrame(reader: ByteReader, limits: Limits): Reading<{ width: number; height: number }> {
  const length = yield* segmentLength(reader);
  if (length < 6) throw damaged('has a frame of an impossible length');
  const frame = yield* reader.take(length);
  if (length < 6 + 3 * frame[5]!) throw damaged('has a frame of an impossible length');
  return pixels(frame.readUInt16BE(3), frame.readUInt16BE(1), limits);
}

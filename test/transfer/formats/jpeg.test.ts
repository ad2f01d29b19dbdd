import { expect, test } from '@jest/globals';
import { segment } from '../../support/pictures/jpeg.js';
import { jpeg } from '../../support/pictures.js';
import { judge } from './judge.js';

const picture = jpeg(1, 2_000);
const START = picture.subarray(0, 2);
const END = Buffer.from([0xff, 0xd9]);
const scanAt = picture.indexOf(Buffer.from([0xff, 0xda]));
/** Everything between the start of the image and the picture data. */
const tables = picture.subarray(2, scanAt);
const scanHead = picture.subarray(scanAt, scanAt + 14);

test('a thumbnail does not stand for the picture around it', () => {
  const outer = jpeg(1, 3_000, { thumbnail: jpeg(2, 900) });
  const behindThumbnail = outer.indexOf(END) + 2;
  expect(behindThumbnail).toBeLessThan(outer.length);
  expect(judge(outer.subarray(0, behindThumbnail))).toMatchObject({ ok: false, problem: 'truncated' });
  expect(judge(outer)).toMatchObject({ ok: true, width: 56, height: 56 });
});

test('what stands behind the end is let be, as cameras put further pictures there', () => {
  for (const more of [Buffer.alloc(1), Buffer.from('MPF'), jpeg(5, 900)]) {
    expect(judge(Buffer.concat([picture, more]))).toEqual(judge(picture));
  }
});

test('bytes of 0xFF in the picture data are no markers', () => {
  const stuffed = picture.subarray(scanAt).includes(Buffer.from([0xff, 0x00]));
  expect(stuffed).toBe(true);
  const restarts = jpeg(1, 2_000, { restartInterval: 1 });
  expect(restarts.includes(Buffer.from([0xff, 0xd7]))).toBe(true);
  expect(judge(restarts)).toMatchObject({ ok: true });
});

test('any number of 0xFF may stand before a marker', () => {
  const filled = Buffer.concat([START, Buffer.from([0xff, 0xff, 0xff]), picture.subarray(2)]);
  expect(judge(filled)).toMatchObject({ ok: true });
});

test('each scan of a progressive picture must come', () => {
  const progressive = jpeg(1, 2_000, { progressive: true });
  const lastScan = progressive.lastIndexOf(Buffer.from([0xff, 0xda]));
  expect(judge(progressive.subarray(0, lastScan))).toMatchObject({
    problem: 'truncated',
    detail: 'ends inside its picture data',
  });
});

test.each([
  ['tables alone', [START, tables, END], 'holds no picture'],
  ['a scan without data', [START, tables, scanHead, END], 'has empty picture data'],
  ['a scan without a frame', [START, scanHead, Buffer.alloc(9), END], 'has picture data without a frame'],
  ['two frames', [START, tables, tables, END], 'has two frames'],
  ['a second start', [picture.subarray(0, scanAt + 40), picture], 'begins anew in its middle'],
  [
    'a segment shorter than its own length',
    [START, Buffer.from([0xff, 0xe0, 0, 1]), picture.subarray(2)],
    'has a segment of an impossible length',
  ],
  [
    'a frame that is too short',
    [START, segment(0xc0, Buffer.from([8, 0, 1, 0, 1, 3])), END],
    'has a frame of an impossible length',
  ],
  [
    'a frame without pixels',
    [START, segment(0xc0, Buffer.from([8, 0, 0, 0, 1, 0])), END],
    'says that it has no pixels',
  ],
  ['a reserved marker', [START, segment(0x30, Buffer.alloc(4)), picture.subarray(2)], 'has an impossible marker'],
])('%s is damaged', (_, parts, detail) => {
  expect(judge(Buffer.concat(parts))).toEqual({ ok: false, problem: 'damaged', mediaType: 'image/jpeg', detail });
});

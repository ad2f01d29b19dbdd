import { deflateSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { pngChunk, pngFile, pngHeader } from '../../support/pictures/png.js';
import { png } from '../../support/pictures.js';
import { judge } from './judge.js';

const NOTHING = Buffer.alloc(0);
const header = pngHeader(1, 1);
const data = pngChunk('IDAT', deflateSync(Buffer.from([0, 1, 2, 3])));
const end = pngChunk('IEND', NOTHING);

/** A header with one byte changed and its CRC made right again. */
function headerWith(at: number, value: number): Buffer {
  const fields = Buffer.from(header.subarray(8, 21));
  fields[at] = value;
  return pngChunk('IHDR', fields);
}

test('the smallest file is good', () => {
  expect(judge(pngFile(header, data, end))).toEqual({
    ok: true,
    mediaType: 'image/png',
    width: 1,
    height: 1,
    animated: false,
  });
});

test.each([
  [
    'a signature and fifty zeros',
    Buffer.concat([pngFile(), Buffer.alloc(50)]),
    'has bytes where a PNG chunk should begin',
  ],
  ['a picture before the header', pngFile(data, header, end), 'does not begin with its header'],
  ['two headers', pngFile(header, header, data, end), 'has two headers'],
  ['no picture', pngFile(header, end), 'holds no picture (no IDAT chunk)'],
  ['colours by number without a palette', pngFile(headerWith(9, 3), data, end), 'lacks its palette (no PLTE chunk)'],
  ['an impossible depth', pngFile(headerWith(8, 3), data, end), 'has an impossible header'],
  ['an impossible colour type', pngFile(headerWith(9, 5), data, end), 'has an impossible header'],
  ['an unknown interlacing', pngFile(headerWith(12, 2), data, end), 'has an impossible header'],
  ['a width of zero', pngFile(pngHeader(0, 5), data, end), 'says that it has no pixels'],
  [
    'a header that is too long',
    pngFile(pngChunk('IHDR', Buffer.alloc(14)), data, end),
    'has a header of a wrong length',
  ],
  [
    'an end with something in it',
    pngFile(header, data, pngChunk('IEND', Buffer.alloc(1))),
    'has an end of a wrong length',
  ],
])('%s is damaged', (_, body, detail) => {
  expect(judge(body)).toEqual({ ok: false, problem: 'damaged', mediaType: 'image/png', detail });
});

test.each([
  ['a line break', Buffer.from('\n')],
  ['a second file', png(2, 2, 2)],
])('%s behind the end belongs to the file where its length is vouched for', (_, tail) => {
  const body = Buffer.concat([png(2, 2, 1), tail]);
  expect(judge(body)).toMatchObject({ ok: false, problem: 'truncated' });
  expect(judge(body, { declaredSize: body.length })).toMatchObject({ ok: true, mediaType: 'image/png', width: 2 });
  expect(judge(body, { declaredSize: body.length + 1 })).toMatchObject({ ok: false, problem: 'truncated' });
});

test('a changed byte is told with the chunk that it is in', () => {
  const body = Buffer.from(png(20, 20, 1));
  body[body.indexOf('IDAT', undefined, 'latin1') + 9]! ^= 1;
  expect(judge(body)).toMatchObject({ problem: 'damaged', detail: 'has a damaged IDAT chunk (its CRC differs)' });
});

test('a cut is told with the chunk that it is in', () => {
  const body = png(20, 20, 1);
  expect(judge(body.subarray(0, body.length - 20))).toMatchObject({ detail: 'ends inside its IDAT chunk' });
  expect(judge(body.subarray(0, body.length - 12))).toMatchObject({ detail: 'ends before its IEND chunk' });
});

test('more pixels than the cap are refused by the header, whatever follows', () => {
  const huge = pngFile(pngHeader(40_000, 40_000), data, end);
  expect(judge(huge)).toMatchObject({ problem: 'too-large', detail: 'says that it has 40000 × 40000 pixels' });
  expect(judge(huge, { maxPixels: 1_600_000_000 })).toMatchObject({ ok: true, width: 40_000 });
  expect(judge(png(10, 10, 1), { maxPixels: 99 })).toMatchObject({ problem: 'too-large' });
});

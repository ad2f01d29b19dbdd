import { expect, test } from '@jest/globals';
import { riffChunk, riffFile } from '../../support/pictures/webp.js';
import { animatedWebp, webp } from '../../support/pictures.js';
import { judge } from './judge.js';

const picture = webp(1, 500);
const lossless = picture.subarray(20, 20 + picture.readUInt32LE(16));
const canvas = Buffer.from([0, 0, 0, 0, 1, 0, 0, 1, 0, 0]);

function withLength(body: Buffer, length: number): Buffer {
  const changed = Buffer.from(body);
  changed.writeUInt32LE(length, 4);
  return changed;
}

test('chunks that are not known are passed by', () => {
  const body = riffFile(
    'WEBP',
    riffChunk('VP8X', canvas),
    riffChunk('ICCP', Buffer.alloc(7)),
    riffChunk('VP8L', lossless),
    riffChunk('EXIF', Buffer.alloc(3)),
  );
  expect(judge(body)).toEqual({ ok: true, mediaType: 'image/webp', width: 2, height: 2, animated: false });
});

test('something behind the declared end belongs to the file where the length of it is vouched for', () => {
  const body = Buffer.concat([picture, Buffer.alloc(2)]);
  expect(judge(body)).toMatchObject({ ok: false, problem: 'truncated' });
  expect(judge(body, { declaredSize: body.length })).toMatchObject({ ok: true, mediaType: 'image/webp' });
});

test('a length that leaves the byte of padding out is borne', () => {
  const odd = riffFile('WEBP', riffChunk('VP8L', lossless), riffChunk('XMP ', Buffer.from('abc')));
  expect(judge(withLength(odd, odd.length - 9))).toMatchObject({ ok: true });
  expect(judge(withLength(odd, odd.length - 9).subarray(0, -1))).toMatchObject({ ok: true });
});

test.each([
  [
    'a length that is too small',
    withLength(picture, picture.length - 10),
    'has a chunk that is longer than the file should be',
  ],
  [
    'a chunk that is longer than the file',
    withLength(picture, 30),
    'has a chunk that is longer than the file should be',
  ],
  [
    'no picture first',
    riffFile('WEBP', riffChunk('EXIF', Buffer.alloc(4)), riffChunk('VP8L', lossless)),
    'does not begin with a picture',
  ],
  [
    'a canvas without a picture',
    riffFile('WEBP', riffChunk('VP8X', canvas), riffChunk('EXIF', Buffer.alloc(4))),
    'holds no picture',
  ],
  [
    'a chunk without a name',
    riffFile('WEBP', riffChunk('VP8L', lossless), Buffer.alloc(8)),
    'has bytes where a RIFF chunk should begin',
  ],
  ['an empty picture', riffFile('WEBP', riffChunk('VP8L', Buffer.alloc(2))), 'has an empty picture'],
  ['a picture without its mark', riffFile('WEBP', riffChunk('VP8L', Buffer.alloc(20))), 'has a damaged picture'],
  [
    'a lossy picture without its start code',
    riffFile('WEBP', riffChunk('VP8 ', Buffer.alloc(20))),
    'has a damaged picture',
  ],
  [
    'a lossy picture that is shorter than its first part',
    riffFile('WEBP', riffChunk('VP8 ', Buffer.from([0xf0, 0xff, 0xff, 0x9d, 0x01, 0x2a, 1, 0, 1, 0, 0, 0]))),
    'has a damaged picture',
  ],
  [
    'an empty frame',
    riffFile('WEBP', riffChunk('VP8X', canvas), riffChunk('ANMF', Buffer.alloc(16))),
    'has an empty frame',
  ],
])('%s is damaged', (_, body, detail) => {
  expect(judge(body)).toEqual({ ok: false, problem: 'damaged', mediaType: 'image/webp', detail });
});

test('each frame of an animation is looked into', () => {
  const animation = Buffer.from(animatedWebp(1, 900));
  animation[animation.lastIndexOf('VP8L', undefined, 'latin1') + 8] = 0;
  expect(judge(animation)).toMatchObject({ problem: 'damaged', detail: 'has a damaged picture' });
});

import { expect, test } from '@jest/globals';
import { gif } from '../../support/pictures.js';
import { judge } from './judge.js';

const picture = gif(1, 2_000);
/** The screen and its colours. */
const front = picture.subarray(0, 13 + 128 * 3);

test('bytes behind the trailer are let be, as many encoders leave some', () => {
  expect(judge(Buffer.concat([picture, Buffer.from([0, 0, 0x3b])]))).toEqual(judge(picture));
});

test('an animation that was cut between two frames is cut', () => {
  const animation = gif(1, 3_000, 3);
  const lastFrame = animation.lastIndexOf(Buffer.from([0x21, 0xf9, 4]));
  expect(judge(animation.subarray(0, lastFrame))).toMatchObject({
    problem: 'truncated',
    detail: 'ends before its trailer',
  });
});

test('a frame may bring colours of its own', () => {
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0x80, ...Buffer.alloc(6, 0x2c), 2, 2, 0x44, 0x01, 0, 0x3b]);
  expect(judge(Buffer.concat([front, frame]))).toMatchObject({ ok: true, animated: false });
});

test.each([
  ['no frame', [0x3b], 'holds no picture'],
  ['a block of no kind', [0x00, 0x3b], 'has bytes where a GIF block should begin'],
  ['an empty frame', [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0, 0x3b], 'has an empty frame 1'],
  [
    'an impossible code size',
    [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 12, 1, 0, 0, 0x3b],
    'has a frame 1 that cannot be decoded',
  ],
])('%s is damaged', (_, rest, detail) => {
  expect(judge(Buffer.concat([front, Buffer.from(rest)]))).toEqual({
    ok: false,
    problem: 'damaged',
    mediaType: 'image/gif',
    detail,
  });
});

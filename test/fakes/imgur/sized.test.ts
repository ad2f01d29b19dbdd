import { expect, test } from '@jest/globals';
import { gif, jpeg, mp4, png, webp } from '../../support/pictures.js';
import { judge } from '../../transfer/formats/judge.js';
import { type FileFormat, paddedTo } from './sized.js';

const FILES: Readonly<Record<FileFormat, Buffer>> = {
  gif: gif(1, 2_000, 3),
  jpeg: jpeg(1, 2_000),
  mp4: mp4(1, 2_000),
  png: png(20, 20, 1),
  webp: webp(1, 2_000),
};

test.each(Object.keys(FILES) as FileFormat[])('a %s of just the wanted size is still whole', (format) => {
  const bytes = FILES[format];
  // RIFF files have an even length.
  const odd = format === 'webp' ? 1 : 0;
  for (const more of [0, 12, 13, 14, 255, 256, 257, 258, 259, 260, 516, 65_536, 65_541, 65_542, 131_078, 300_001]) {
    const size = bytes.length + more + ((more & 1) === 1 ? odd : 0);
    const padded = paddedTo(bytes, size, format);
    expect([padded.length, judge(padded)]).toEqual([size, expect.objectContaining({ ok: true })]);
  }
});

test('a size that cannot be reached is refused', () => {
  expect(() => paddedTo(FILES.png, FILES.png.length - 1, 'png')).toThrow(RangeError);
  expect(() => paddedTo(FILES.png, FILES.png.length + 11, 'png')).toThrow(RangeError);
});

import { describe, expect, test } from '@jest/globals';
import { box, uint32 } from '../../support/pictures/iso-media.js';
import { avif, mp4 } from '../../support/pictures.js';
import { judge } from './judge.js';
import { withoutLastSize } from './samples.js';

const film = mp4(1, 6_000);
const picture = avif(1, 1_000);
const brand = box('ftyp', Buffer.from('isom\0\0\0\0isommp42', 'latin1'));

/** The outermost boxes of a file by name. */
function boxesOf(file: Buffer): Record<string, Buffer> {
  const boxes: Record<string, Buffer> = {};
  for (let at = 0; at < file.length; ) {
    const size = file.readUInt32BE(at);
    boxes[file.toString('latin1', at + 4, at + 8)] = file.subarray(at, at + size);
    at += size;
  }
  return boxes;
}

function rebranded(file: Buffer, from: string, to: string): Buffer {
  return Buffer.from(file.toString('latin1').replaceAll(from, to), 'latin1');
}

test.each(['trak', 'stbl'])('%s boxes in each other are refused, and end neither the check nor the program', (name) => {
  let nested = box(name, Buffer.alloc(0));
  for (let depth = 0; depth < 5_000; depth += 1) nested = box(name, nested);
  const body = Buffer.concat([brand, box('moov', nested)]);
  expect(judge(body)).toMatchObject({ ok: false, problem: 'damaged', detail: 'has boxes that are nested too deeply' });
});

describe('the kind', () => {
  test.each([
    ['video/mp4', film],
    ['video/quicktime', rebranded(film, 'isom', 'qt  ')],
    ['audio/mp4', rebranded(film, 'isom', 'M4A ')],
    ['audio/mp4', rebranded(film, 'vide', 'soun')],
    ['image/avif', picture],
    ['image/heic', rebranded(picture, 'avif', 'heic')],
    ['image/heif', rebranded(picture, 'avif', 'mif1')],
  ])('is %s by the brands and the tracks', (mediaType, body) => {
    expect(judge(body)).toMatchObject({ ok: true, mediaType });
  });

  test('is told of a cut body too', () => {
    expect(judge(picture.subarray(0, 500))).toMatchObject({ problem: 'truncated', mediaType: 'image/avif' });
    expect(judge(film.subarray(0, 5_000))).toMatchObject({ problem: 'truncated', mediaType: 'video/mp4' });
  });
});

describe('a film', () => {
  const { ftyp, moov, mdat } = boxesOf(film);

  test('may have boxes of any name between the others, and sizes of 64 bits', () => {
    const large = Buffer.concat([uint32(1), Buffer.from('mdat', 'latin1'), uint32(0, 16 + 20), Buffer.alloc(20)]);
    expect(judge(Buffer.concat([film, box('free', Buffer.alloc(9)), box('\xa9xyz'), large]))).toMatchObject({
      ok: true,
    });
  });

  test('that was cut between two boxes is caught by what its index names', () => {
    expect(judge(Buffer.concat([ftyp!, moov!]))).toMatchObject({
      problem: 'truncated',
      detail: 'ends before the last part that its index names',
    });
    const half = mdat!.subarray(8, 100);
    expect(judge(Buffer.concat([ftyp!, moov!, box('mdat', half)]))).toMatchObject({ problem: 'truncated' });
    expect(judge(Buffer.concat([ftyp!, mdat!]))).toMatchObject({
      problem: 'truncated',
      detail: 'ends before its index (no moov, no meta)',
    });
  });

  test('whose index has offsets of 64 bits is measured as well', () => {
    const table = (offset: number) =>
      box('moov', box('trak', box('mdia', box('minf', box('stbl', box('co64', uint32(0, 1, 0, offset)))))));
    const data = box('mdat', Buffer.alloc(30));
    const front = brand.length + table(0).length;
    expect(judge(Buffer.concat([brand, table(front + 8), data]))).toMatchObject({ ok: true });
    expect(judge(Buffer.concat([brand, table(front + 38), data]))).toMatchObject({ problem: 'truncated' });
  });

  test('in fragments is only proven whole by the list of them at its end', () => {
    const index = box('moov', box('mvex', box('trex', Buffer.alloc(24))));
    const fragments = [box('moof', Buffer.alloc(8)), box('mdat', Buffer.alloc(8))];
    const front = Buffer.concat([brand, index]);
    expect(judge(Buffer.concat([front, ...fragments, box('mfra', Buffer.alloc(8))]))).toMatchObject({ ok: true });
    const open = Buffer.concat([front, ...fragments]);
    expect(judge(open)).toMatchObject({
      problem: 'truncated',
      detail: expect.stringContaining('more fragments could follow'),
    });
    expect(judge(open, { declaredSize: open.length })).toMatchObject({ ok: true });
    expect(judge(front, { declaredSize: front.length })).toMatchObject({ problem: 'truncated' });
  });

  test('whose last box has no size says which one it is', () => {
    const open = withoutLastSize(film, 'mdat');
    expect(judge(open, { declaredSize: open.length })).toMatchObject({
      ok: true,
      detail: expect.stringMatching(/^its last box \(mdat\) goes on/u),
    });
  });

  test.each([
    ['bytes between the boxes', Buffer.concat([film, Buffer.alloc(12, 7)]), 'has bytes where a box should begin'],
    [
      'a box that is smaller than its head',
      Buffer.concat([film, uint32(4), Buffer.from('free')]),
      'has a free box of an impossible size',
    ],
    [
      'a box that is longer than the one around it',
      Buffer.concat([brand, box('moov', uint32(900), Buffer.from('trak'))]),
      'has a trak box that is longer than the one around it',
    ],
    [
      'a box inside another that goes on to the end',
      Buffer.concat([brand, box('moov', uint32(0), Buffer.from('trak'))]),
      'has a trak box of an impossible size',
    ],
    [
      'more offsets than there is room for',
      Buffer.concat([brand, box('moov', box('trak', box('stco', uint32(0, 99))))]),
      'has a damaged index',
    ],
    [
      'a list of brands of an impossible size',
      Buffer.concat([uint32(9), Buffer.from('ftypisom'), Buffer.alloc(40)]),
      'begins with a box of an impossible size',
    ],
  ])('%s is damaged', (_, body, detail) => {
    expect(judge(body)).toEqual({ ok: false, problem: 'damaged', mediaType: 'video/mp4', detail });
  });
});

describe('a picture', () => {
  const { ftyp, meta, mdat } = boxesOf(picture);
  const avifBrand = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1', 'latin1'));

  function pictureWith(...parts: readonly Buffer[]): Buffer {
    return Buffer.concat([avifBrand, box('meta', uint32(0), ...parts), box('mdat', Buffer.alloc(50))]);
  }

  test('that was cut between two boxes is caught by what its index names', () => {
    const split = [box('mdat', mdat!.subarray(8, 408)), box('mdat', mdat!.subarray(408))];
    expect(judge(Buffer.concat([ftyp!, meta!, split[0]!]))).toMatchObject({
      problem: 'truncated',
      detail: 'ends before the last part that its index names',
    });
    expect(judge(Buffer.concat([ftyp!, meta!]))).toMatchObject({ problem: 'truncated' });
  });

  test('of tiles has the size of the whole', () => {
    const extent = (width: number, height: number) => box('ispe', uint32(0, width, height));
    const sizes = box('iprp', box('ipco', extent(64, 64), extent(640, 480), extent(160, 120)));
    expect(judge(pictureWith(sizes))).toMatchObject({ ok: true, width: 640, height: 480 });
    expect(judge(pictureWith(sizes), { maxPixels: 300_000 })).toMatchObject({ problem: 'too-large' });
  });

  test.each([
    [0, [0x44, 0x00, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 40]],
    [1, [0x44, 0x04, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 60, 0, 0, 0, 40]],
    [2, [0x08, 0x40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 40]],
  ])('has an index of version %i that tells how far it reaches', (version, table) => {
    const index = (last: number) => box('iloc', [version, 0, 0, 0, ...table.slice(0, -1), last]);
    const reach = (last: number) => 60 + last;
    const total = pictureWith(index(0)).length;
    expect(judge(pictureWith(index(total - 60)))).toMatchObject({ ok: true });
    expect(reach(total - 60)).toBe(total);
    expect(judge(pictureWith(index(total - 59)))).toMatchObject({ problem: 'truncated' });
  });

  test('may have its data inside of the index', () => {
    const inside = box('iloc', [1, 0, 0, 0, 0x44, 0x00, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x40, 0]);
    const body = Buffer.concat([avifBrand, box('meta', uint32(0), inside, box('idat', Buffer.alloc(20)))]);
    expect(judge(body)).toMatchObject({ ok: true, mediaType: 'image/avif' });
  });

  test('whose index promises endless parts that take no room ends all the same', () => {
    const endless = box('iloc', [2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...Buffer.alloc(400, 0xff)]);
    expect(judge(pictureWith(endless))).toMatchObject({ problem: 'damaged', detail: 'has a damaged index' });
  });
});

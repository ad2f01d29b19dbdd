import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { decodeWithLibgd, exiftoolMissing, type LibgdKind, libgdMissing, readWithExiftool } from './decoders.js';
import { animatedWebp, apng, avif, flac, gif, jpeg, mp3, mp4, ogg, png, wav, webm, webp } from './pictures.js';

type Encoder = (seed: number, approximateBytes: number) => Buffer;

/** A PNG of about so many bytes. */
const pngOfSize: Encoder = (seed, approximateBytes) => {
  const side = Math.max(1, Math.round(Math.sqrt(approximateBytes / 3)));
  return png(side, side, seed);
};

const ENCODERS: Readonly<Record<string, { encode: Encoder; extension: string; libgd?: LibgdKind }>> = {
  png: { encode: pngOfSize, extension: 'png', libgd: 'Png' },
  apng: { encode: (seed) => apng(20, 10, seed), extension: 'png', libgd: 'Png' },
  jpeg: { encode: jpeg, extension: 'jpg', libgd: 'Jpeg' },
  'progressive jpeg': {
    encode: (seed, bytes) => jpeg(seed, bytes, { progressive: true }),
    extension: 'jpg',
    libgd: 'Jpeg',
  },
  'jpeg with restarts': {
    encode: (seed, bytes) => jpeg(seed, bytes, { restartInterval: 3 }),
    extension: 'jpg',
    libgd: 'Jpeg',
  },
  'jpeg with a thumbnail': {
    encode: (seed, bytes) => jpeg(seed, bytes, { thumbnail: jpeg(seed + 1, 400) }),
    extension: 'jpg',
    libgd: 'Jpeg',
  },
  gif: { encode: gif, extension: 'gif', libgd: 'Gif' },
  'animated gif': { encode: (seed, bytes) => gif(seed, bytes, 3), extension: 'gif', libgd: 'Gif' },
  webp: { encode: webp, extension: 'webp', libgd: 'Webp' },
  'animated webp': { encode: animatedWebp, extension: 'webp' },
  avif: { encode: avif, extension: 'avif', libgd: 'Avif' },
  mp4: { encode: mp4, extension: 'mp4' },
  'mp4 with its index last': { encode: (seed, bytes) => mp4(seed, bytes, { indexLast: true }), extension: 'mp4' },
};

const SIZES = [1, 1_000, 6_000, 60_000];
const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function written(name: string): { path: string; bytes: Buffer }[] {
  const { encode, extension } = ENCODERS[name]!;
  return SIZES.map((size) => {
    const bytes = encode(7, size);
    const path = join(folder, `${name.replaceAll(' ', '-')}-${size}.${extension}`);
    writeFileSync(path, bytes);
    return { path, bytes };
  });
}

const withoutLibgd = libgdMissing();
const withoutExiftool = exiftoolMissing();

/** The word in a test's name that says why it does not run on this machine. */
function skipped(reason: string | undefined): string {
  return reason === undefined ? '' : ` (skipped: ${reason})`;
}

describe.each(Object.keys(ENCODERS))('%s', (name) => {
  const { encode, libgd } = ENCODERS[name]!;

  test('the same arguments give the same bytes and another seed gives others', () => {
    expect(encode(1, 5_000).equals(encode(1, 5_000))).toBe(true);
    expect(encode(1, 5_000).equals(encode(2, 5_000))).toBe(false);
  });

  if (libgd !== undefined) {
    (withoutLibgd ? test.skip : test)(`libgd decodes every size${skipped(withoutLibgd)}`, () => {
      const sizes = decodeWithLibgd(written(name).map(({ path }) => ({ kind: libgd, path })));
      expect(sizes).toHaveLength(SIZES.length);
      for (const size of sizes) expect(size?.width).toBeGreaterThan(0);
    });
  }

  (withoutExiftool ? test.skip : test)(`exiftool finds nothing wrong${skipped(withoutExiftool)}`, () => {
    const files = readWithExiftool(written(name).map(({ path }) => path));
    expect(files).toHaveLength(SIZES.length);
    for (const { warning, width } of files) {
      expect(warning).toBeUndefined();
      expect(width).toBeGreaterThan(0);
    }
  });
});

const SOUNDS_AND_WEBM: readonly (readonly [mediaType: string, extension: string, bytes: Buffer])[] = [
  ['video/webm', 'webm', webm()],
  ['video/webm', 'open.webm', webm({ open: true })],
  ['audio/x-wav', 'wav', wav(1_000)],
  ['audio/mpeg', 'mp3', mp3(5, { index: true, tags: true })],
  ['audio/ogg', 'ogg', ogg(5)],
  ['audio/flac', 'flac', flac()],
];

(withoutExiftool ? test.skip : test)(`exiftool knows the sounds and the recordings${skipped(withoutExiftool)}`, () => {
  const paths = SOUNDS_AND_WEBM.map(([, extension, bytes]) => {
    const path = join(folder, `sample.${extension}`);
    writeFileSync(path, bytes);
    return path;
  });
  const files = readWithExiftool(paths);
  expect(files.map(({ mediaType }) => mediaType)).toEqual(SOUNDS_AND_WEBM.map(([mediaType]) => mediaType));
  expect(files.map(({ warning }) => warning)).toEqual(files.map(() => undefined));
});

test.each([
  ['jpeg', jpeg],
  ['gif', gif],
  ['webp', webp],
  ['avif', avif],
  ['mp4', mp4],
] as const)('a %s has about the size that was asked for', (_, encode) => {
  for (const size of [6_000, 60_000, 300_000]) {
    const { length } = encode(3, size);
    expect(length).toBeGreaterThan(size * 0.8);
    expect(length).toBeLessThan(size * 1.2);
  }
});

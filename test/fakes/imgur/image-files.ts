/** The files of an image: valid, different for each, and not made before they are asked for. */

import { animatedWebp, apng, gif, jpeg, mp4, png, webp } from '../../support/pictures.js';
import type { ImageFormat, NewImage } from './images.js';
import { paddedTo } from './sized.js';

export interface ImageFiles {
  /** What it was uploaded as. Undefined where a recorded answer came without it. */
  readonly original: Buffer | undefined;
  /** Its MP4 form; the original, for a video. */
  readonly video: Buffer | undefined;
  /** A GIF of more than 20 MB is linked in this form. */
  readonly shrunken: Buffer | undefined;
  /** A still JPEG; the letter says how large. */
  thumbnail(letter: string): Buffer;
  /** The same as WebP, for the newer addresses. */
  readonly preview: Buffer;
  /** Of the original. Known without making it. */
  readonly size: number;
}

/** GIFs that are larger are linked in a shrunken copy. */
export const LARGEST_LINKED_GIF = 20 * 1024 * 1024;
const USUAL_BYTES = 6_000;

export function createImageFiles(
  number: number,
  format: ImageFormat,
  animated: boolean,
  given: Pick<NewImage, 'size' | 'bytes' | 'mp4Bytes'>,
): ImageFiles {
  const seed = number * 100;
  const original = once(() => given.bytes ?? makeOriginal(seed, format, animated, given.size));
  const size = () => given.size ?? original().length;
  const isLargeGif = () => format === 'gif' && size() > LARGEST_LINKED_GIF;
  const video = once(() => given.mp4Bytes ?? mp4(seed + 1, USUAL_BYTES));
  const shrunken = once(() => gif(seed + 2, USUAL_BYTES, 2));
  const preview = once(() => webp(seed + 3, 3_000));
  return {
    get original() {
      return original();
    },
    get video() {
      if (format === 'mp4') return original();
      return format === 'gif' && animated ? video() : undefined;
    },
    get shrunken() {
      return isLargeGif() ? shrunken() : undefined;
    },
    thumbnail: (letter) => jpeg(seed + 10 + letter.charCodeAt(0), 2_000),
    get preview() {
      return preview();
    },
    get size() {
      return size();
    },
  };
}

/** Files that a caller has brought, and no others. */
export function givenFiles(original: Buffer | undefined, video: Buffer | undefined, size: number): ImageFiles {
  const thumbnail = () => jpeg(size, 2_000);
  return { original, video, shrunken: undefined, thumbnail, preview: webp(size, 3_000), size };
}

function makeOriginal(seed: number, format: ImageFormat, animated: boolean, size: number | undefined): Buffer {
  const bytes = encode(seed, format, animated, Math.min(USUAL_BYTES, (size ?? USUAL_BYTES * 2) >> 1));
  return size === undefined ? bytes : paddedTo(bytes, size, format === 'apng' ? 'png' : format);
}

function encode(seed: number, format: ImageFormat, animated: boolean, about: number): Buffer {
  const side = (frames: number) => Math.max(1, Math.floor(Math.sqrt(about / 3 / frames)));
  switch (format) {
    case 'jpeg':
      return jpeg(seed, about);
    case 'png':
      return png(side(1), side(1), seed);
    case 'apng':
      return apng(side(3), side(3), seed, 3);
    case 'gif':
      return gif(seed, about, animated ? 3 : 1);
    case 'webp':
      return animated ? animatedWebp(seed, about) : webp(seed, about);
    case 'mp4':
      return mp4(seed, about);
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** What `tr` asks ImageKit to make of a stored picture, and the file that it then sends. */

import { avif, jpeg, webp } from '../../support/pictures.js';
import type { FakeImage } from './new-inference.js';
import { recompressPng } from './recompress-png.js';

export interface Transformation {
  /** The stored file, byte for byte, whatever else is asked for. */
  readonly original: boolean;
  readonly format: string;
  /** From 1 to 100; of no weight for formats without loss. */
  readonly quality: number;
}

const DEFAULT_QUALITY = 80;

/** @param optimises Whether a link without `tr` is treated like one with `f-auto`. */
export function readTransformation(query: string, optimises: boolean): Transformation {
  const given = new URLSearchParams(query).get('tr') ?? '';
  const steps = given.split(/[,:]/u).filter((step) => step !== '');
  const value = (name: string) => steps.findLast((step) => step.startsWith(`${name}-`))?.slice(name.length + 1);
  return {
    original: value('orig') === 'true' || (steps.length === 0 && !optimises),
    format: value('f') ?? 'auto',
    quality: value('lo') === 'true' ? 100 : Number(value('q') ?? DEFAULT_QUALITY),
  };
}

export function transform(
  image: FakeImage,
  { original, format, quality }: Transformation,
  accept: string,
): { bytes: Buffer; mediaType: string } {
  if (original) return { bytes: image.bytes, mediaType: 'image/png' };
  const size = Math.max(200, Math.round((image.bytes.length * quality) / 100));
  switch (format === 'auto' ? bestFormat(accept) : format) {
    case 'webp':
      return { bytes: webp(image.seed, size), mediaType: 'image/webp' };
    case 'avif':
      return { bytes: avif(image.seed, size), mediaType: 'image/avif' };
    case 'jpg':
    case 'jpeg':
      return { bytes: jpeg(image.seed, size), mediaType: 'image/jpeg' };
    default:
      return { bytes: recompressPng(image.bytes), mediaType: 'image/png' };
  }
}

/** A client that takes everything has not said that it can read WebP. */
function bestFormat(accept: string): 'webp' | 'png' {
  return /image\/webp(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/iu.test(accept) ? 'webp' : 'png';
}

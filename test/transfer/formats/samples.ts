/** Whole bodies of every format, and what the check must say of them. */

import type { FormatVerdict } from '../../../src/transfer/formats/index.js';
import {
  animatedWebp,
  apng,
  avif,
  flac,
  gif,
  jpeg,
  mp3,
  mp4,
  ogg,
  png,
  wav,
  webm,
  webp,
} from '../../support/pictures.js';

export interface Sample {
  readonly bytes: Buffer;
  readonly facts: Omit<Extract<FormatVerdict, { ok: true }>, 'ok' | 'detail'>;
  /** True for those whose own structure does not tell where they end. */
  readonly openEnd?: boolean;
}

const still = { animated: false };

/** Pictures that libgd, libwebp, libjpeg and libaom made. */
const FROM_REAL_ENCODERS: Readonly<Record<string, readonly [base64: string, facts: Sample['facts']]>> = {
  'lossy webp of libwebp': [
    'UklGRlgAAABXRUJQVlA4IEwAAACwAQCdASoIAAYAAoBCJbACdAEOurkAAP7zX0ZcYt8u0MXzzR9POPyReE9+bsaQs8Y0wR/lt5DsDv6e7w78/aO0+kOH/xSUz8/aVjQA',
    { mediaType: 'image/webp', width: 8, height: 6, ...still },
  ],
  'lossless webp of libwebp': [
    'UklGRjAAAABXRUJQVlA4TCQAAAAvB0ABAJkyRPQ/NuWP6H9AQds2TDCVP7y3MRiUOYgJAPIS/R8=',
    { mediaType: 'image/webp', width: 8, height: 6, ...still },
  ],
  'webp with transparency of libwebp': [
    'UklGRo4AAABXRUJQVlA4WAoAAAAQAAAABwAABQAAQUxQSB0AAAABPyAQSLFHCx0RMQEIsm0ylrGM5f4WR4jofyz5AABWUDggSgAAANABAJ0BKggABgACgEIlsAJ0AQ66uhwAAP7zX0ZcYt8u0MXzzR9POPyReE9+bA1seOQ2+nYBO31ShtsO+GBvxtUf87s2+RI4AAAA',
    { mediaType: 'image/webp', width: 8, height: 6, ...still },
  ],
  'progressive jpeg of libjpeg': [
    '/9j/4AAQSkZJRgABAQEAYABgAAD//gA7Q1JFQVRPUjogZ2QtanBlZyB2MS4wICh1c2luZyBJSkcgSlBFRyB2NjIpLCBxdWFsaXR5ID0gNDAK/9sAQwAUDg8SDw0UEhASFxUUGB4yIR4cHB49LC4kMklATEtHQEZFUFpzYlBVbVZFRmSIZW13e4GCgU5gjZeMfZZzfoF8/9sAQwEVFxceGh47ISE7fFNGU3x8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8/8IAEQgABgAIAwEiAAIRAQMRAf/EABUAAQEAAAAAAAAAAAAAAAAAAAAB/8QAFQEBAQAAAAAAAAAAAAAAAAAAAQT/2gAMAwEAAhADEAAAAaCT/8QAFxAAAwEAAAAAAAAAAAAAAAAAAQIDEv/aAAgBAQABBQJYDP8A/8QAGREAAQUAAAAAAAAAAAAAAAAAAgABAxEh/9oACAEDAQE/ATkKm1f/xAAXEQADAQAAAAAAAAAAAAAAAAAAAQMh/9oACAECAQE/AZaj/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQAGPwJ//8QAFhABAQEAAAAAAAAAAAAAAAAAAQBx/9oACAEBAAE/IXrL/9oADAMBAAIAAwAAABAD/8QAFREBAQAAAAAAAAAAAAAAAAAAAHH/2gAIAQMBAT8Qlz//xAAWEQEBAQAAAAAAAAAAAAAAAAABACH/2gAIAQIBAT8QOrf/xAAWEAEBAQAAAAAAAAAAAAAAAAAxALH/2gAIAQEAAT8QMXl//9k=',
    { mediaType: 'image/jpeg', width: 8, height: 6 },
  ],
  'interlaced png of libpng': [
    'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAAEGYHg6AAAACXBIWXMAAA7EAAAOxAGVKw4bAAAAU0lEQVQImWXJsQmAMAAAwQsE7OwEi3Q2YmmVMRwiA1g6juNkHEewCIgoXPM8OAmq027jIqqZPSg2qTFzUBmJSk9qWixkcrCadX9RQc/w8YzE9HYDdzUN4o1EkAMAAAAASUVORK5CYII=',
    { mediaType: 'image/png', width: 8, height: 6, ...still },
  ],
  'avif of libavif': [
    'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAACYAAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAAAgAAAAGAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgQAMAAAAABNjb2xybmNseAABAA0AAYAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAAC5tZGF0EgAKCBgIvWCAhoDCMhgZgBBBBAQAO4Sk1kxpyye5Em8vwj0i8Wg=',
    { mediaType: 'image/avif', width: 8, height: 6, ...still },
  ],
  'gif of libgd': [
    'R0lGODdhCAAGANUAAAQCBASWBKQCBKSWVARmBATKBFQCBFTKPKRmPKTKdAQyBPQCBBzKxPTKrFSWLFRmHKQyHAT6BFQyDFT6RKT6jBwCBByWlPSWfBxmZPRmVCwyBCyWFMwCBMyWbCxmDCzKHHwCBHzKVMxmRMzKjPQyLBz69PT61HyWPHxmLMwyJCz6JHwyFHz6bMz6rCwCBBwyNAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACwAAAAACAAGAAAGLEBAxQAScBYVhUaygqRIL4LngUKIMpjAxnE6dS6WwucQSowajIhqwqK0TKUgADs=',
    { mediaType: 'image/gif', width: 8, height: 6, ...still },
  ],
};

function sample(bytes: Buffer, facts: Sample['facts'], openEnd = false): Sample {
  return { bytes, facts, openEnd };
}

/** The last box of an MP4 file without a size. */
export function withoutLastSize(file: Buffer, lastBox: string): Buffer {
  const open = Buffer.from(file);
  open.writeUInt32BE(0, open.lastIndexOf(lastBox, undefined, 'latin1') - 4);
  return open;
}

export const SAMPLES: Readonly<Record<string, Sample>> = {
  png: sample(png(31, 17, 1), { mediaType: 'image/png', width: 31, height: 17, ...still }),
  'large png': sample(png(300, 200, 1), { mediaType: 'image/png', width: 300, height: 200, ...still }),
  apng: sample(apng(12, 9, 1), { mediaType: 'image/png', width: 12, height: 9, animated: true }),
  jpeg: sample(jpeg(1, 3_000), { mediaType: 'image/jpeg', width: 56, height: 56 }),
  'progressive jpeg': sample(jpeg(1, 3_000, { progressive: true }), { mediaType: 'image/jpeg', width: 56, height: 56 }),
  'jpeg with restarts': sample(jpeg(1, 3_000, { restartInterval: 2 }), {
    mediaType: 'image/jpeg',
    width: 56,
    height: 56,
  }),
  'jpeg with a thumbnail': sample(jpeg(1, 3_000, { thumbnail: jpeg(2, 800) }), {
    mediaType: 'image/jpeg',
    width: 56,
    height: 56,
  }),
  gif: sample(gif(1, 2_000), { mediaType: 'image/gif', width: 35, height: 35, ...still }),
  'animated gif': sample(gif(1, 3_000, 4), { mediaType: 'image/gif', width: 23, height: 23, animated: true }),
  webp: sample(webp(1, 2_000), { mediaType: 'image/webp', width: 25, height: 25, ...still }),
  'webp of one pixel': sample(webp(1, 1), { mediaType: 'image/webp', width: 1, height: 1, ...still }),
  'animated webp': sample(animatedWebp(1, 2_000), { mediaType: 'image/webp', width: 13, height: 13, animated: true }),
  mp4: sample(mp4(1, 6_000), { mediaType: 'video/mp4', width: 40, height: 40 }),
  'mp4 with its index last': sample(mp4(1, 6_000, { indexLast: true }), {
    mediaType: 'video/mp4',
    width: 40,
    height: 40,
  }),
  'mp4 with an open box': sample(
    withoutLastSize(mp4(1, 6_000), 'mdat'),
    { mediaType: 'video/mp4', width: 40, height: 40 },
    true,
  ),
  avif: sample(avif(1, 2_000), { mediaType: 'image/avif', width: 16, height: 16, ...still }),
  webm: sample(webm(), { mediaType: 'video/webm', width: 8, height: 6 }),
  'recorded webm': sample(webm({ open: true }), { mediaType: 'video/webm', width: 8, height: 6 }, true),
  matroska: sample(webm({ documentType: 'matroska' }), { mediaType: 'video/x-matroska', width: 8, height: 6 }),
  wav: sample(wav(500), { mediaType: 'audio/wav' }),
  'piped wav': sample(wav(500, { open: true }), { mediaType: 'audio/wav' }, true),
  mp3: sample(mp3(5), { mediaType: 'audio/mpeg' }, true),
  'mp3 with an index': sample(mp3(5, { index: true }), { mediaType: 'audio/mpeg' }),
  'mp3 with tags': sample(mp3(5, { tags: true }), { mediaType: 'audio/mpeg' }, true),
  ogg: sample(ogg(5), { mediaType: 'audio/ogg' }),
  flac: sample(flac(), { mediaType: 'audio/flac' }, true),
  ...Object.fromEntries(
    Object.entries(FROM_REAL_ENCODERS).map(([name, [base64, facts]]) => [
      name,
      sample(Buffer.from(base64, 'base64'), facts),
    ]),
  ),
};

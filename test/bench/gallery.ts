/**
 * The pictures that the transfer benchmarks move: any number of whole, distinct ones of about one size, and one film of
 * any size. Server and benchmark make the same bytes from the same options, so nothing is handed from one to the other.
 */

import { createHash } from 'node:crypto';
import { segment } from '../support/pictures/jpeg.js';
import { noiseBytes } from '../support/pictures/noise.js';
import { pngChunk } from '../support/pictures/png.js';
import { jpeg, mp4, png, webp } from '../support/pictures.js';

/** What a gallery holds, as plain data for the server's command line. */
export type GalleryOptions =
  | { readonly kind: 'pictures'; readonly count: number; readonly bytes: number }
  | { readonly kind: 'film'; readonly bytes: number };

export interface GalleryItem {
  /** `generation-…`, as the DALL·E Labs API writes it. */
  readonly id: string;
  /** `<id>.<extension>`: the end of its URL, and what every program of the benchmark calls its file. */
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  /** The bytes in order, made anew in each call; a picture is one part. */
  parts(): Iterable<Buffer>;
}

export function createGallery(options: GalleryOptions): GalleryItem[] {
  return options.kind === 'film' ? [createFilm(options.bytes)] : createPictures(options.count, options.bytes);
}

export function digestOf(item: GalleryItem, algorithm: 'md5' | 'sha256'): Buffer {
  const hash = createHash(algorithm);
  for (const part of item.parts()) hash.update(part);
  return hash.digest();
}

/** Making a picture takes milliseconds, changing a few bytes of one next to nothing: so many are made of each format. */
const MODELS = 8;

interface Format {
  readonly extension: string;
  readonly mediaType: string;
  make(seed: number, bytes: number): Buffer;
  /** The picture with a number written into it where no decoder minds. */
  stamp(picture: Buffer, number: number): Buffer;
}

const PNG_END = 12;

const FORMATS: readonly Format[] = [
  { extension: 'webp', mediaType: 'image/webp', make: webp, stamp: stampPixels },
  { extension: 'png', mediaType: 'image/png', make: (seed, bytes) => png(...square(bytes), seed), stamp: stampText },
  { extension: 'jpg', mediaType: 'image/jpeg', make: (seed, bytes) => jpeg(seed, bytes), stamp: stampComment },
];

function createPictures(count: number, bytes: number): GalleryItem[] {
  const models = FORMATS.map(({ make }) => Array.from({ length: MODELS }, (_, seed) => make(seed + 1, bytes)));
  return Array.from({ length: count }, (_, index) => {
    const kind = index % FORMATS.length;
    const { extension, mediaType, stamp } = FORMATS[kind]!;
    const model = models[kind]![Math.floor(index / FORMATS.length) % MODELS]!;
    const id = inventId(index);
    const size = stamp(model, index).length;
    // Stamped anew each time: ten thousands of pictures need not fit into memory.
    return { id, name: `${id}.${extension}`, mediaType, size, parts: () => [stamp(model, index)] };
  });
}

function square(bytes: number): [width: number, height: number] {
  const side = Math.max(1, Math.round(Math.sqrt(bytes / 3)));
  return [side, side];
}

/** The pixels of these pictures are any bytes at all and stand at the end. */
function stampPixels(picture: Buffer, number: number): Buffer {
  const stamped = Buffer.from(picture);
  stamped.writeUInt32LE(number, stamped.length - 8);
  return stamped;
}

function stampText(picture: Buffer, number: number): Buffer {
  const end = picture.length - PNG_END;
  const text = pngChunk('tEXt', Buffer.from(`Comment\0number ${number}`, 'latin1'));
  return Buffer.concat([picture.subarray(0, end), text, picture.subarray(end)]);
}

/** Behind the first segment: a JFIF header must come first. */
function stampComment(picture: Buffer, number: number): Buffer {
  const behind = 4 + picture.readUInt16BE(4);
  const comment = segment(0xfe, Buffer.from(`number ${number}`, 'latin1'));
  return Buffer.concat([picture.subarray(0, behind), comment, picture.subarray(behind)]);
}

/** How much of a film is in memory at once. */
const FILM_PART = 1_048_576;

/** A small film and behind it a box of noise, whose length stands in 64 bits because it may exceed 4 GiB. */
function createFilm(bytes: number): GalleryItem {
  const film = mp4(1, 4_000);
  const noise = noiseBytes(1, FILM_PART);
  const head = Buffer.alloc(16);
  const size = Math.max(bytes, film.length + head.length);
  head.writeUInt32BE(1, 0);
  head.write('mdat', 4, 'latin1');
  head.writeBigUInt64BE(BigInt(size - film.length), 8);
  const id = inventId(0);
  function* parts(): Generator<Buffer> {
    yield Buffer.concat([film, head]);
    for (let left = size - film.length - head.length; left > 0; left -= FILM_PART) {
      yield left < FILM_PART ? noise.subarray(0, left) : noise;
    }
  }
  return { id, name: `${id}.mp4`, mediaType: 'video/mp4', size, parts };
}

function inventId(index: number): string {
  const letters = createHash('sha256').update(`generation ${index}`).digest('base64').replace(/[+/=]/gu, '');
  return `generation-${letters.slice(0, 24)}`;
}

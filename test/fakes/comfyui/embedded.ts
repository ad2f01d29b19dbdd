/** The two graphs inside of a picture, where ComfyUI's own nodes write them. */

import { pngChunk } from '../../support/pictures/png.js';
import { riffChunk } from '../../support/pictures/webp.js';

/** Texts by their names: `prompt` and `workflow`, as JSON. */
export type EmbeddedTexts = Readonly<Record<string, string>>;

/** The signature and the IHDR chunk. */
const PNG_HEAD = 8 + 12 + 13;

/** One tEXt chunk for each, before the pixels. */
export function pngWithTexts(png: Buffer, texts: EmbeddedTexts): Buffer {
  const chunks = Object.entries(texts).map(([name, text]) =>
    pngChunk('tEXt', Buffer.from(`${name}\0${text}`, 'latin1')),
  );
  return Buffer.concat([png.subarray(0, PNG_HEAD), ...chunks, png.subarray(PNG_HEAD)]);
}

/** Tags from that of the camera model downwards, each with `name:text`. */
const FIRST_EXIF_TAG = 0x0110;
/** The place of the flags in the VP8X chunk, and the flag for Exif. */
const WEBP_FLAGS = 20;
const HAS_EXIF = 0x08;

/** An Exif chunk at the end of an extended WebP file. */
export function webpWithTexts(webp: Buffer, texts: EmbeddedTexts): Buffer {
  const file = Buffer.concat([webp, riffChunk('EXIF', exif(Object.entries(texts)))]);
  file.writeUInt32LE(file.length - 8, 4);
  file[WEBP_FLAGS] = file[WEBP_FLAGS]! | HAS_EXIF;
  return file;
}

function exif(texts: readonly (readonly [string, string])[]): Buffer {
  const values = texts.map(([name, text]) => Buffer.from(`${name}:${text}\0`, 'latin1'));
  // The tags of a directory stand in ascending order.
  const fields = values.map((value, index) => ({ tag: FIRST_EXIF_TAG - index, value })).reverse();
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  directory.writeUInt16BE(fields.length, 0);
  let position = 8 + directory.length;
  for (const [index, { tag, value }] of fields.entries()) {
    const at = 2 + index * 12;
    directory.writeUInt16BE(tag, at);
    directory.writeUInt16BE(2, at + 2);
    directory.writeUInt32BE(value.length, at + 4);
    directory.writeUInt32BE(position, at + 8);
    position += value.length;
  }
  return Buffer.concat([Buffer.from('MM\0\x2a\0\0\0\x08', 'latin1'), directory, ...fields.map(({ value }) => value)]);
}

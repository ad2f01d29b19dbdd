/** Files of the media host, made when they are first asked for: a history of thousands costs nothing until then. */

import { jpeg, mp4, png, wav, webp } from '../../support/pictures.js';

export type FileFormat = 'webp' | 'png' | 'jpg' | 'mp4' | 'wav';

export interface NewFile {
  /** `out-0.webp`. Its ending says nothing about the bytes where `bytes` is given. */
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: () => Buffer;
  /** Sent as a `data:` URI in the record itself; then it is on no host. */
  readonly inline?: boolean;
}

export class FakeFile {
  readonly name: string;
  readonly mediaType: string;
  readonly inline: boolean;
  #bytes: Buffer | undefined;
  readonly #make: () => Buffer;

  /** @param path On the media host. */
  constructor(
    readonly path: string,
    { name, mediaType, bytes, inline = false }: NewFile,
  ) {
    this.name = name;
    this.mediaType = mediaType;
    this.inline = inline;
    this.#make = bytes;
  }

  get bytes(): Buffer {
    this.#bytes ??= this.#make();
    return this.#bytes;
  }
}

const MEDIA_TYPES: Readonly<Record<FileFormat, string>> = {
  webp: 'image/webp',
  png: 'image/png',
  jpg: 'image/jpeg',
  mp4: 'video/mp4',
  wav: 'audio/x-wav',
};

/** Another file for each seed, but for sounds. */
export function inventFile(stem: string, format: FileFormat, seed: number, approximateBytes: number): NewFile {
  const encode: Readonly<Record<FileFormat, () => Buffer>> = {
    webp: () => webp(seed, approximateBytes),
    png: () => png(side(approximateBytes), side(approximateBytes), seed),
    jpg: () => jpeg(seed, approximateBytes),
    mp4: () => mp4(seed, approximateBytes),
    wav: () => wav(approximateBytes >> 1),
  };
  return { name: `${stem}.${format}`, mediaType: MEDIA_TYPES[format], bytes: encode[format] };
}

/** A pixel of noise costs three bytes. */
function side(approximateBytes: number): number {
  return Math.max(1, Math.round(Math.sqrt(approximateBytes / 3)));
}

/** Pictures that a response holds: their bytes stand in the answer itself, in base64, and are on no host. */

import { jpeg, png, webp } from '../../support/pictures.js';
import { inventId } from './ids.js';

export type ImageFormat = 'png' | 'webp' | 'jpeg';

export interface NewImage {
  readonly id?: string;
  /** `generating` comes with a whole picture too: the service says so of some that are finished. */
  readonly status?: 'completed' | 'generating' | 'in_progress' | 'failed';
  readonly format?: ImageFormat;
  /** About how large it is, without base64; 6,000 bytes unless said otherwise. */
  readonly bytes?: number;
  /** The picture itself, in place of a made-up one. */
  readonly picture?: Buffer;
  /**
   * How the picture is written: the service knows the first alone, and `null` where there is none; compatible gateways
   * know the others. A failed picture, and one in progress, has none unless said otherwise.
   */
  readonly form?: 'base64' | 'null' | 'data-url' | 'list' | 'empty' | 'missing';
  readonly action?: 'generate' | 'edit';
  /** Null for none. */
  readonly revisedPrompt?: string | null;
  /** Without all the fields that are in no specification, though the service sends them. */
  readonly bare?: boolean;
  /** Further fields of the record. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export class FakeImage {
  readonly id: string;
  readonly format: ImageFormat;
  readonly given: NewImage;
  readonly #seed: number;
  #picture: Buffer | undefined;

  constructor(number: number, index: number, given: NewImage) {
    this.id = given.id ?? inventId('ig', number, 10 + index);
    this.format = given.format ?? 'png';
    this.given = given;
    this.#seed = number * 100 + index;
    this.#picture = given.picture;
  }

  /** Made when it is first asked for: a history of thousands costs nothing until then. */
  get picture(): Buffer {
    this.#picture ??= encode(this.format, this.#seed, this.given.bytes ?? 6_000);
    return this.#picture;
  }
}

export function imageRecord(image: FakeImage, prompt: string): object {
  const { id, format, given } = image;
  const { status = 'completed', bare = false, action = 'generate' } = given;
  const settings = { action, background: 'opaque', output_format: format, quality: 'high', size: '1024x1024' };
  const revised = given.revisedPrompt === undefined ? `${prompt}, in soft light` : given.revisedPrompt;
  return {
    id,
    type: 'image_generation_call',
    status,
    ...(bare ? {} : { ...settings, revised_prompt: revised }),
    ...resultField(image),
    ...given.extra,
  };
}

function resultField(image: FakeImage): { result?: unknown } {
  const { given, format } = image;
  const base64 = () => image.picture.toString('base64');
  const unfinished = given.status === 'failed' || given.status === 'in_progress';
  switch (given.form ?? (unfinished ? 'null' : 'base64')) {
    case 'base64':
      return { result: base64() };
    case 'data-url':
      return { result: `data:image/${format};base64,${base64()}` };
    case 'list':
      return { result: [{ type: 'image', b64_json: base64() }] };
    case 'null':
      return { result: null };
    case 'empty':
      return { result: '' };
    case 'missing':
      return {};
  }
}

function encode(format: ImageFormat, seed: number, approximateBytes: number): Buffer {
  if (format === 'webp') return webp(seed, approximateBytes);
  if (format === 'jpeg') return jpeg(seed, approximateBytes);
  // A pixel of noise costs three bytes.
  const side = Math.max(1, Math.round(Math.sqrt(approximateBytes / 3)));
  return png(side, side, seed);
}

/** The pictures and videos that users published on the site. */

import { createHash } from 'node:crypto';
import { LosslessNumber } from 'lossless-json';
import { jpeg, mp4, png, webp } from '../../support/pictures.js';

export type PublicFormat = 'jpeg' | 'png' | 'webp' | 'mp4';

export interface NewPublicImage {
  readonly id?: number;
  readonly postId?: number;
  readonly username?: string;
  /** What the original is; its name in the link ends with `.jpeg` all the same, or with `.mp4`. */
  readonly format?: PublicFormat;
  /** One bit: PG 1, PG-13 2, R 4, X 8, XXX 16, blocked 32. PG unless said otherwise. */
  readonly browsingLevel?: number;
  /** In place of made-up data; null for a picture without. */
  readonly meta?: Readonly<Record<string, unknown>> | null;
  readonly prompt?: string;
  readonly created?: number;
  readonly modelId?: number;
  readonly modelVersionIds?: readonly number[];
  readonly tags?: readonly { readonly id: number; readonly name: string }[];
  readonly likes?: number;
  readonly comments?: number;
  /** False for one that has a page and is left out of the API. */
  readonly listed?: boolean;
  /** The original itself, in place of a made-up one. */
  readonly bytes?: Buffer;
}

export interface FakePublicImage {
  readonly id: number;
  readonly postId: number;
  readonly username: string;
  /** Names the file on the content delivery network. */
  readonly uuid: string;
  readonly type: 'image' | 'video';
  readonly mediaType: string;
  readonly browsingLevel: number;
  readonly created: number;
  readonly meta: Readonly<Record<string, unknown>> | null;
  readonly modelId: number;
  readonly modelVersionIds: readonly number[];
  readonly tags: readonly { readonly id: number; readonly name: string }[];
  readonly likes: number;
  readonly comments: number;
  readonly listed: boolean;
  readonly original: Buffer;
  /** What every width but the original's is answered with. */
  readonly resized: Buffer;
}

export interface PublicImageStore {
  add(image?: NewPublicImage): FakePublicImage;
  remove(id: number): void;
  all(): FakePublicImage[];
  find(id: number): FakePublicImage | undefined;
  /** By the name on the content delivery network. */
  file(uuid: string): FakePublicImage | undefined;
}

const FORMATS = {
  jpeg: ['image/jpeg', (seed: number) => jpeg(seed, 4_000)],
  png: ['image/png', (seed: number) => png(36, 36, seed)],
  webp: ['image/webp', (seed: number) => webp(seed, 4_000)],
  mp4: ['video/mp4', (seed: number) => mp4(seed, 4_000)],
} as const;

export function createPublicImageStore(now: () => number): PublicImageStore {
  const images = new Map<number, FakePublicImage>();
  const files = new Map<string, FakePublicImage>();
  let count = 0;
  return {
    add(given = {}) {
      count += 1;
      const image = createImage(given, count, now());
      images.set(image.id, image);
      files.set(image.uuid, image);
      return image;
    },
    remove: (id) => void images.delete(id),
    all: () => [...images.values()],
    find: (id) => images.get(id),
    file: (uuid) => files.get(uuid),
  };
}

function createImage(given: NewPublicImage, number: number, now: number): FakePublicImage {
  const [mediaType, make] = FORMATS[given.format ?? 'jpeg'];
  let original = given.bytes;
  return {
    id: given.id ?? 80_000_000 + number,
    postId: given.postId ?? 9_000_000 + number,
    username: given.username ?? 'fernwatcher',
    uuid: inventUuid(number),
    type: given.format === 'mp4' ? 'video' : 'image',
    mediaType,
    browsingLevel: given.browsingLevel ?? 1,
    created: given.created ?? now,
    meta: given.meta === undefined ? inventMeta(given, number) : given.meta,
    modelId: given.modelId ?? 4_201,
    modelVersionIds: given.modelVersionIds ?? [130_072],
    tags: given.tags ?? [{ id: 5_133, name: 'robot' }],
    likes: given.likes ?? 0,
    comments: given.comments ?? 0,
    listed: given.listed ?? true,
    get original() {
      original ??= make(number);
      return original;
    },
    get resized() {
      return jpeg(number + 700_000, 1_200);
    },
  };
}

/** What the generators of this site's users write; names with spaces are theirs. */
function inventMeta({ prompt }: NewPublicImage, number: number): Readonly<Record<string, unknown>> {
  return {
    prompt: prompt ?? `a tin robot watering ferns, number ${number}`,
    negativePrompt: 'blurry',
    seed: new LosslessNumber(String(9_007_199_254_740_993n + BigInt(number))),
    steps: 30,
    sampler: 'DPM++ 2M Karras',
    cfgScale: new LosslessNumber('7.0'),
    Model: 'dreamshaper_8',
    'Model hash': '879db523c3',
    Size: '512x768',
    'Clip skip': 2,
    hashes: { model: '879db523c3' },
    resources: [{ name: 'dreamshaper_8', type: 'model', hash: '879db523c3' }],
  };
}

function inventUuid(number: number): string {
  const hex = createHash('sha256').update(`public image ${number}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

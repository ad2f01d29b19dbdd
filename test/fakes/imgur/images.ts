/** The images that the fake service knows: pictures, animations and videos alike. */

import { createImageFiles, type ImageFiles } from './image-files.js';

export type ImageFormat = 'jpeg' | 'png' | 'apng' | 'gif' | 'webp' | 'mp4';

/** What makes an image or an album a post of the gallery. */
export interface GalleryPost {
  /** Words that stand before the id in its address. */
  readonly slug?: string;
  readonly ups?: number;
  readonly downs?: number;
  readonly commentCount?: number;
  readonly topic?: string;
  readonly tags?: readonly string[];
}

export interface NewImage {
  /** Seven letters and digits unless said otherwise. */
  readonly id?: string;
  readonly title?: string | null;
  /** None is null in the older API and empty in the newer one; an empty one is empty in both. */
  readonly description?: string | null;
  /** The name of the file that was uploaded; shown to the owner. */
  readonly name?: string;
  /** Unix seconds. */
  readonly created?: number;
  /** `jpeg` unless said otherwise. */
  readonly format?: ImageFormat;
  /** `jpeg` where links end with that and not with `jpg`. */
  readonly ext?: string;
  /** Whether a GIF or WebP moves. A GIF does unless said otherwise. */
  readonly animated?: boolean;
  /** The MP4 form of a moving GIF: there, not made yet (`mp4_size` 0), or never mentioned. */
  readonly mp4?: 'ready' | 'pending' | 'missing';
  readonly hasSound?: boolean;
  /** The size of the file, to the byte; a GIF of more than 20 MB is linked in a shrunken copy. */
  readonly size?: number;
  /** The file itself, in place of a made-up one. */
  readonly bytes?: Buffer;
  /** The MP4 form itself. */
  readonly mp4Bytes?: Buffer;
  readonly width?: number;
  readonly height?: number;
  readonly views?: number;
  /** Still listed, but its files lead to the placeholder. */
  readonly removed?: boolean;
  /** Links as in old replies: `http://`. */
  readonly plainLinks?: boolean;
  /** What stands behind the `?` of its link: `1` in some old replies. */
  readonly linkQuery?: string;
  /** Whose it is; nobody's unless said otherwise. */
  readonly account?: string;
  readonly nsfw?: boolean | null;
  readonly gallery?: GalleryPost;
  /** Further fields of its record in the older API. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface ImageChange {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly removed?: boolean;
  readonly mp4?: 'ready' | 'pending' | 'missing';
}

export interface FakeImage {
  readonly id: string;
  readonly title: string | null;
  readonly description: string | null;
  readonly name: string | null;
  readonly created: number;
  readonly mediaType: string;
  readonly ext: string;
  readonly animated: boolean;
  /** None for what has no MP4 form at all. */
  readonly mp4: 'ready' | 'pending' | 'missing' | 'none';
  readonly hasSound: boolean;
  readonly width: number;
  readonly height: number;
  readonly views: number;
  readonly removed: boolean;
  readonly plainLinks: boolean;
  readonly linkQuery: string | undefined;
  readonly account: string | undefined;
  readonly nsfw: boolean | null;
  readonly gallery: GalleryPost | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly files: ImageFiles;
  /** Its record in the older API, where it was given and not made up. */
  readonly record?: Readonly<Record<string, unknown>>;
}

/** Images change by way of the library only. */
export type ChangingImage = { -readonly [Key in keyof FakeImage]: FakeImage[Key] };

const MEDIA_TYPES: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  apng: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  mp4: 'video/mp4',
};
const EXTENSIONS: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'jpg',
  png: 'png',
  apng: 'png',
  gif: 'gif',
  webp: 'webp',
  mp4: 'mp4',
};

export function createImage(number: number, given: NewImage, now: number): ChangingImage {
  const format = given.format ?? 'jpeg';
  const animated = format === 'apng' || format === 'mp4' || (given.animated ?? format === 'gif');
  const hasMp4 = format === 'mp4' || (format === 'gif' && animated);
  return {
    id: given.id ?? inventId(number, 7),
    title: given.title ?? null,
    description: given.description ?? null,
    name: given.name ?? null,
    created: given.created ?? now,
    mediaType: MEDIA_TYPES[format],
    ext: given.ext ?? EXTENSIONS[format],
    animated,
    mp4: hasMp4 ? (given.mp4 ?? 'ready') : 'none',
    hasSound: given.hasSound ?? false,
    width: given.width ?? 640,
    height: given.height ?? 480,
    // With a file of a few thousand bytes, the bandwidth that follows from it is beyond 32 bits.
    views: given.views ?? 1_234_567,
    removed: given.removed ?? false,
    plainLinks: given.plainLinks ?? false,
    linkQuery: given.linkQuery,
    account: given.account,
    nsfw: given.nsfw ?? null,
    gallery: given.gallery,
    extra: given.extra ?? {},
    files: createImageFiles(number, format, animated, given),
  };
}

/** The path of a post on the web site, with the words that a gallery puts before the id. */
export function postPath(id: string, isAlbum: boolean, gallery: GalleryPost | undefined): string {
  if (gallery !== undefined) return `/gallery/${gallery.slug === undefined ? '' : `${gallery.slug}-`}${id}`;
  return isAlbum ? `/a/${id}` : `/${id}`;
}

const ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits, others for each number. */
export function inventId(number: number, length: number): string {
  let state = BigInt(number) * 1_000n + BigInt(length);
  let id = '';
  for (let position = 0; position < length; position += 1) {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) & 0xffff_ffff_ffff_ffffn;
    id += ID_LETTERS[Number(state >> 40n) % 62];
  }
  return id;
}

/**
 * Reading the records of Imgur's API: what must be there is checked, everything else is kept and not relied upon.
 * https://api.imgur.com/models/album, https://api.imgur.com/models/image
 */

import { AlbarettoError, type ReadableEntries, readableEntries } from '../../src/plugin.js';

export interface ImageAnswer {
  readonly id: string;
  readonly title?: string;
  readonly created?: Date;
  /** `image/gif`, in lower case. */
  readonly mediaType?: string;
  readonly width?: number;
  readonly height?: number;
  /** Bytes of the original. */
  readonly size?: number;
  readonly link?: string;
  readonly mp4?: string;
  /** Bytes of the MP4 form. */
  readonly mp4Size?: number;
  /** Whether the MP4 form is still being made. */
  readonly isPending: boolean;
  /** The record without loss. */
  readonly record: Fields;
}

export interface ImageList {
  /** In display order, duplicates among them; none where an album's record came without them. */
  readonly images: readonly ImageAnswer[];
  /** How many entries besides could not be read. */
  readonly unreadable: number;
  /** The records of all entries, in display order: null in the place of one that could not be read. */
  readonly records: readonly (Fields | null)[];
}

export interface AlbumAnswer extends ImageList {
  readonly id: string;
  readonly title?: string;
  readonly created?: Date;
  /** How many images it says it has. */
  readonly imagesCount?: number;
  /** The record without loss and without its images. */
  readonly record: Fields;
}

export type Fields = Readonly<Record<string, unknown>>;

/** What lets its holder delete a post. The owner can always get it anew. */
const DELETE_HASH = 'deletehash';

/** As `rawRecord` marks what it left out. */
const LEFT_OUT = '?…';

const NO_IMAGES: ImageList = { images: [], unreadable: 0, records: [] };

/** @throws E_BAD_ANSWER */
export function readAlbum(value: unknown, lossless: unknown, what: string): AlbumAnswer {
  const album = fields(value);
  const id = text(album?.id);
  if (album === undefined || id === undefined || !isId(id)) throw badAnswer(what, 'an album without id');
  const { images: losslessImages, ...record } = fields(lossless) ?? {};
  return compact({
    id,
    title: text(album.title),
    created: time(album.datetime),
    imagesCount: count(album.images_count),
    ...(album.images === undefined ? NO_IMAGES : readImages(album.images, losslessImages, what)),
    record: withoutDeleteHash(record),
  });
}

/** One odd entry must not hide all others. @throws E_BAD_ANSWER for what is no list, or has nothing that can be read. */
export function readImages(list: unknown, lossless: unknown, what: string): ImageList {
  if (!Array.isArray(list)) throw badAnswer(what, 'no list of images');
  const { read, unreadable } = readableEntries(list, (entry, place) => ({
    place,
    image: readImage(entry, Array.isArray(lossless) ? lossless[place] : entry, what),
  }));
  const records: (Fields | null)[] = list.map(() => null);
  for (const { place, image } of read) records[place] = image.record;
  return { images: read.map(({ image }) => image), unreadable, records };
}

/** The same of albums. */
export function readAlbums(list: unknown, lossless: unknown, what: string): ReadableEntries<AlbumAnswer> {
  if (!Array.isArray(list)) throw badAnswer(what, 'no list of albums');
  return readableEntries(list, (entry, index) =>
    readAlbum(entry, Array.isArray(lossless) ? lossless[index] : entry, what),
  );
}

/** @throws E_BAD_ANSWER */
export function readImage(value: unknown, lossless: unknown, what: string): ImageAnswer {
  const image = fields(value);
  const id = text(image?.id);
  if (image === undefined || id === undefined || !isId(id)) throw badAnswer(what, 'an image without id');
  const processing = text(fields(image.processing)?.status);
  // https://api.imgur.com/models/image: the size of an MP4 that is not made yet is 0, and nothing need say `processing`.
  const isMade = processing === undefined ? image.mp4_size !== 0 : processing === 'completed';
  return compact({
    id,
    title: text(image.title),
    created: time(image.datetime),
    mediaType: mediaTypeOf(image.type),
    width: count(image.width),
    height: count(image.height),
    size: count(image.size),
    link: text(image.link),
    mp4: text(image.mp4),
    mp4Size: count(image.mp4_size),
    isPending: !isMade,
    record: withoutDeleteHash(fields(lossless) ?? {}),
  });
}

/** `{UserLimit, UserRemaining, UserReset, ClientLimit, ClientRemaining}`: https://apidocs.imgur.com, Rate Limits. */
export function readCredits(value: unknown): string | undefined {
  const credits = fields(value) ?? {};
  const [left, limit, application] = [credits.UserRemaining, credits.UserLimit, credits.ClientRemaining].map(
    (entry) => count(entry) ?? (entry === 0 ? 0 : undefined),
  );
  if (left === undefined) return undefined;
  const own = `${left}${limit === undefined ? '' : ` of ${limit}`} credits left`;
  return application === undefined ? own : `${own}, ${application} for the application today`;
}

/**
 * Ids are opaque, but they become part of a path and of messages: no separators, no control characters (those above 127
 * drive terminals too, and those of Unicode turn the reading direction), no halves of surrogate pairs.
 */
function isId(id: string): boolean {
  return /^[^/\\?#%\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,200}$/u.test(id) && id !== '.' && id !== '..';
}

/** The field stays, and says that something was left out. */
function withoutDeleteHash(record: Fields): Fields {
  return Object.hasOwn(record, DELETE_HASH) ? { ...record, [DELETE_HASH]: LEFT_OUT } : record;
}

/** Where a delete hash was left out of a record, or of the records in it: `image.deletehash`. */
export function leftOutOf(record: Fields): string[] {
  const own = Object.hasOwn(record, DELETE_HASH) ? [DELETE_HASH] : [];
  const inner = Object.entries(record).filter(([, value]) => Object.hasOwn(fields(value) ?? {}, DELETE_HASH));
  return [...own, ...inner.map(([name]) => `${name}.${DELETE_HASH}`)];
}

function badAnswer(what: string, found: string): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `${what}: the service answered ${found}`,
    hint: 'its interface may have changed',
    plugin: 'imgur',
  });
}

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Of Unix seconds. */
function time(value: unknown): Date | undefined {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) < 8.64e12
    ? new Date(value * 1000)
    : undefined;
}

/** 0 is what the service says where it does not know. */
function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function mediaTypeOf(value: unknown): string | undefined {
  const type = text(value)?.toLowerCase();
  return type !== undefined && /^[a-z]+\/[a-z0-9.+-]{1,60}$/u.test(type) ? type : undefined;
}

/** Without members that are undefined: absent is absent. */
function compact<T extends object>(value: { [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

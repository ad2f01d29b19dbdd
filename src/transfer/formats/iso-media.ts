/**
 * MP4, QuickTime, AVIF and HEIC (ISO/IEC 14496-12 and 23008-12): the boxes fill the body, the first tells the kind, an
 * index is there, and what it points at is there too.
 */

import { type Box, eachBox } from './boxes.js';
import type { ByteReader, Reading } from './byte-reader.js';
import { type Format, type Limits, pixels } from './format.js';
import { type Items, readItems } from './iso-items.js';
import { type Movie, readMovie } from './iso-movie.js';
import { damaged, Flaw, type Whole } from './verdict.js';

/** Kinds by brand, the more exact ones first; `mif1` and `msf1` are also among the brands of the others. */
const PICTURE_BRANDS: readonly (readonly [mediaType: string, brands: readonly string[]])[] = [
  ['image/avif', ['avif', 'avis']],
  ['image/heic', ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx']],
  ['image/heif', ['mif1', 'msf1']],
];
const MOVIE_BRANDS: Readonly<Record<string, string>> = {
  'qt  ': 'video/quicktime',
  'M4A ': 'audio/mp4',
  'M4B ': 'audio/mp4',
};
const SEQUENCE_BRANDS = new Set(['avis', 'msf1', 'hevc', 'hevx']);
const LONGEST_BRAND_LIST = 4_096;

interface Contents {
  readonly brands: readonly string[];
  movie?: Movie;
  items?: Items;
  data: boolean;
  fragments: boolean;
  /** The last box, where it says nothing of its own length. */
  openBox?: string;
  /** Whether the last box is the list of all fragments. */
  closed: boolean;
}

export const isoMedia: Format = {
  claim: (head) => pictureType(splitBrands(Buffer.from(head.subarray(8, head[3])).toString('latin1'))) ?? 'video/mp4',
  signatures: ['\0\0??ftyp'],
  *read(reader, limits) {
    const contents: Contents = { brands: yield* readBrands(reader), data: false, fragments: false, closed: false };
    yield* eachBox(reader, Number.POSITIVE_INFINITY, (box) => readTopLevel(reader, box, contents));
    return judge(contents, reader.offset, limits);
  },
};

function* readBrands(reader: ByteReader): Reading<string[]> {
  const size = (yield* reader.take(8)).readUInt32BE(0);
  if (size < 16 || size > LONGEST_BRAND_LIST) throw damaged('begins with a box of an impossible size');
  return splitBrands((yield* reader.take(size - 8)).toString('latin1'));
}

/** Behind the major brand stands a version number, then the compatible brands. */
function splitBrands(list: string): string[] {
  return (list.slice(0, 4) + list.slice(8)).match(/[\s\S]{4}/gu) ?? [];
}

function pictureType(brands: readonly string[]): string | undefined {
  return PICTURE_BRANDS.find(([, own]) => own.some((brand) => brands.includes(brand)))?.[0];
}

function* readTopLevel(reader: ByteReader, box: Box, contents: Contents): Reading<void> {
  contents.closed = box.type === 'mfra';
  if (box.end === Number.POSITIVE_INFINITY) contents.openBox = box.type;
  if (box.type === 'moov') contents.movie = yield* readMovie(reader, box);
  else if (box.type === 'meta') contents.items = yield* readItems(reader, box);
  else if (box.type === 'mdat') contents.data = true;
  else if (box.type === 'moof') contents.fragments = true;
}

function judge(contents: Contents, end: number, limits: Limits): Whole {
  const { brands, movie, items, data } = contents;
  if (movie === undefined && items === undefined)
    throw new Flaw('truncated', 'ends before its index (no moov, no meta)');
  const reach = Math.max(movie === undefined ? 0 : movie.lastRunAt + 1, items?.reach ?? 0);
  if (reach > end) throw new Flaw('truncated', 'ends before the last part that its index names');
  if (!data && !items?.holdsData) throw new Flaw('truncated', 'ends before its data (no mdat)');
  if (movie?.fragmented && !contents.fragments) throw new Flaw('truncated', 'ends before its first fragment');
  const openEnd = openEndOf(contents);
  return { ...kindAndSize(brands, movie, items, limits), ...(openEnd === undefined ? {} : { openEnd }) };
}

function openEndOf({ openBox, movie, closed }: Contents): string | undefined {
  if (openBox !== undefined) return `its last box (${openBox}) goes on to the end of the body, wherever that is`;
  return movie?.fragmented && !closed ? 'more fragments could follow' : undefined;
}

function kindAndSize(
  brands: readonly string[],
  movie: Movie | undefined,
  items: Items | undefined,
  limits: Limits,
): Omit<Whole, 'openEnd'> {
  const picture = pictureType(brands);
  const shown = picture !== undefined && items !== undefined ? items : movie;
  const size = shown === undefined || shown.width * shown.height === 0 ? {} : pixels(shown.width, shown.height, limits);
  if (picture === undefined) return { mediaType: movieType(brands, movie), ...size };
  return { mediaType: picture, ...size, animated: movie !== undefined && SEQUENCE_BRANDS.has(brands[0]!) };
}

function movieType(brands: readonly string[], movie: Movie | undefined): string {
  const soundOnly = movie?.handlers.has('soun') && !movie.handlers.has('vide');
  return MOVIE_BRANDS[brands[0]!] ?? (soundOnly ? 'audio/mp4' : 'video/mp4');
}

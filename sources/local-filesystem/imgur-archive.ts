/**
 * The records of Imgur-archive: a folder an album, and in it `metadata_<album>.json`, `script_<album>.json` (the order:
 * `{"0": "<media>", …}`) and `descriptions_<album>.json` (`{"<media>": <text or null>, …}`).
 */

import { fromService, type RawRecord, rawRecord, type Untrusted } from '../../src/plugin.js';
import { type Fields, fieldsOf, type RecordText } from './record-text.js';
import { isId, type Recorded } from './recorded.js';

const NAME = /^(metadata|script|descriptions)_(.+)\.json$/u;

export type AlbumPart = 'metadata' | 'script' | 'descriptions';

/** What a file of a folder is to an album; `undefined` for any other name. */
export function albumPartOf(name: string): { readonly part: AlbumPart; readonly album: string } | undefined {
  const [, part, album] = NAME.exec(name) ?? [];
  if (part === undefined || album === undefined || !isId(album)) return undefined;
  return { part: part as AlbumPart, album };
}

export interface Album {
  readonly id: string;
  readonly title?: Untrusted;
  readonly createdAt?: Date;
  /** From 1, by media id. */
  readonly positions: ReadonlyMap<string, number>;
  /** By media id; `null` for a picture that has none. */
  readonly descriptions: ReadonlyMap<string, string | null>;
  /** `metadata_<album>.json`, where it is there and whole. */
  readonly raw?: RawRecord;
  /** The same with the images that the album has by its script and its descriptions, whether their files are here or not. */
  readonly document: string;
}

interface ListedImage {
  readonly id: string;
  /** Absent where nothing is known of it. */
  readonly description?: string | null;
}

/** Puts an album together from the files that could be read; each may be missing. */
export function readAlbum(id: string, parts: Readonly<Partial<Record<AlbumPart, RecordText>>>): Album {
  const { metadata, script, descriptions } = parts;
  const fields = fieldsOf(metadata?.value);
  const title = metadata?.text(fields.title);
  const seconds = metadata?.whole(fields.datetime);
  const raw = metadata?.record(metadata.value);
  const texts = descriptionsOf(descriptions);
  return {
    id,
    ...(title === undefined ? {} : { title: fromService(title) }),
    ...(seconds === undefined || seconds > 8.64e12 ? {} : { createdAt: new Date(seconds * 1000) }),
    positions: positionsOf(script),
    descriptions: texts,
    ...(raw === undefined ? {} : { raw }),
    document: documentOf(id, raw, fields, imagesOf(orderOf(script), texts)),
  };
}

/** In the shape in which the source of that service has the album, as far as it is known. */
function documentOf(id: string, raw: RawRecord | undefined, fields: Fields, images: readonly ListedImage[]): string {
  const json = raw === undefined || Object.keys(fields).length === 0 ? JSON.stringify({ id }) : raw.json;
  return fields.images === undefined ? `${json.slice(0, -1)},"images":${rawRecord(images).json}}` : json;
}

/** In the order of the script, duplicates among them; then those of which there is nothing but a description. */
function imagesOf(order: readonly string[], descriptions: ReadonlyMap<string, string | null>): readonly ListedImage[] {
  const listed = new Set(order);
  const others = [...descriptions.keys()].filter((id) => !listed.has(id));
  return [...order, ...others].map((id) => {
    const description = descriptions.get(id);
    return description === undefined ? { id } : { id, description };
  });
}

/** What an album says of one of its media; `undefined` for a file that is none of them. */
export function readMedia(id: string, album: Album): Recorded | undefined {
  const index = album.positions.get(id);
  if (!isId(id) || (index === undefined && !album.descriptions.has(id))) return undefined;
  const description = album.descriptions.get(id);
  return {
    source: 'imgur',
    taskId: album.id,
    id,
    index,
    title: description === null || description === '' ? undefined : description,
    generation: {},
    createdAt: album.createdAt,
    raw: rawOf(description === undefined ? { id } : { id, description }, album.raw),
    companions: [],
  };
}

/** In the shape that the source of that service has them in. */
function rawOf(image: ListedImage, album?: RawRecord): RawRecord {
  const { json, redacted } = rawRecord(image);
  const own = redacted.map((path) => `image.${path}`);
  if (album === undefined) return { json: `{"image":${json}}`, redacted: own };
  return {
    json: `{"album":${album.json},"image":${json}}`,
    redacted: [...album.redacted.map((path) => `album.${path}`), ...own],
  };
}

/** From 1. A picture that an album has twice is one file: its first place counts. */
function positionsOf(script: RecordText | undefined): ReadonlyMap<string, number> {
  return new Map([...placesOf(script)].reverse());
}

function orderOf(script: RecordText | undefined): readonly string[] {
  return placesOf(script).map(([media]) => media);
}

function placesOf(script: RecordText | undefined): readonly (readonly [string, number])[] {
  const entries = Object.entries(fieldsOf(script?.value));
  const places = entries.flatMap(([place, value]): [string, number][] => {
    const media = script?.text(value);
    return media === undefined || !/^\d{1,9}$/u.test(place) ? [] : [[media, Number(place) + 1]];
  });
  return places.sort(([, one], [, other]) => one - other);
}

function descriptionsOf(record: RecordText | undefined): ReadonlyMap<string, string | null> {
  const entries = Object.entries(fieldsOf(record?.value));
  return new Map(entries.map(([media, value]) => [media, record?.string(value) ?? null]));
}

/** So many beginnings are tried; a real file has a few. */
const MOST_TRIED = 1000;

/**
 * The last of several JSON objects that stand one behind the other: Imgur-archive adds a second one to
 * `descriptions_<album>.json` when it runs again, also behind one that it had not written to its end. Where the last one is
 * cut itself, the last whole one before it.
 */
export function lastObject(text: string): string {
  const ends = [text.length, ...endsOf(text)];
  for (const end of ends) {
    const part = text.slice(0, end);
    let tried = 0;
    for (
      let start = part.lastIndexOf('{');
      start >= 0 && tried < MOST_TRIED;
      start = part.lastIndexOf('{', start - 1)
    ) {
      if (isObjectText(part.slice(start))) return part.slice(start);
      if (start === 0) break;
      tried += 1;
    }
  }
  return text;
}

/** Where an object ends and another one begins, the last first. */
function endsOf(text: string): readonly number[] {
  return [...text.matchAll(/\}(?=\s*\{)/gu)]
    .slice(-3)
    .map(({ index }) => index + 1)
    .reverse();
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

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
  readonly document?: string;
}

interface ListedImage {
  readonly id: string;
  readonly description: string | null;
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
    ...(raw === undefined ? {} : { raw, document: withImages(raw, fields, imagesOf(orderOf(script), texts)) }),
  };
}

/** In the shape in which the source of that service has the album. */
function withImages({ json }: RawRecord, fields: Fields, images: readonly ListedImage[]): string {
  if (fields.images !== undefined || Object.keys(fields).length === 0) return json;
  return `${json.slice(0, -1)},"images":${rawRecord(images).json}}`;
}

/** In the order of the script, duplicates among them; then those of which there is nothing but a description. */
function imagesOf(order: readonly string[], descriptions: ReadonlyMap<string, string | null>): readonly ListedImage[] {
  const listed = new Set(order);
  const others = [...descriptions.keys()].filter((id) => !listed.has(id));
  return [...order, ...others].map((id) => ({ id, description: descriptions.get(id) ?? null }));
}

/** What an album says of one of its media; `undefined` for a file that is none of them. */
export function readMedia(id: string, album: Album): Recorded | undefined {
  const index = album.positions.get(id);
  if (!isId(id) || (index === undefined && !album.descriptions.has(id))) return undefined;
  const description = album.descriptions.get(id) ?? null;
  return {
    source: 'imgur',
    taskId: album.id,
    id,
    index,
    title: description === null || description === '' ? undefined : description,
    generation: {},
    createdAt: album.createdAt,
    raw: rawOf({ id, description }, album.raw),
    companions: [],
  };
}

/** In the shape that the source of that service has them in. */
function rawOf(image: { readonly id: string; readonly description: string | null }, album?: RawRecord): RawRecord {
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

/**
 * The last of several JSON objects that stand one behind the other: Imgur-archive adds a second one to
 * `descriptions_<album>.json` when it runs again.
 */
export function lastObject(text: string): string {
  let depth = 0;
  let start = 0;
  let last = text;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = quoteAfter(text, at);
    else if (character === '{') {
      if (depth === 0) start = at;
      depth += 1;
    } else if (character === '}') {
      depth -= 1;
      if (depth === 0) last = text.slice(start, at + 1);
    }
  }
  return last;
}

/** Where the string that begins at `start` has its other quote. */
function quoteAfter(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

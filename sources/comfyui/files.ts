/** The files among what a job's nodes show, and the ids that they get. */

import { createHash } from 'node:crypto';
import type { Job } from './jobs.js';
import type { FilePlace } from './reference.js';
import { fields, text } from './values.js';

export interface OutputFile extends FilePlace {
  /** `<prompt>-<node>-<key>-<place in its list>`: the same in every listing, and fit for a file name. */
  readonly id: string;
  readonly node: string;
  readonly key: string;
  /** From 0. */
  readonly index: number;
  readonly mediaType: string | undefined;
  /** The server's own entry. */
  readonly entry: unknown;
}

export interface OutputFiles {
  readonly files: readonly OutputFile[];
  /** Of the temp folder, which were not asked for. */
  readonly previews: number;
  /** The names of what is no picture, video or sound. */
  readonly others: readonly string[];
}

/** Nodes put media under these keys, and under others of their own. */
const MEDIA_KEYS = new Set(['images', 'gifs', 'video', 'videos', 'audio']);

/** By the ending of a name; no node says more. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['apng', 'image/apng'],
  ['webp', 'image/webp'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['avif', 'image/avif'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mov', 'video/quicktime'],
  ['mkv', 'video/x-matroska'],
  ['flac', 'audio/flac'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['ogg', 'audio/ogg'],
  ['opus', 'audio/ogg'],
  ['m4a', 'audio/mp4'],
]);

/**
 * In the order of the nodes and of their lists. Whatever key a node uses: what counts is that the entry names a file.
 *
 * @param withPreviews Whether files of the temp folder count. Those of the input folder never do: they were not made.
 */
export function filesOf(job: Job, withPreviews: boolean): OutputFiles {
  const files: OutputFile[] = [];
  const others: string[] = [];
  let previews = 0;
  for (const { node, key, index, entry } of entriesIn(job)) {
    const place = placeOf(entry);
    if (place === undefined || (place.type !== 'output' && place.type !== 'temp')) continue;
    const mediaType = mediaTypeOf(place.filename, text(fields(entry)?.format));
    if (mediaType === undefined && !MEDIA_KEYS.has(key)) others.push(place.filename);
    else if (place.type === 'temp' && !withPreviews) previews += 1;
    else files.push({ ...place, id: idOf(job.id, node, key, index), node, key, index, mediaType, entry });
  }
  return { files, previews, others };
}

interface Entry {
  readonly node: string;
  readonly key: string;
  readonly index: number;
  readonly entry: unknown;
}

function* entriesIn({ outputs }: Job): Generator<Entry> {
  for (const [node, shown] of Object.entries(outputs)) {
    for (const [key, entries] of Object.entries(fields(shown) ?? {})) {
      if (key === 'animated' || !Array.isArray(entries)) continue;
      for (const [index, entry] of entries.entries()) yield { node, key, index, entry };
    }
  }
}

/** Where an entry says that its file is; `undefined` for one that names none. All of it is the server's own text. */
export function placeOf(entry: unknown): FilePlace | undefined {
  const named = fields(entry);
  const filename = text(named?.filename);
  if (filename === undefined) return undefined;
  // `/view` takes the last part of a name alone: folders in it count only as the subfolder.
  const slash = filename.lastIndexOf('/');
  const name = filename.slice(slash + 1);
  if (name === '') return undefined;
  const folders = [text(named?.subfolder), filename.slice(0, Math.max(0, slash))].filter(Boolean);
  return { type: text(named?.type) ?? 'output', subfolder: folders.join('/'), filename: name };
}

/** @param format What VideoHelperSuite writes beside its files: `video/h264-mp4`, `image/gif`. */
export function mediaTypeOf(filename: string, format?: string): string | undefined {
  const ending = /\.([a-z0-9]{2,5})$/iu.exec(filename)?.[1]?.toLowerCase() ?? '';
  const declared = /^(?:image|video)\/(?:[a-z0-9]+-)?(mp4|webm|gif|webp|mov)$/u.exec(format ?? '')?.[1] ?? '';
  return MEDIA_TYPES.get(ending) ?? MEDIA_TYPES.get(declared);
}

function idOf(job: string, node: string, key: string, index: number): string {
  return `${UUID.test(job) ? job : part(job)}-${part(node)}-${part(key)}-${index}`;
}

const VIEWED = 'view';

/** A file that no job is known of, named by a link. */
export function idOfPlace({ type, subfolder, filename }: FilePlace): string {
  const [, stem = filename, ending = ''] = /^(.+)\.([^.]*)$/su.exec(filename) ?? [];
  return [VIEWED, ...[type, subfolder, stem, ending].map(part)].join('-');
}

/** The way back; `undefined` for an id of another form, and for one that holds a digest. */
export function placeOfId(id: string): FilePlace | undefined {
  const [viewed, ...parts] = id.split('-');
  if (viewed !== VIEWED || parts.length !== 4 || parts.some((own) => DIGEST.test(own))) return undefined;
  const [type = '', subfolder = '', stem = '', ending = ''] = parts.map(unescaped);
  return { type, subfolder, filename: ending === '' ? stem : `${stem}.${ending}` };
}

const LONGEST_PART = 80;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu;
/** Escapes are in capitals. */
const DIGEST = /^=[0-9a-f]{32}$/u;

/**
 * Text of a server as a part of an id: what is no letter, digit, dot or underscore is written as `=2D`, octet by octet, so
 * that two texts never become one. A long one becomes its digest.
 */
function part(given: string): string {
  const octets = given.length > LONGEST_PART ? undefined : Buffer.from(given, 'utf8').toString('latin1');
  const escaped = octets?.replace(/[^A-Za-z0-9._]/gu, (octet) => `=${hex(octet)}`) ?? '';
  if (octets !== undefined && escaped.length <= LONGEST_PART) return escaped;
  return `=${createHash('sha256').update(given).digest('hex').slice(0, 32)}`;
}

function hex(octet: string): string {
  return octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}

function unescaped(own: string): string {
  const octets = own.replace(/=([0-9A-F]{2})/gu, (_escape, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  return Buffer.from(octets, 'latin1').toString('utf8');
}

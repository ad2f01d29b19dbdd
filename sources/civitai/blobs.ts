/** The files among a step's output. Every kind of step has a form of its own for it; the files look alike in all. */

import { compact, fields, isId, side, text, time } from './values.js';

export interface Blob {
  /** The service's own id. */
  readonly blobId: string;
  readonly type: 'image' | 'video' | 'audio' | 'model3d';
  /** Whether it can be had: not lost, not blocked, not hidden as mature. */
  readonly available: boolean;
  readonly blockedReason?: string;
  /** `pg` to `xxx`; `na` or nothing where nobody rated it. */
  readonly nsfwLevel?: string;
  readonly url?: string;
  /** Milliseconds since the epoch. */
  readonly urlExpiresAt?: number;
  readonly width?: number;
  readonly height?: number;
  readonly record: unknown;
}

const TYPES: ReadonlySet<unknown> = new Set(['image', 'video', 'audio', 'model3d']);

/** Blobs stand there that are no results: what a later run may start from, and what only the run itself needed. */
const NO_RESULTS: ReadonlySet<string> = new Set(['draftCache', 'tempBlobs']);

/** No output comes near it; walking much deeper ones would overflow the stack. */
const DEEPEST = 20;

/** Each blob once, in the order of the output. */
export function blobsIn(output: unknown): Blob[] {
  const found = new Map<string, Blob>();
  const look = (value: unknown, depth: number): void => {
    if (depth > DEEPEST) return;
    const blob = readBlob(value);
    if (blob !== undefined) {
      if (!found.has(blob.blobId)) found.set(blob.blobId, blob);
    } else if (Array.isArray(value)) {
      for (const entry of value) look(entry, depth + 1);
    } else {
      for (const [name, entry] of Object.entries(fields(value) ?? {}))
        if (!NO_RESULTS.has(name)) look(entry, depth + 1);
    }
  };
  look(output, 0);
  return [...found.values()];
}

function readBlob(value: unknown): Blob | undefined {
  const blob = fields(value);
  const id = text(blob?.id);
  if (blob === undefined || id === undefined || !isId(id)) return undefined;
  if (!TYPES.has(blob.type) || typeof blob.available !== 'boolean') return undefined;
  const url = text(blob.url);
  return compact<Blob>({
    blobId: id,
    type: blob.type as Blob['type'],
    available: blob.available && url !== undefined,
    blockedReason: text(blob.blockedReason),
    nsfwLevel: text(blob.nsfwLevel),
    url,
    urlExpiresAt: time(blob.urlExpiresAt),
    width: side(blob.width),
    height: side(blob.height),
    record: value,
  });
}

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['jpeg', 'image/jpeg'],
  ['jpg', 'image/jpeg'],
  ['png', 'image/png'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['avif', 'image/avif'],
  ['mp4', 'video/mp4'],
  ['webm', 'video/webm'],
  ['mp3', 'audio/mpeg'],
  ['wav', 'audio/wav'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
]);

/** Ids of blobs end as files do. */
const ENDED = /^(.+)\.([a-z0-9]{2,5})$/iu;

export function mediaTypeOf(name: string): string | undefined {
  return MEDIA_TYPES.get(ENDED.exec(name)?.[2]?.toLowerCase() ?? '');
}

/** The id without its ending: files get the ending of what is in them. */
export function stemOf(blobId: string): string {
  const stem = mediaTypeOf(blobId) === undefined ? undefined : ENDED.exec(blobId)?.[1];
  return stem === undefined || !isId(stem) ? blobId : stem;
}

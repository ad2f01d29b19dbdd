/** A file of a media host: whole, in part (Range, If-Range) or not at all (If-None-Match), as static file servers answer. */

import { createHash } from 'node:crypto';
import type { Answer, FakeRequest } from './answer.js';

export interface MediaFile {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** Milliseconds since the epoch. */
  readonly modified?: number;
  /** Further headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** False for a host that knows no ranges; true unless said otherwise. */
  readonly ranges?: boolean;
}

/** Answers GET and HEAD; the body of a HEAD is left out where it is delivered. */
export function serveMediaFile(request: FakeRequest, file: MediaFile): Answer {
  const etag = `"${createHash('md5').update(file.bytes).digest('hex')}"`;
  const modified = file.modified === undefined ? undefined : new Date(file.modified).toUTCString();
  const headers: Record<string, string> = {
    'Content-Type': file.mediaType,
    ETag: etag,
    ...(modified === undefined ? {} : { 'Last-Modified': modified }),
    ...(file.ranges === false ? {} : { 'Accept-Ranges': 'bytes' }),
    ...file.headers,
  };
  const asked = request.headers;
  if (asked['if-none-match'] === etag || asked['if-none-match'] === '*') {
    return { status: 304, headers, body: Buffer.alloc(0) };
  }
  const condition = asked['if-range'];
  const unchanged = condition === undefined || condition === etag || condition === modified;
  const range = file.ranges === false || !unchanged ? undefined : rangeOf(asked.range, file.bytes.length);
  if (range === undefined) return { status: 200, headers, body: file.bytes };
  const [start, end] = range;
  const total = file.bytes.length;
  if (start >= total) {
    return { status: 416, headers: { ...headers, 'Content-Range': `bytes */${total}` }, body: Buffer.alloc(0) };
  }
  const part = { 'Content-Range': `bytes ${start}-${end - 1}/${total}` };
  return { status: 206, headers: { ...headers, ...part }, body: file.bytes.subarray(start, end) };
}

/** The first byte and the one behind the last; undefined for what is answered with the whole file. */
function rangeOf(given: string | undefined, total: number): readonly [number, number] | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/u.exec(given ?? '') ?? [];
  if (first === undefined || (last !== '' && Number(last) < Number(first))) return undefined;
  return [Number(first), last === '' ? total : Math.min(Number(last) + 1, total)];
}

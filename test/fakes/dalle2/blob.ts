/** The blob host: pictures behind signed links, answered as Azure Blob Storage answers them. */

import { createHash } from 'node:crypto';
import type { Answer, FakeRequest } from '../service/answer.js';
import { generationPath, promptPath, publicPath } from './records.js';
import type { LinkState, Signatures } from './signatures.js';
import type { TaskStore } from './tasks.js';

export interface BlobHostOptions {
  readonly store: TaskStore;
  readonly signatures: Signatures;
  now(): number;
}

interface Blob {
  readonly bytes: Buffer;
  /** Unix seconds. */
  readonly modified: number;
}

/** A part of a blob: the first byte and the one behind the last. */
type Range = readonly [start: number, end: number];

export function createBlobHost(options: BlobHostOptions): (request: FakeRequest) => Answer {
  return (request) => {
    const refuse = (status: number, code: string, message: string, detail?: string) =>
      azureError(options.now(), status, code, message, detail);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refuse(405, 'UnsupportedHttpVerb', "The resource doesn't support specified Http Verb.");
    }
    if (request.headers.authorization !== undefined) return refuse(401, 'InvalidAuthenticationInfo', CONFLICT);
    if (request.path.startsWith('/private/')) {
      const link = options.signatures.check(request.path, request.query);
      if (link.kind !== 'good') return refuse(403, 'AuthenticationFailed', SIGNATURE, refusedLink(link, options.now()));
    }
    const blob = find(options.store, request.path);
    if (blob === undefined) return refuse(404, 'BlobNotFound', 'The specified blob does not exist.');
    return serve(request, blob, options.now());
  };
}

const SIGNATURE =
  'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.';
const CONFLICT =
  'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.';

function refusedLink(link: Exclude<LinkState, { kind: 'good' }>, now: number): string {
  if (link.kind === 'unknown') return 'Signature did not match. String to sign used was r';
  const [start, expiry, current] = [link.start, link.expiry, now].map(httpDate);
  return `Signature not valid in the specified time frame: Start [${start}] - Expiry [${expiry}] - Current [${current}]`;
}

function find(store: TaskStore, path: string): Blob | undefined {
  const generation = store.generation(/\/generations\/([^/]+)\/image\.webp$/u.exec(path)?.[1] ?? '');
  if (generation !== undefined) {
    const known = path === generationPath(generation) || (generation.isPublic && path === publicPath(generation));
    return known ? { bytes: generation.picture, modified: generation.task.created + 15 } : undefined;
  }
  const [, promptId, name] = /\/prompts\/([^/]+)\/(image|masked_image)\.webp$/u.exec(path) ?? [];
  const task = store.tasks.find((candidate) => candidate.promptId === promptId);
  const bytes = task?.promptPictures.get(name as 'image');
  if (task === undefined || bytes === undefined || path !== promptPath(task, name as 'image')) return undefined;
  return { bytes, modified: task.created };
}

const NOT_MET = 'The condition specified using HTTP conditional header(s) is not met.';
const BAD_RANGE = 'The range specified is invalid for the current size of the resource.';

function serve(request: FakeRequest, blob: Blob, now: number): Answer {
  const md5 = createHash('md5').update(blob.bytes).digest();
  const etag = `"0x8DA${md5.toString('hex').slice(0, 12).toUpperCase()}"`;
  const modified = httpDate(blob.modified * 1000);
  const headers = blobHeaders(now, etag, modified);
  const asked = request.headers;
  if (asked['if-match'] !== undefined && asked['if-match'] !== '*' && asked['if-match'] !== etag) {
    return azureError(now, 412, 'ConditionNotMet', NOT_MET);
  }
  if (asked['if-none-match'] === etag || asked['if-none-match'] === '*') {
    return { status: 304, reason: NOT_MET, headers, body: Buffer.alloc(0) };
  }
  const unchanged = asked['if-range'] === undefined || asked['if-range'] === etag || asked['if-range'] === modified;
  const range = unchanged ? rangeOf(request, blob.bytes.length) : undefined;
  const digest = md5.toString('base64');
  if (range === undefined) return { status: 200, headers: { ...headers, 'Content-MD5': digest }, body: blob.bytes };
  return serveRange(blob, range, now, { ...headers, 'x-ms-blob-content-md5': digest });
}

/** The digest of the whole blob has another name here: Content-MD5 would be that of the part. */
function serveRange(blob: Blob, [start, end]: Range, now: number, headers: Readonly<Record<string, string>>): Answer {
  const total = blob.bytes.length;
  if (start >= total) {
    const refused = azureError(now, 416, 'InvalidRange', BAD_RANGE);
    return { ...refused, headers: { ...refused.headers, 'Content-Range': `bytes */${total}` } };
  }
  const range = { 'Content-Range': `bytes ${start}-${end - 1}/${total}` };
  return { status: 206, headers: { ...headers, ...range }, body: blob.bytes.subarray(start, end) };
}

function blobHeaders(now: number, etag: string, modified: string): Record<string, string> {
  return {
    ...azureHeaders(now),
    'Content-Type': 'image/webp',
    'Content-Disposition': 'inline',
    'Accept-Ranges': 'bytes',
    'Last-Modified': modified,
    ETag: etag,
    'x-ms-creation-time': modified,
    'x-ms-lease-status': 'unlocked',
    'x-ms-lease-state': 'available',
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-server-encrypted': 'true',
  };
}

/** Azure knows `bytes=first-` and `bytes=first-last`; whatever else it ignores. */
function rangeOf(request: FakeRequest, total: number): Range | undefined {
  const given = request.headers['x-ms-range'] ?? request.headers.range;
  const [, first, last] = /^bytes=(\d+)-(\d*)$/u.exec(String(given ?? '')) ?? [];
  if (first === undefined || (last !== '' && Number(last) < Number(first))) return undefined;
  return [Number(first), last === '' ? total : Math.min(Number(last) + 1, total)];
}

function azureHeaders(now: number): Record<string, string> {
  const id = createHash('sha1').update(String(now)).digest('hex');
  return {
    Server: 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0',
    'x-ms-request-id': `${id.slice(0, 8)}-${id.slice(8, 12)}-00${id.slice(12, 14)}-${id.slice(14, 18)}-${id.slice(18, 24)}000000`,
    'x-ms-version': '2021-08-06',
  };
}

/** Azure's XML begins with a byte order mark, and its reason phrase is the message. */
function azureError(now: number, status: number, code: string, message: string, detail?: string): Answer {
  const headers = azureHeaders(now);
  const told = `${message}\nRequestId:${headers['x-ms-request-id']}\nTime:${new Date(now).toISOString().replace('Z', '0000Z')}`;
  const more = detail === undefined ? '' : `<AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail>`;
  const xml = `\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${told}</Message>${more}</Error>`;
  return {
    status,
    reason: message,
    headers: { ...headers, 'Content-Type': 'application/xml', 'x-ms-error-code': code },
    body: Buffer.from(xml, 'utf8'),
  };
}

function httpDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString();
}

/** Where Comfy Cloud's files lie: Google Cloud Storage, behind signed links that want no other credentials. */

import { createHash } from 'node:crypto';
import type { Answer, FakeRequest } from '../service/answer.js';
import { serveMediaFile } from '../service/media-file.js';
import type { Folders } from './folders.js';

export interface CloudMediaOptions {
  readonly folders: Folders;
  now(): number;
  /** Where the links lead. */
  origin(): string;
}

export interface CloudMedia {
  /** A new link in every answer. */
  link(cloudName: string): string;
  answer(request: FakeRequest): Answer;
}

const BUCKET = '/comfy-cloud-outputs/';
/** How long a link is good is told nowhere. */
const VALIDITY = 3_600_000;

export function createCloudMedia({ folders, now, origin }: CloudMediaOptions): CloudMedia {
  const expiries = new Map<string, number>();
  return {
    link(cloudName) {
      const query = signedQuery(cloudName, now(), expiries.size);
      const target = `${BUCKET}${cloudName}?${query}`;
      expiries.set(target, now() + VALIDITY);
      return `${origin()}${target}`;
    },
    answer(request) {
      const { headers, method } = request;
      if (method !== 'GET' && method !== 'HEAD') return refuse(403, 'SignatureDoesNotMatch', SIGNATURE);
      if (headers['x-api-key'] !== undefined) return refuse(403, 'AccessDenied', 'Access denied.');
      if (headers.authorization !== undefined) return refuse(400, 'InvalidArgument', 'Invalid argument.');
      const expiry = expiries.get(request.target);
      if (expiry === undefined) return refuse(403, 'SignatureDoesNotMatch', SIGNATURE);
      if (now() >= expiry) return refuse(400, 'ExpiredToken', 'Invalid argument.');
      const file = folders.inCloud(request.path.slice(BUCKET.length));
      if (file === undefined) return refuse(404, 'NoSuchKey', 'The specified key does not exist.');
      return serveMediaFile(request, file);
    },
  };
}

const SIGNATURE =
  'Access denied. The request signature we calculated does not match the signature you provided. Check your Google secret key and signing method.';

function signedQuery(cloudName: string, now: number, count: number): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/gu, '');
  const credential = `media@comfy.iam.gserviceaccount.com/${time.slice(0, 8)}/auto/storage/goog4_request`;
  return [
    'X-Goog-Algorithm=GOOG4-RSA-SHA256',
    `X-Goog-Credential=${encodeURIComponent(credential)}`,
    `X-Goog-Date=${time}`,
    `X-Goog-Expires=${VALIDITY / 1000}`,
    'X-Goog-SignedHeaders=host',
    `X-Goog-Signature=${createHash('sha512').update(`${cloudName} ${time} ${count}`).digest('hex')}`,
  ].join('&');
}

function refuse(status: number, code: string, message: string): Answer {
  const xml = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'Content-Type': 'application/xml; charset=UTF-8' }, body: Buffer.from(xml, 'utf8') };
}

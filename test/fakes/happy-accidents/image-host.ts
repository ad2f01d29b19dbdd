/** The image host: stored pictures, or what ImageKit makes of them, to everybody and without a token. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { serveMediaFile } from '../service/media-file.js';
import { ACCOUNT_PATH } from './addresses.js';
import type { InferenceStore } from './inferences.js';
import { readTransformation, transform } from './transformation.js';

export interface ImageHostOptions {
  readonly store: InferenceStore;
  /** Whether a link without `tr` may give other bytes than the stored ones. */
  readonly optimises: boolean;
}

const HEADERS = {
  'x-server': 'ImageKit.io',
  'Access-Control-Allow-Origin': '*',
  'Cache-Control': 'public, s-maxage=31536000, max-age=31536000, must-revalidate',
  Vary: 'Accept',
};

export function createImageHost({ store, optimises }: ImageHostOptions): (request: FakeRequest) => Answer {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'EMETHOD', 'Method not allowed.');
    const image = store.imageAt(decoded(request.path));
    if (image === undefined || image.condition === 'lost') return refuse(404, 'ENOENT', 'File not found.');
    const transformation = readTransformation(request.query, optimises);
    if (image.condition === 'over-limit' && !transformation.original) {
      return refuse(400, 'ELIMIT', 'Input image exceeds the limit of your plan.');
    }
    const made = transform(image, transformation, request.headers.accept ?? '');
    return serveMediaFile(request, { ...made, modified: image.madeAt, headers: HEADERS });
  };
}

/** Folder and file name without the account; empty for what is no path of it. */
function decoded(path: string): string {
  if (!path.startsWith(ACCOUNT_PATH)) return '';
  try {
    return decodeURIComponent(path.slice(ACCOUNT_PATH.length));
  } catch {
    return '';
  }
}

function refuse(status: number, code: string, message: string): Answer {
  const headers = { ...HEADERS, 'Cache-Control': 'no-cache', 'Content-Type': 'text/plain; charset=utf-8' };
  return { status, headers: { ...headers, 'ik-error': `${code} - ${message}` }, body: Buffer.from(`${message}\n`) };
}

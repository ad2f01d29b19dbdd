/** Where the blobs lie: a store behind signed links that wants no other credentials. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { serveMediaFile } from '../service/media-file.js';
import type { BlobStore, FakeBlob } from './blobs.js';
import type { SignedLinks } from './signed-links.js';

export interface ContentOptions {
  readonly blobs: BlobStore;
  readonly links: SignedLinks;
  /** Where the store is. */
  origin(): string;
}

export interface ContentRequest {
  readonly blob: FakeBlob;
  readonly preview: boolean;
  /** How the store is to name the file. */
  readonly disposition: string | undefined;
}

export interface Content {
  link(wanted: ContentRequest): string;
  answer(request: FakeRequest): Answer;
}

const ORIGINALS = '/blobs/';
const PREVIEWS = '/previews/';

export function createContent({ blobs, links, origin }: ContentOptions): Content {
  return {
    link({ blob, preview, disposition }) {
      const { target } = links.sign(`${preview ? PREVIEWS : ORIGINALS}${blob.id}`);
      const named = disposition === undefined ? '' : `&disposition=${encodeURIComponent(disposition)}`;
      return `${origin()}${target}${named}`;
    },
    answer(request) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'MethodNotAllowed');
      // A store that is asked in two ways at once takes neither.
      if (request.headers.authorization !== undefined) return refuse(400, 'InvalidArgument');
      const state = links.check(request.path, request.query);
      if (state !== 'good') return refuse(403, state === 'expired' ? 'AccessDenied' : 'SignatureDoesNotMatch');
      const [, folder, id] = /^(\/(?:previews|blobs)\/)([^/]+)$/u.exec(request.path) ?? [];
      const blob = blobs.find(id ?? '');
      if (blob === undefined || !blobs.isAvailable(blob)) return refuse(404, 'NoSuchKey');
      const disposition = new URLSearchParams(request.query).get('disposition');
      const preview = folder === PREVIEWS;
      return serveMediaFile(request, {
        bytes: preview ? blob.preview : blob.bytes,
        mediaType: preview ? 'image/jpeg' : blob.mediaType,
        modified: blob.made!,
        headers: disposition === null ? {} : { 'Content-Disposition': disposition },
      });
    },
  };
}

/** Stores of this kind answer XML. */
function refuse(status: number, code: string): Answer {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>Request refused</Message></Error>`;
  return { status, headers: { 'Content-Type': 'application/xml' }, body: Buffer.from(xml, 'utf8') };
}

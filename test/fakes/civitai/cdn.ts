/** The content delivery network of the published pictures: links without an end, in any width. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { serveMediaFile } from '../service/media-file.js';
import { ACCOUNT_HASH } from './image-records.js';
import type { PublicImageStore } from './public-images.js';

export function createCdn(images: PublicImageStore): (request: FakeRequest) => Answer {
  return (request) => {
    const [, account, uuid, parameters] = /^\/([^/]+)\/([^/]+)\/([^/]+)\/[^/]+$/u.exec(request.path) ?? [];
    const image = account === ACCOUNT_HASH ? images.file(uuid ?? '') : undefined;
    if (image === undefined) {
      return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from('Not Found') };
    }
    const headers = { 'Cache-Control': 'public, max-age=31536000, immutable' };
    // The name says nothing: the original of a picture that is called JPEG may be a PNG.
    const original = decodeURIComponent(parameters!).split(',').includes('original=true');
    const bytes = original ? image.original : image.resized;
    const mediaType = original ? image.mediaType : 'image/jpeg';
    return serveMediaFile(request, { bytes, mediaType, modified: image.created, headers });
  };
}

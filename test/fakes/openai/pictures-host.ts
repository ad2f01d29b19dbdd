/** A host that has nothing to do with the service: the pictures are on it that users sent along as links. */

import { png } from '../../support/pictures.js';
import type { Answer, FakeRequest } from '../service/answer.js';
import { serveMediaFile } from '../service/media-file.js';

export function servePicture(request: FakeRequest): Answer {
  const [, number] = /^\/inputs\/(\d+)\.png$/u.exec(request.path) ?? [];
  if (number === undefined)
    return { status: 404, headers: { 'Content-Type': 'text/plain' }, body: Buffer.from('no\n') };
  return serveMediaFile(request, { bytes: png(32, 32, Number(number)), mediaType: 'image/png' });
}

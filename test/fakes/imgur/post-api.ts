/** The endpoints of `/post/v1/`. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { bare, refusal } from './envelopes.js';
import type { Library } from './library.js';
import type { Included, PostRecords } from './post-records.js';

export function answerPostApi(library: Library, records: PostRecords, request: FakeRequest): Answer {
  const [, kind, id = ''] = /^\/post\/v1\/(albums|media|posts)\/([^/]+)$/u.exec(request.path) ?? [];
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const found = kind !== undefined && isReading ? find(library, records, kind, id, includedIn(request)) : undefined;
  return found === undefined ? refusal(request, 404, `Unable to find a post with the id, ${id}`) : bare(found);
}

/** Each of the first two knows its own kind alone; the third knows both, but only what is in the gallery. */
function find(
  library: Library,
  records: PostRecords,
  kind: string,
  id: string,
  included: Included,
): object | undefined {
  const isShown = (post: { readonly gallery: unknown }) => kind !== 'posts' || post.gallery !== undefined;
  const album = kind === 'media' ? undefined : library.album(id);
  if (album !== undefined && isShown(album)) return records.album(album, included);
  const image = kind === 'albums' ? undefined : library.image(id);
  return image !== undefined && isShown(image) ? records.image(image, included) : undefined;
}

function includedIn(request: FakeRequest): Included {
  return new Set((new URLSearchParams(request.query).get('include') ?? '').split(','));
}

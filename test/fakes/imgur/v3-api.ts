/** The endpoints of `/3/` for albums, images and the gallery. */

import type { Answer, FakeRequest } from '../service/answer.js';
import type { Caller } from './authorization.js';
import { enveloped, v3Error, verbatim } from './envelopes.js';
import type { FakeAlbum, Library } from './library.js';
import type { Links } from './links.js';
import type { Account } from './oauth.js';
import type { V3Records } from './v3-records.js';

export interface V3Service {
  readonly library: Library;
  readonly records: V3Records;
  readonly links: Links;
  readonly account: Account;
}

export interface Visit {
  readonly request: FakeRequest;
  readonly caller: Caller;
  /** What the pattern of the route has found in the path. */
  readonly parts: readonly string[];
}

export type V3Handler = (service: V3Service, visit: Visit) => Answer;
export type V3Route = readonly [method: string, path: RegExp, handler: V3Handler];

/** The first route that fits wins. */
export const POST_ROUTES: readonly V3Route[] = [
  ['GET', /^\/album\/([^/]+)$/u, showAlbum],
  ['GET', /^\/album\/([^/]+)\/images$/u, listAlbumImages],
  ['GET', /^\/album\/([^/]+)\/image\/([^/]+)$/u, showAlbumImage],
  ['POST', /^\/(album|image)\/([^/]+)\/favorite$/u, favourite],
  ['GET', /^\/image\/([^/]+)$/u, showImage],
  ['GET', /^\/gallery\/album\/([^/]+)$/u, (service, visit) => showGalleryAlbum(service, visit) ?? noAlbum(visit)],
  ['GET', /^\/gallery\/image\/([^/]+)$/u, (service, visit) => showGalleryImage(service, visit) ?? noImage(visit)],
  ['GET', /^\/gallery\/([^/]+)$/u, showGalleryPost],
];

export function answerV3(routes: readonly V3Route[], service: V3Service, request: FakeRequest, caller: Caller): Answer {
  const path = request.path.replace(/^\/3(?=\/)/u, '').replace(/\.json$/u, '');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  for (const [only, pattern, handler] of routes) {
    const match = only === method ? pattern.exec(path) : null;
    if (match !== null) return handler(service, { request, caller, parts: match.slice(1) });
  }
  return v3Error(request, 404, 'Unable to find the requested resource.');
}

/** Texts about albums end with a full stop, others do not. */
function noAlbum({ request, parts }: Visit): Answer {
  return v3Error(request, 404, `Unable to find an album with the id, ${parts[0]}.`);
}

function noImage({ request, parts }: Visit): Answer {
  return v3Error(request, 404, `Unable to find an image with the id, ${parts.at(-1)}`);
}

function isOwner({ caller }: Visit): boolean {
  return caller === 'account';
}

/** All images are in the one answer, however many. */
function showAlbum({ library, records, links }: V3Service, visit: Visit): Answer {
  const album = library.album(visit.parts[0]!);
  if (album === undefined) return noAlbum(visit);
  if (album.response !== undefined) return verbatim(links.moved(album.response));
  return enveloped(records.album(album, isOwner(visit)));
}

function listAlbumImages({ library, records }: V3Service, visit: Visit): Answer {
  const album = library.album(visit.parts[0]!);
  if (album === undefined) return noAlbum(visit);
  return enveloped(album.images.map((image) => records.image(image, isOwner(visit))));
}

function showAlbumImage({ library, records }: V3Service, visit: Visit): Answer {
  const album: FakeAlbum | undefined = library.album(visit.parts[0]!);
  const image = album?.images.find(({ id }) => id === visit.parts[1]);
  return image === undefined ? noImage(visit) : enveloped(records.image(image, isOwner(visit)));
}

function showImage({ library, records }: V3Service, visit: Visit): Answer {
  const image = library.image(visit.parts[0]!);
  return image === undefined ? noImage(visit) : enveloped(records.image(image, isOwner(visit)));
}

/** `data` is a mere word here. */
function favourite({ library }: V3Service, visit: Visit): Answer {
  const [kind, id] = visit.parts as [string, string];
  if (visit.caller !== 'account') return v3Error(visit.request, 401, 'Authentication required');
  const post = kind === 'album' ? library.album(id) : library.image(id);
  return post === undefined ? noImage(visit) : enveloped('favorited');
}

function showGalleryAlbum({ library, records }: V3Service, visit: Visit): Answer | undefined {
  const album = library.album(visit.parts[0]!);
  return album?.gallery === undefined ? undefined : enveloped(records.galleryAlbum(album, isOwner(visit)));
}

function showGalleryImage({ library, records }: V3Service, visit: Visit): Answer | undefined {
  const image = library.image(visit.parts[0]!);
  return image?.gallery === undefined ? undefined : enveloped(records.galleryImage(image, isOwner(visit)));
}

/** Either kind, but nothing that was never made public. */
function showGalleryPost(service: V3Service, visit: Visit): Answer {
  return showGalleryAlbum(service, visit) ?? showGalleryImage(service, visit) ?? noImage(visit);
}

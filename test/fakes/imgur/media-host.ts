/** i.imgur.com: the files, which answer under nearly any ending, and all the ways in which it sends something else. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { type MediaFile, serveMediaFile } from '../service/media-file.js';
import { htmlAnswer } from './envelopes.js';
import type { FakeImage } from './images.js';
import type { Library } from './library.js';
import type { Links } from './links.js';
import { NOT_IN_YOUR_REGION, REMOVED } from './placeholders.js';
import { videoPage } from './video-page.js';

export interface MediaHostOptions {
  readonly library: Library;
  readonly links: Links;
  isRegionBlocked(): boolean;
}

/** What a path asks for. */
interface Wanted {
  readonly image: FakeImage;
  /** The letter of a thumbnail, or `_d` for the newer previews. */
  readonly variant: string | undefined;
  /** Without the dot, in lower case. */
  readonly suffix: string;
}

const STANDING_HEADERS = {
  Server: 'cat factory 1.0',
  'Access-Control-Allow-Origin': '*',
  'Cache-Control': 'public, max-age=31536000',
};

export function createMediaHost(options: MediaHostOptions): (request: FakeRequest) => Answer {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return htmlAnswer(405, '405 Method Not Allowed');
    const refused = refusedVisitor(request);
    if (refused !== undefined) return refused;
    if (options.isRegionBlocked()) return serve(request, NOT_IN_YOUR_REGION);
    if (request.path === '/removed.png') return serve(request, REMOVED);
    const wanted = find(options.library, request.path);
    if (wanted === undefined || wanted.image.removed) return redirect(`${options.links.mediaOrigin}/removed.png`);
    const file = fileOf(wanted);
    return pageInstead(options.links, request, wanted) ?? (file === undefined ? gone(options) : serve(request, file));
  };
}

/** Scripts that say what they are, and pages of others. */
function refusedVisitor({ headers }: FakeRequest): Answer | undefined {
  if (/^python-requests\b/iu.test(headers['user-agent'] ?? '')) return htmlAnswer(429, '429 Too Many Requests');
  const { referer } = headers;
  const isOwn = referer === undefined || /^https?:\/\/(?:[a-z]+\.)?imgur\.com(?:[/?#]|$)/iu.test(referer);
  return isOwn ? undefined : htmlAnswer(403, '403 Forbidden');
}

function serve(request: FakeRequest, file: MediaFile): Answer {
  return serveMediaFile(request, { ...file, headers: { ...STANDING_HEADERS, ...file.headers } });
}

function redirect(to: string): Answer {
  return { status: 302, headers: { ...STANDING_HEADERS, Location: to }, body: Buffer.alloc(0) };
}

function gone({ links }: MediaHostOptions): Answer {
  return redirect(`${links.mediaOrigin}/removed.png`);
}

/** An id goes before the same letters read as a shorter id and the letter of a thumbnail. */
function find(library: Library, path: string): Wanted | undefined {
  const [, stem = '', preview, suffix] = /^\/([a-z0-9]+)(_d|_lq)?\.([a-z0-9]+)$/iu.exec(path) ?? [];
  if (suffix === undefined) return undefined;
  const lower = suffix.toLowerCase();
  const exact = library.image(stem);
  if (exact !== undefined) return { image: exact, variant: preview, suffix: lower };
  const [, id = '', letter] = /^(.+)([sbtmlhgr])$/u.exec(stem) ?? [];
  const image = library.image(id);
  return image === undefined ? undefined : { image, variant: letter, suffix: lower };
}

/** A page for those who accept pages, and always for `.gifv`. */
function pageInstead(links: Links, request: FakeRequest, { image, variant, suffix }: Wanted): Answer | undefined {
  const hasVideo = image.mp4 !== 'none';
  if (suffix === 'gifv') return hasVideo ? videoPage(links, image) : redirect(links.newFile(image));
  if (!/text\/html/iu.test(request.headers.accept ?? '')) return undefined;
  if (suffix === 'mp4') return redirect(`${links.mediaOrigin}/${image.id}.gifv`);
  const source = `${links.mediaOrigin}/${image.id}${variant ?? ''}.${suffix}`;
  return htmlAnswer(200, 'Imgur', `<img src="${source}" alt="">`);
}

/** The ending says little: whatever names a picture gets the picture as it is. */
function fileOf({ image, variant, suffix }: Wanted): MediaFile | undefined {
  const modified = image.created * 1000;
  const { files } = image;
  const file = (bytes: Buffer | undefined, mediaType: string) =>
    bytes === undefined ? undefined : { bytes, mediaType, modified };
  if (suffix === 'mp4') return image.mp4 === 'pending' ? undefined : file(files.video, 'video/mp4');
  // No longer served, and never made here.
  if (suffix === 'webm' || suffix === 'm3u8') return undefined;
  if (variant === '_d') return file(files.preview, 'image/webp');
  if (variant === 'h' && suffix === 'gif' && files.shrunken !== undefined) return file(files.shrunken, 'image/gif');
  const still = image.mediaType.startsWith('video/') ? 'l' : variant;
  return still === undefined ? file(files.original, image.mediaType) : file(files.thumbnail(still), 'image/jpeg');
}

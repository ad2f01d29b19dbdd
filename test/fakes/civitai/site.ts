/** The site: its public API, and pages that hold nothing for a program. */

import { type Answer, type FakeRequest, jsonAnswer } from '../service/answer.js';
import type { Authorization } from './authorization.js';
import { pageOfImages } from './image-pages.js';
import { readImageQuery } from './image-query.js';
import { imageRecord } from './image-records.js';
import { invalidQuery, siteError } from './problems.js';
import type { PublicImageStore } from './public-images.js';
import { USER_ID } from './workflows.js';

export interface SiteOptions {
  readonly authorization: Authorization;
  readonly images: PublicImageStore;
  now(): number;
  cdnOrigin(): string;
  /** What absolute links to the next page begin with. */
  origin(request: FakeRequest): string;
  /** Whether the caller is where only harmless pictures are shown. */
  readonly regionRestricted: boolean;
}

/** PG and PG-13. */
const HARMLESS = 3;
/** The deepest picture that can be reached by page numbers. */
const DEEPEST = 1_000;
const TOO_MANY_PAGES = "You've requested too many pages, please use cursors instead";

export function createSite(site: SiteOptions): (request: FakeRequest) => Answer {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return siteError(405, 'Method not allowed');
    if (request.path === '/api/v1/images') return listImages(site, request);
    if (request.path === '/api/v1/me') return showSelf(site, request);
    if (request.path.startsWith('/api/')) return siteError(404, 'Not found');
    return showPage(site, request.path);
  };
}

function listImages(site: SiteOptions, request: FakeRequest): Answer {
  const query = readImageQuery(request);
  if ('parameter' in query) return invalidQuery(query.parameter, query.message);
  const byPage = Boolean(query.page) && !query.cursor;
  if (byPage && query.page! * query.limit > DEEPEST) return siteError(429, TOO_MANY_PAGES);
  const shown = site.regionRestricted ? { ...query, browsingLevel: HARMLESS } : query;
  const { images, nextCursor } = pageOfImages(site.images.all(), shown, site.now());
  const parameters = new URLSearchParams(request.query);
  if (byPage) parameters.set('page', String(query.page! + 1));
  else parameters.set('cursor', nextCursor ?? '');
  const metadata = {
    ...(nextCursor === undefined ? {} : { nextCursor }),
    ...(byPage ? { currentPage: query.page, pageSize: query.limit } : {}),
    ...(nextCursor === undefined ? {} : { nextPage: `${site.origin(request)}${request.path}?${parameters}` }),
  };
  const items = images.map((image) => imageRecord(image, query, site.cdnOrigin()));
  return jsonAnswer(200, { items, metadata }, { 'Cache-Control': 'public, s-maxage=300, stale-while-revalidate=150' });
}

function showSelf({ authorization }: SiteOptions, request: FakeRequest): Answer {
  if (!authorization.isGood(request)) return siteError(401, 'Unauthorized');
  const account = { id: USER_ID, username: 'fernwatcher', tier: 'free', status: 'active' };
  return jsonAnswer(200, { ...account, isMember: false, subscriptions: [] });
}

/** A picture that the API leaves out has a page all the same. */
function showPage({ images }: SiteOptions, path: string): Answer {
  const [, kind, id] = /^\/(images|posts)\/(\d+)$/u.exec(path) ?? [];
  const found =
    kind === 'images'
      ? images.find(Number(id)) !== undefined
      : kind === undefined || images.all().some(({ postId }) => postId === Number(id));
  const page = `<!DOCTYPE html><html><head><title>Civitai</title></head><body><div id="__next"></div></body></html>`;
  const headers = { 'Content-Type': 'text/html; charset=utf-8' };
  return { status: found ? 200 : 404, headers, body: Buffer.from(page, 'utf8') };
}

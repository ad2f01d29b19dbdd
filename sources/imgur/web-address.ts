/**
 * The addresses of Imgur's pages and files, as people copy them: today's, and those that old posts are full of. What each
 * means was collected from the sources of clients that have read them for years.
 */

import { pastedAddress } from '../../src/plugin.js';
import type { Reference } from './reference.js';

const HOST = /^(?:([a-z0-9_-]+)\.)?imgur\.(?:com|io)$/u;

/** The hosts that show the same posts; every other name before `imgur.com` is a person's own page, or one of these. */
const POST_HOSTS: ReadonlySet<string> = new Set(['', 'www', 'm', 'i', 'o']);
const OTHER_HOSTS: ReadonlySet<string> = new Set('api apidocs blog community help p s status store support'.split(' '));

const ID = /^[A-Za-z0-9]{1,12}$/u;
/** With words before it that are part of an address, only what has the length of an id is taken for one. */
const SLUG_ID = /-([A-Za-z0-9]{7}|[A-Za-z0-9]{5})$/u;
const TAIL = /(?:^|-)([A-Za-z0-9]{1,12})$/u;
const FILE = /^([A-Za-z0-9]{1,8})(?:_d|_lq)?(?:\.[A-Za-z0-9.]{1,12})?$/u;
const SEVERAL = /^[A-Za-z0-9]{1,8}(?:[,&][A-Za-z0-9]{1,8})+$/u;

/** Letters that stand behind an id for a thumbnail: https://api.imgur.com/models/image#thumbs, and two that clients tell. */
const THUMBNAIL = /^(?:[A-Za-z0-9]{5}|[A-Za-z0-9]{7})[sbtmlhgr]$/u;

/** Parts of the site that a path may begin with and that are no ids. */
const PAGES: ReadonlySet<string> = new Set(
  'about advertise apps emerald favicon help jobs logout memegen privacy register removed robots rules settings signin tos upload vidgif'.split(
    ' ',
  ),
);
/** How lists are sorted, in the place where an id may stand. */
const SORTS: ReadonlySet<string> = new Set(
  'all best day hot latest month new newest popular random rising score time top viral week year'.split(' '),
);
const LISTS: Readonly<Record<string, string>> = {
  account: 'account',
  all: 'gallery',
  gallery: 'gallery',
  hot: 'gallery',
  new: 'gallery',
  random: 'gallery',
  search: 'search',
  top: 'gallery',
};
/** What a folder of the site holds: a post behind a name, or the list of that name. */
const NAMED: Readonly<Record<string, string>> = { r: 'subreddit', t: 'tag', topic: 'topic', topics: 'topic' };

/** `undefined` for what is no address of a post, a file or a list of Imgur. */
export function readAddress(typed: string): Reference | undefined {
  const url = pastedAddress(typed);
  if (url === undefined) return undefined;
  const [match, owner = ''] = HOST.exec(url.hostname) ?? [];
  if (match === undefined || OTHER_HOSTS.has(owner)) return undefined;
  if (!POST_HOSTS.has(owner)) return list('user', owner);
  return readPath(url.pathname.split('/').filter((segment) => segment !== ''));
}

/** Folders are the same in capitals; a name alone is an id, in which capital and small letters differ. */
function readPath([name = '', second, third]: readonly string[]): Reference | undefined {
  const first = second === undefined ? name : name.toLowerCase();
  if (first === 'a') return post('album', second);
  if (first === 'download') return second === undefined ? undefined : readFile(second);
  if (first === 'user') return second === undefined ? undefined : list('user', second);
  if (Object.hasOwn(NAMED, first)) {
    const named = third === undefined || SORTS.has(third) ? undefined : post(first === 'r' ? 'any' : 'gallery', third);
    return named ?? (second === undefined ? undefined : list(NAMED[first]!, second));
  }
  if (first === 'gallery' && second !== undefined && !SORTS.has(second) && second !== 'r')
    return post('gallery', second);
  if (Object.hasOwn(LISTS, first)) return list(LISTS[first]!);
  return PAGES.has(first.replace(/\..*$/u, '')) ? undefined : readFile(name);
}

/** The id is what stands behind the last dash. */
function post(kind: 'album' | 'gallery' | 'any', segment: string | undefined): Reference | undefined {
  const [, id] = TAIL.exec(segment?.replace(/\.[a-z0-9]+$/iu, '') ?? '') ?? [];
  return id === undefined ? undefined : { kind, names: [id] };
}

function readFile(segment: string): Reference | undefined {
  if (SEVERAL.test(segment)) return { kind: 'image', names: segment.split(/[,&]/u) };
  const [, slugged] = SLUG_ID.exec(segment) ?? [];
  const [, id = slugged] = FILE.exec(segment) ?? [];
  if (id === undefined || !ID.test(id)) return undefined;
  return { kind: THUMBNAIL.test(id) ? 'thumbnail' : 'image', names: [id] };
}

/** A name that would not fit into a reference is left out: no list is fetched, whatever it is called. */
function list(kind: string, name?: string): Reference {
  return { kind: 'list', names: [name !== undefined && /^[\w-]{1,64}$/u.test(name) ? `${kind}/${name}` : kind] };
}

/** The endpoints of `/3/account/`: what belongs to a user, in pages that are counted from 0. */

import type { Answer } from '../service/answer.js';
import { enveloped, v3Error } from './envelopes.js';
import type { FakeImage } from './images.js';
import type { FakeAlbum } from './library.js';
import type { V3Handler, V3Route, V3Service, Visit } from './v3-api.js';
import { accountId } from './v3-records.js';

const USUAL_PAGE = 50;
const LONGEST_PAGE = 100;

export const ACCOUNT_ROUTES: readonly V3Route[] = [
  ['GET', /^\/account\/([^/]+)\/images\/count$/u, images((list) => enveloped(list.length))],
  ['GET', /^\/account\/([^/]+)\/images(?:\/(\d+))?$/u, images(pageOfImages)],
  ['GET', /^\/account\/([^/]+)\/albums\/count$/u, albums((list) => enveloped(list.length))],
  ['GET', /^\/account\/([^/]+)\/albums\/ids(?:\/(\d+))?$/u, albums(pageOfIds)],
  ['GET', /^\/account\/([^/]+)\/albums(?:\/(\d+))?$/u, albums(pageOfAlbums)],
  ['GET', /^\/account\/([^/]+)$/u, showAccount],
];

/** The user that a path speaks of, or the refusal. */
function userOf({ account, library }: V3Service, { parts, caller, request }: Visit): string | Answer {
  const [name] = parts as [string];
  if (name === 'me') return caller === 'account' ? account.username : v3Error(request, 401, 'Authentication required');
  const posts = [...library.albums, ...library.images];
  const isKnown = name === account.username || posts.some((post) => post.account === name);
  return isKnown ? name : v3Error(request, 404, `Unable to find a user with the username, ${name}`);
}

function isOwn({ account }: V3Service, { caller }: Visit, user: string): boolean {
  return caller === 'account' && user === account.username;
}

/** The newest first; only their owner sees them. */
function images(answer: (list: readonly FakeImage[], service: V3Service, visit: Visit) => Answer): V3Handler {
  return (service, visit) => {
    const user = userOf(service, visit);
    if (typeof user !== 'string') return user;
    if (!isOwn(service, visit, user)) return v3Error(visit.request, 401, 'Authentication required');
    return answer(newestFirst(service.library.images.filter((image) => image.account === user)), service, visit);
  };
}

/** Those that are not public are shown to their owner alone. */
function albums(answer: (list: readonly FakeAlbum[], service: V3Service, visit: Visit) => Answer): V3Handler {
  return (service, visit) => {
    const user = userOf(service, visit);
    if (typeof user !== 'string') return user;
    const all = service.library.albums.filter((album) => album.account === user);
    const shown = isOwn(service, visit, user) ? all : all.filter((album) => album.privacy === 'public');
    return answer(newestFirst(shown), service, visit);
  };
}

function pageOfImages(list: readonly FakeImage[], { records }: V3Service, visit: Visit): Answer {
  return enveloped(pageOf(list, visit).map((image) => records.image(image, true)));
}

function pageOfIds(list: readonly FakeAlbum[], _service: V3Service, visit: Visit): Answer {
  return enveloped(pageOf(list, visit).map(({ id }) => id));
}

function pageOfAlbums(list: readonly FakeAlbum[], { records }: V3Service, visit: Visit): Answer {
  return enveloped(pageOf(list, visit).map((album) => records.listedAlbum(album, visit.caller === 'account')));
}

function showAccount(service: V3Service, visit: Visit): Answer {
  const user = userOf(service, visit);
  if (typeof user !== 'string') return user;
  return enveloped({
    id: accountId(service.account, user),
    url: user,
    bio: null,
    avatar: null,
    reputation: 0,
    reputation_name: 'Neutral',
    created: 1_480_000_000,
    pro_expiration: false,
  });
}

/** Past the end there is an empty page and no error. */
function pageOf<T>(list: readonly T[], { request, parts }: Visit): readonly T[] {
  const parameters = new URLSearchParams(request.query);
  const page = Number(parts[1] ?? parameters.get('page') ?? 0);
  const length = Math.min(Number(parameters.get('perPage') ?? USUAL_PAGE) || USUAL_PAGE, LONGEST_PAGE);
  return list.slice(page * length, (page + 1) * length);
}

/** Of those of one second, what was added last comes first. */
function newestFirst<T extends { readonly created: number }>(list: readonly T[]): T[] {
  return list.toReversed().sort((one, other) => other.created - one.created);
}

/** imgur.com, as far as a client may stray there: pages of posts, which hold nothing to read, and a page for the rest. */

import type { Answer, FakeRequest } from '../service/answer.js';
import { htmlAnswer } from './envelopes.js';
import type { Library } from './library.js';

const ALBUM = /^\/a\/(?:[^/]*-)?([a-z0-9]+)(?:\/(?:all|gifv))?$/iu;
const POST = /^\/(?:gallery|t\/[^/]+|topic\/[^/]+|r\/[^/]+)\/(?:[^/]*-)?([a-z0-9]+)$/iu;
const IMAGE = /^\/(?:[^/]*-)?([a-z0-9]+)$/iu;

export function createWebHost(library: Library): (request: FakeRequest) => Answer {
  return ({ path }) => {
    const album = library.album((ALBUM.exec(path) ?? POST.exec(path))?.[1] ?? '');
    const post = album ?? library.image((POST.exec(path) ?? IMAGE.exec(path))?.[1] ?? '');
    return post === undefined ? htmlAnswer(404, 'imgur: the simple 404 page') : htmlAnswer(200, `${post.id} - Imgur`);
  };
}

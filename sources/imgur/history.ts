/**
 * Everything of the account that has signed in: its albums, newest first, then the images that are in none of them.
 *
 * Nothing that the service says of an image tells whether it is in an album; it is known once all albums were read. An
 * album is read when its items are taken, for one credit. Those that were not taken in this run are read only when there
 * are images that could be theirs.
 */

import { AlbarettoError, type Item, type ListOptions, type SourceContext, type Task } from '../../src/plugin.js';
import type { AlbumAnswer } from './answers.js';
import type { Api } from './api.js';
import { albumFacts, albumTask, imageTask } from './items.js';
import type { Animated } from './media.js';
import { albumPages, imagePages, type Page } from './pages.js';
import type { Posts } from './posts.js';

export interface HistoryParts {
  readonly api: Api;
  readonly posts: Posts;
  readonly animated: Animated;
  readonly context: Pick<SourceContext, 'warn'>;
}

/** Where an earlier listing came to: an album, and the page on which it was. */
interface Place {
  readonly page: number;
  readonly id: string;
}

/** What this run knows of the account's albums. */
interface Known {
  /** The ids of all images that were found in albums. */
  readonly inAlbums: Set<string>;
  /** Albums whose images are not among these. */
  readonly unread: Set<string>;
}

const CURSOR = /^albums\/(\d{1,6})\/(.{1,200})$/su;

/** @throws E_CREDENTIALS where no account has signed in, and what the API's requests throw. */
export async function* listHistory(parts: HistoryParts, { signal, cursor }: ListOptions): AsyncGenerator<Task> {
  const { api, posts, animated } = parts;
  const known: Known = { inAlbums: new Set(), unread: new Set() };
  const place = readCursor(cursor);
  // Albums that were deleted meanwhile pull the others to an earlier page.
  let first = Math.max(0, (place?.page ?? 0) - 1);
  for await (const { number, fresh } of behind(place, albumPages(api, signal, first), known)) {
    for (const album of fresh) {
      const items = itemsOf(parts, known, album.id, signal);
      yield { ...albumFacts(album), items, cursor: `albums/${number}/${album.id}` };
    }
  }
  for await (const { fresh } of imagePages(api, signal)) {
    if (fresh.some(({ id }) => !known.inAlbums.has(id))) {
      await readOthers(parts, known, first, signal);
      first = 0;
    }
    for (const image of fresh) {
      if (known.inAlbums.has(image.id)) continue;
      posts.remember(image);
      yield imageTask(image, animated);
    }
  }
}

function readCursor(cursor: string | undefined): Place | undefined {
  const [, page, id] = CURSOR.exec(cursor ?? '') ?? [];
  return id === undefined ? undefined : { page: Number(page), id };
}

/**
 * The albums that stand behind a place. Its album is looked for on its page and on those before it that are given; where
 * it is on none of them, all of these are listed again.
 */
async function* behind(
  place: Place | undefined,
  pages: AsyncIterable<Page<AlbumAnswer>>,
  { unread }: Known,
): AsyncGenerator<Page<AlbumAnswer>> {
  let held: Page<AlbumAnswer>[] = [];
  let searching = place !== undefined;
  for await (const page of pages) {
    for (const { id } of page.fresh) unread.add(id);
    const at = searching ? page.fresh.findIndex(({ id }) => id === place?.id) : -1;
    held = at < 0 ? [...held, page] : [{ ...page, fresh: page.fresh.slice(at + 1) }];
    searching = searching && at < 0 && page.number < (place?.page ?? 0);
    if (searching) continue;
    yield* held;
    held = [];
  }
  yield* held;
}

/** An album whose turn has come. */
async function* itemsOf(
  parts: HistoryParts,
  known: Known,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  const album = await readAlbumOf(parts, known, id, signal);
  if (album !== undefined) yield* albumTask(album, parts.animated, signal).items;
}

/** Reads the albums that this run has not: those that it only listed, and those on the pages before its first. */
async function readOthers(
  parts: HistoryParts,
  known: Known,
  first: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for await (const { fresh } of albumPages(parts.api, signal, 0, first)) {
    for (const { id } of fresh) known.unread.add(id);
  }
  for (const id of [...known.unread]) await readAlbumOf(parts, known, id, signal);
}

/** One album that is no good must not end the list of all others; an outage must, or albums would be missed. */
async function readAlbumOf(
  { posts, context }: HistoryParts,
  { inAlbums, unread }: Known,
  id: string,
  signal: AbortSignal | undefined,
): Promise<AlbumAnswer | undefined> {
  try {
    const album = await posts.album(id, signal);
    for (const image of album.images) inAlbums.add(image.id);
    return album;
  } catch (thrown) {
    if (!isNoGood(thrown)) throw thrown;
    context.warn(`the album ${id} is left out: ${thrown.message}`);
    return undefined;
  } finally {
    unread.delete(id);
  }
}

function isNoGood(thrown: unknown): thrown is AlbarettoError {
  if (!(thrown instanceof AlbarettoError) || thrown.retryable) return false;
  return thrown.code === 'E_NOT_FOUND' || thrown.code === 'E_BAD_ANSWER';
}

/**
 * Everything of the account that has signed in: its albums, newest first, then the images that are in none of them.
 *
 * Nothing that the service says of an image tells whether it is in an album; it is known once all albums were read. An
 * album is read when its items are taken, for one credit. Those that were not taken in this run are read only when there
 * are images that could be theirs.
 */

import { AlbarettoError, type Item, type ListOptions, type Task } from '../../src/plugin.js';
import type { AlbumAnswer } from './answers.js';
import type { Api } from './api.js';
import { albumFacts, albumTask, imageTask } from './items.js';
import type { Animated } from './media.js';
import { albumPages, imagePages, type ListParts, type Page } from './pages.js';
import { isCode, type Posts } from './posts.js';

export interface HistoryParts extends ListParts {
  readonly posts: Posts;
  readonly animated: Animated;
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
  /** Albums whose images are not among these, and may still be. */
  readonly unread: Set<string>;
  /** Whether some albums could not be read: then no image can be said to be in none. */
  hasGaps: boolean;
  /** Why one of them could not, where another time may do. */
  failure: AlbarettoError | undefined;
}

const CURSOR = /^albums\/(\d{1,6})\/(.{1,200})$/su;

/**
 * An album that the service fails to give, time and again, while it answers everything else, must not keep the others
 * from being fetched: its failure is thrown behind them.
 * @throws E_CREDENTIALS where no account has signed in, and what the API's requests throw.
 */
export async function* listHistory(parts: HistoryParts, { signal, cursor }: ListOptions): AsyncGenerator<Task> {
  const known: Known = { inAlbums: new Set(), unread: new Set(), hasGaps: false, failure: undefined };
  const place = readCursor(cursor);
  // Albums that were deleted meanwhile pull the others to an earlier page.
  const first = Math.max(0, (place?.page ?? 0) - 1);
  for await (const { number, fresh } of behind(place, albumPages(parts, signal, first), known)) {
    for (const album of fresh) {
      const items = itemsOf(parts, known, album.id, signal);
      // Whoever goes on later must come by an album that failed once more.
      const here = known.failure === undefined ? { cursor: `albums/${number}/${album.id}` } : {};
      yield { ...albumFacts(album), items, ...here };
    }
  }
  yield* looseImages(parts, known, first, signal);
  if (known.failure !== undefined) throw known.failure;
}

/** The images that are in no album, once every album was read. */
async function* looseImages(
  parts: HistoryParts,
  known: Known,
  first: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Task> {
  let isRead = false;
  for await (const { fresh } of imagePages(parts, signal)) {
    const isOpen = fresh.some(({ id }) => !known.inAlbums.has(id));
    if (isOpen && !isRead) {
      await readOthers(parts, known, first, signal);
      isRead = true;
    }
    if (isOpen && known.hasGaps) {
      parts.context.warn('images that are in no album are left out: not every album could be read to tell them');
      return;
    }
    for (const image of fresh) {
      if (known.inAlbums.has(image.id)) continue;
      parts.posts.remember(image);
      yield imageTask(image, parts.animated);
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
  for await (const { fresh } of albumPages(parts, signal, 0, first)) {
    for (const { id } of fresh) known.unread.add(id);
  }
  for (const id of [...known.unread]) await readAlbumOf(parts, known, id, signal);
}

/** One album that is no good must not end the list of all others; an outage must, or albums would be missed. */
async function readAlbumOf(
  parts: HistoryParts,
  known: Known,
  id: string,
  signal: AbortSignal | undefined,
): Promise<AlbumAnswer | undefined> {
  try {
    const album = await parts.posts.album(id, signal);
    for (const image of album.images) known.inAlbums.add(image.id);
    return album;
  } catch (thrown) {
    if (!(thrown instanceof AlbarettoError) || !(await isOfThisAlbum(parts.api, thrown, signal))) throw thrown;
    // The images of an album that is gone are in none.
    known.hasGaps ||= thrown.code !== 'E_NOT_FOUND';
    if (thrown.retryable) known.failure ??= thrown;
    parts.context.warn(`the album ${id} is left out: ${thrown.message}`);
    return undefined;
  } finally {
    known.unread.delete(id);
  }
}

/** Some albums get nothing but errors of the service. That it is no outage shows in what it answers to another request. */
async function isOfThisAlbum(api: Api, error: AlbarettoError, signal: AbortSignal | undefined): Promise<boolean> {
  if (error.code === 'E_NOT_FOUND' || (error.code === 'E_BAD_ANSWER' && !error.retryable)) return true;
  if ((error.code !== 'E_UNAVAILABLE' && error.code !== 'E_BAD_ANSWER') || error.reach === 'run') return false;
  try {
    await api.get({ path: '/3/credits', what: 'asking whether Imgur is up', signal, free: true });
    return true;
  } catch (thrown) {
    if (isCode(thrown, 'E_INTERRUPTED')) throw thrown;
    return false;
  }
}

/** The account's lists, page by page: no page is asked for before it is needed. */

import { AlbarettoError, type ReadableEntries, type SourceContext } from '../../src/plugin.js';
import { type AlbumAnswer, type ImageAnswer, readAlbums, readImages } from './answers.js';
import type { Api, ApiAnswer } from './api.js';

export interface ListParts {
  readonly api: Api;
  readonly context: Pick<SourceContext, 'warn'>;
}

export interface Page<T> {
  /** From 0. */
  readonly number: number;
  /** What no earlier page had. */
  readonly fresh: readonly T[];
}

/** The largest page: https://apidocs.imgur.com, Paging. */
const LARGEST = 100;

/** Pages in a row that bring nothing new: new posts push a list on while it is read, but not that far. */
const MOST_STALE_PAGES = 3;

/**
 * Albums as lists show them, without their images; the newest first.
 * @param first The page to begin with.
 * @param end The page to stop before.
 */
export function albumPages(
  parts: ListParts,
  signal: AbortSignal | undefined,
  first: number,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Page<AlbumAnswer>> {
  return pagesOf(first, end, 'albums', async (page, what) => {
    const { data, lossless } = await ask(parts.api, 'albums', page, what, signal);
    return readable(readAlbums(data, lossless, what), what, parts);
  });
}

/** Images of albums and others alike; the newest first. */
export function imagePages(parts: ListParts, signal: AbortSignal | undefined): AsyncGenerator<Page<ImageAnswer>> {
  return pagesOf(0, Number.POSITIVE_INFINITY, 'images', async (page, what) => {
    const { data, lossless } = await ask(parts.api, 'images', page, what, signal);
    const { images: read, unreadable } = readImages(data, lossless, what);
    return readable({ read, unreadable }, what, parts);
  });
}

function readable<T>({ read, unreadable }: ReadableEntries<T>, what: string, { context }: ListParts): readonly T[] {
  if (unreadable > 0) context.warn(`${what}: ${unreadable} that cannot be read are left out`);
  return read;
}

function ask(api: Api, kind: string, page: number, what: string, signal: AbortSignal | undefined): Promise<ApiAnswer> {
  const path = `/3/account/me/${kind}/${page}`;
  return api.get({ path, query: { perPage: LARGEST }, what, signal, ofOwner: true });
}

/** To the first empty page: a page may be shorter than asked for, and nothing says how many there are. */
async function* pagesOf<T extends { readonly id: string }>(
  first: number,
  end: number,
  kind: string,
  read: (page: number, what: string) => Promise<readonly T[]>,
): AsyncGenerator<Page<T>> {
  const seen = new Set<string>();
  let stale = 0;
  for (let number = first; number < end; number += 1) {
    const entries = await read(number, `reading page ${number + 1} of your ${kind}`);
    if (entries.length === 0) return;
    const fresh = entries.filter(({ id }) => !seen.has(id));
    for (const { id } of fresh) seen.add(id);
    yield { number, fresh };
    stale = fresh.length === 0 ? stale + 1 : 0;
    if (stale === MOST_STALE_PAGES) throw endless(kind, number);
  }
}

function endless(kind: string, page: number): AlbarettoError {
  return new AlbarettoError({
    code: 'E_BAD_ANSWER',
    message: `the list of your ${kind} has brought nothing new for ${MOST_STALE_PAGES} pages, up to page ${page + 1}, and does not end`,
    hint: 'its interface may have changed',
    plugin: 'imgur',
  });
}

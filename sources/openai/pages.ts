/** Lists of items, page by page: the cursor is the id of the last item seen. */

import { AlbarettoError, type ServiceRequest, type SourceContext } from '../../src/plugin.js';
import { badAnswer, type ListAnswer, readList, text } from './answers.js';

/** Pages in a row that bring nothing new: a list that goes on like this has no end. */
const MOST_STALE_PAGES = 20;

export interface ListRequest {
  readonly order: 'asc' | 'desc';
  /** Items to a page at first. The service gives up to 100, but an item may be a picture of several MiB. */
  readonly size: number;
  /** The item behind which the list is wanted. */
  readonly after?: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Each page when it is needed. Where one is larger than the program reads, smaller ones are asked for.
 * @throws E_BAD_ANSWER where the pages repeat themselves without an end, E_TOO_LARGE for an item that is too large alone.
 */
export async function* pagesOf(
  { http }: SourceContext,
  request: Pick<ServiceRequest, 'url' | 'what' | 'explain'>,
  { order, size, after, signal }: ListRequest,
): AsyncGenerator<ListAnswer> {
  const progress = new Progress();
  let [limit, from] = [size, after];
  for (;;) {
    const page = await orTooLarge(async () =>
      readList(await http.json({ ...request, query: { limit, order, after: from }, signal }), request.what),
    );
    if (page instanceof AlbarettoError) {
      if (limit === 1) throw page;
      limit = Math.ceil(limit / 4);
      continue;
    }
    yield page;
    if (page.after === undefined) return;
    if (!progress.isMade(page)) throw badAnswer(request.what, 'pages that repeat themselves and do not end');
    from = page.after;
  }
}

async function orTooLarge<T>(work: () => Promise<T>): Promise<T | AlbarettoError> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof AlbarettoError && thrown.code === 'E_TOO_LARGE') return thrown;
    throw thrown;
  }
}

class Progress {
  readonly #cursors = new Set<string>();
  readonly #items = new Set<string>();
  #stale = 0;

  isMade({ data, after = '' }: ListAnswer): boolean {
    if (this.#cursors.has(after)) return false;
    this.#cursors.add(after);
    const before = this.#items.size;
    for (const item of data) this.#items.add(text((item as { id?: unknown } | null)?.id) ?? '');
    this.#stale = this.#items.size === before ? this.#stale + 1 : 0;
    return this.#stale < MOST_STALE_PAGES;
  }
}

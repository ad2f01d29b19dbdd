/** Items to fetched items: several at once, answered in display order, never ahead of whoever takes them. */

import { pMapIterable, pMapSkip } from 'p-map';
import { linkedAbort } from '../abort.js';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Companion, Item } from '../model.js';
import type { Bytes, Source } from '../plugin.js';
import { type DownloadOptions, download } from './download.js';

export interface FetchedCompanion {
  readonly companion: Companion;
  readonly bytes: Bytes;
  readonly mediaType: string;
}

/** An item with its verified bytes: what the buffer holds and what a sink is given. */
export interface Fetched {
  readonly item: Item;
  readonly bytes: Bytes;
  readonly mediaType: string;
  readonly width?: number;
  readonly height?: number;
  readonly companions: readonly FetchedCompanion[];
}

export type FetchResult =
  /** Nothing to fetch: `pass` said so. */
  | { readonly kind: 'passed'; readonly item: Item }
  | {
      readonly kind: 'fetched';
      readonly fetched: Fetched;
      readonly already: boolean;
      /** Why companions of the item are missing. Its own picture is here all the same, and worth keeping. */
      readonly missing: readonly AlbarettoError[];
    }
  | { readonly kind: 'failed'; readonly item: Item; readonly error: AlbarettoError };

export interface FetchOptions extends DownloadOptions {
  readonly concurrency: number;
  /**
   * How many items may be under way or wait for an earlier one while there is room for them: one slow picture must not
   * hold up all others. Default, and always when there is no room: `concurrency`.
   */
  readonly ahead?: number | undefined;
  /** Whether there is room for items that wait; true unless said otherwise. */
  hasRoom?(): boolean;
  /** What the session has already; it is not fetched again. */
  find(item: Item): Fetched | undefined;
  /** What need not be fetched, because it is where it is wanted already. */
  pass?(item: Item): boolean;
}

/**
 * A failed item is a result; only an interruption or a failure that reaches the whole run is thrown, and before it all
 * results that are there already: what was fetched is not lost. After such a failure nothing new is begun. When the
 * caller stops taking, what is on its way is stopped too.
 */
export async function* fetchItems(
  items: AsyncIterable<Item> | Iterable<Item>,
  source: Source,
  options: FetchOptions,
): AsyncGenerator<FetchResult> {
  const { signal, abort, release } = linkedAbort(options.signal);
  let ended: AlbarettoError | undefined;
  const fetch = async (item: Item): Promise<FetchResult | typeof pMapSkip> => {
    if (ended !== undefined) return pMapSkip;
    try {
      return await fetchItem(item, source, { ...options, signal });
    } catch (thrown) {
      ended ??= asAlbarettoError(thrown, signal);
      return pMapSkip;
    }
  };
  const queue = createQueue(options);
  async function* untilEnded(): AsyncGenerator<Item> {
    for await (const item of items) {
      await queue.enter();
      if (ended !== undefined) return;
      yield item;
    }
  }
  const { concurrency, ahead = concurrency } = options;
  try {
    for await (const result of pMapIterable(untilEnded(), fetch, { concurrency, backpressure: ahead })) {
      queue.leave();
      yield result;
    }
  } catch (thrown) {
    throw ended ?? thrown;
  } finally {
    release();
    abort();
  }
  if (ended !== undefined) throw ended;
}

/** Lets items begin: `concurrency` of them in any case, more only while there is room. */
function createQueue({ concurrency, hasRoom = () => true }: Pick<FetchOptions, 'concurrency' | 'hasRoom'>) {
  let inside = 0;
  let wake = (): void => undefined;
  return {
    async enter(): Promise<void> {
      while (inside >= concurrency && !hasRoom()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      inside += 1;
    },
    leave(): void {
      inside -= 1;
      wake();
    },
  };
}

/** @throws what ends the run; every other failure is a result. */
async function fetchItem(item: Item, source: Source, options: FetchOptions): Promise<FetchResult> {
  if (options.pass?.(item) === true) return { kind: 'passed', item };
  const present = options.find(item);
  if (present !== undefined && present.companions.length === (item.companions ?? []).length) {
    return { kind: 'fetched', fetched: present, already: true, missing: [] };
  }
  try {
    const { bytes, mediaType, ...size } = await download(item, source, options);
    const { companions, missing } = await fetchCompanions(item, source, options);
    return { kind: 'fetched', fetched: { item, bytes, mediaType, ...size, companions }, already: false, missing };
  } catch (thrown) {
    return { kind: 'failed', item, error: ofItem(thrown, options.signal) };
  }
}

async function fetchCompanions(item: Item, source: Source, options: FetchOptions) {
  const companions: FetchedCompanion[] = [];
  const missing: AlbarettoError[] = [];
  for (const companion of item.companions ?? []) {
    try {
      const { bytes, mediaType } = await download(companion, source, options);
      companions.push({ companion, bytes, mediaType });
    } catch (thrown) {
      missing.push(ofItem(thrown, options.signal));
    }
  }
  return { companions, missing };
}

/** The failure of one item. @throws one that reaches further. */
function ofItem(thrown: unknown, signal: AbortSignal | undefined): AlbarettoError {
  const error = asAlbarettoError(thrown, signal);
  if (error.code === 'E_INTERRUPTED' || error.reach === 'run') throw error;
  return error;
}

/** Items to fetched items: several at once, answered in display order, never ahead of whoever takes them. */

import { pMapIterable } from 'p-map';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Companion, Item } from '../model.js';
import type { Bytes, Source } from '../plugin.js';
import { type Downloaded, type DownloadOptions, download } from './download.js';

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
  | { readonly kind: 'fetched'; readonly fetched: Fetched; readonly already: boolean }
  | { readonly kind: 'failed'; readonly item: Item; readonly error: AlbarettoError };

export interface FetchOptions extends DownloadOptions {
  readonly concurrency: number;
  /** What the session has already; it is not fetched again. */
  find(item: Item): Fetched | undefined;
}

/**
 * A failed item is a result; only an interruption or a failure that reaches the whole run is thrown. When the caller
 * stops taking, nothing new is begun.
 */
export function fetchItems(
  items: AsyncIterable<Item> | Iterable<Item>,
  source: Source,
  options: FetchOptions,
): AsyncIterable<FetchResult> {
  return pMapIterable(items, (item) => fetchItem(item, source, options), {
    concurrency: options.concurrency,
    backpressure: options.concurrency,
  });
}

async function fetchItem(item: Item, source: Source, options: FetchOptions): Promise<FetchResult> {
  const present = options.find(item);
  if (present !== undefined) return { kind: 'fetched', fetched: present, already: true };
  try {
    const main = await download(item, source, options);
    const companions: FetchedCompanion[] = [];
    for (const companion of item.companions ?? []) {
      const { bytes, mediaType } = await download(companion, source, options);
      companions.push({ companion, bytes, mediaType });
    }
    return { kind: 'fetched', fetched: assemble(item, main, companions), already: false };
  } catch (thrown) {
    const error = asAlbarettoError(thrown, options.signal);
    if (error.code === 'E_INTERRUPTED' || error.reach === 'run') throw error;
    return { kind: 'failed', item, error };
  }
}

function assemble(item: Item, main: Downloaded, companions: readonly FetchedCompanion[]): Fetched {
  const size = main.width === undefined || main.height === undefined ? {} : { width: main.width, height: main.height };
  return { item, bytes: main.bytes, mediaType: main.mediaType, ...size, companions };
}

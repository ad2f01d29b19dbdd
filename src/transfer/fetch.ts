/** Items to fetched items: several at once, answered in display order, never ahead of whoever takes them. */

import { pMapIterable, pMapSkip } from 'p-map';
import { linkedAbort } from '../abort.js';
import { type AlbarettoError, asAlbarettoError } from '../errors.js';
import type { Companion, Item } from '../model.js';
import type { Bytes, Source } from '../plugin.js';
import { type DownloadOptions, download } from './download.js';
import type { HeldBytes } from './spool.js';

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
 * caller stops taking, what is on its way is stopped too, and what it did not take is let go.
 */
export async function* fetchItems(
  items: AsyncIterable<Item> | Iterable<Item>,
  source: Source,
  options: FetchOptions,
): AsyncGenerator<FetchResult> {
  const { signal, abort, release } = linkedAbort(options.signal);
  let ended: AlbarettoError | undefined;
  const queue = createQueue(options);
  const waiting = createWaitingRoom();
  const fetch = async (item: Item): Promise<FetchResult | typeof pMapSkip> => {
    if (ended !== undefined) return pMapSkip;
    try {
      const result = await fetchItem(item, source, { ...options, signal });
      await waiting.add(result);
      return result;
    } catch (thrown) {
      ended ??= asAlbarettoError(thrown, signal);
      queue.end();
      return pMapSkip;
    }
  };
  async function* untilEnded(): AsyncGenerator<Item> {
    for await (const item of items) {
      if (!(await queue.enter())) return;
      yield item;
    }
  }
  const { concurrency, ahead = concurrency } = options;
  try {
    for await (const result of pMapIterable(untilEnded(), fetch, { concurrency, backpressure: ahead })) {
      queue.leave();
      waiting.remove(result);
      yield result;
    }
  } catch (thrown) {
    throw ended ?? thrown;
  } finally {
    release();
    abort();
    queue.end();
    await waiting.close();
  }
  if (ended !== undefined) throw ended;
}

/** Gives the room of an item back: its memory, or its files. */
export async function letGo({ bytes, companions }: Pick<Fetched, 'bytes' | 'companions'>): Promise<void> {
  for (const part of [{ bytes }, ...companions]) await (part.bytes as Partial<HeldBytes>).release?.();
}

/** What was fetched for this call and is not taken yet. */
function createWaitingRoom() {
  const waiting = new Set<Fetched>();
  let isOpen = true;
  const own = (result: FetchResult) => (result.kind === 'fetched' && !result.already ? result.fetched : undefined);
  return {
    async add(result: FetchResult): Promise<void> {
      const fetched = own(result);
      if (fetched === undefined) return;
      if (isOpen) waiting.add(fetched);
      else await letGo(fetched);
    },
    remove(result: FetchResult): void {
      const fetched = own(result);
      if (fetched !== undefined) waiting.delete(fetched);
    },
    /** Nobody takes anything any more. */
    async close(): Promise<void> {
      isOpen = false;
      for (const fetched of waiting) await letGo(fetched);
    },
  };
}

/** Lets items begin: `concurrency` of them in any case, more only while there is room. */
function createQueue({ concurrency, hasRoom = () => true }: Pick<FetchOptions, 'concurrency' | 'hasRoom'>) {
  let inside = 0;
  let hasEnded = false;
  let wake = (): void => undefined;
  return {
    /** False when nothing begins any more. What waits for room then need not wait for those before it: they may never leave. */
    async enter(): Promise<boolean> {
      while (!hasEnded && inside >= concurrency && !hasRoom()) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      inside += 1;
      return !hasEnded;
    },
    leave(): void {
      inside -= 1;
      wake();
    },
    end(): void {
      hasEnded = true;
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
    const companions: FetchedCompanion[] = [];
    const missing = await fetchCompanions(item, source, options, companions).catch(async (thrown) => {
      await letGo({ bytes, companions });
      throw thrown;
    });
    return { kind: 'fetched', fetched: { item, bytes, mediaType, ...size, companions }, already: false, missing };
  } catch (thrown) {
    return { kind: 'failed', item, error: ofItem(thrown, options.signal) };
  }
}

/** Into `companions`, and answers why others are missing. */
async function fetchCompanions(
  item: Item,
  source: Source,
  options: FetchOptions,
  companions: FetchedCompanion[],
): Promise<AlbarettoError[]> {
  const missing: AlbarettoError[] = [];
  for (const companion of item.companions ?? []) {
    try {
      const { bytes, mediaType } = await download(companion, source, options);
      companions.push({ companion, bytes, mediaType });
    } catch (thrown) {
      missing.push(ofItem(thrown, options.signal));
    }
  }
  return missing;
}

/** The failure of one item. @throws one that reaches further. */
function ofItem(thrown: unknown, signal: AbortSignal | undefined): AlbarettoError {
  const error = asAlbarettoError(thrown, signal);
  if (error.code === 'E_INTERRUPTED' || error.reach === 'run') throw error;
  return error;
}

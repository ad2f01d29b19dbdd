/** Fetched items to a store: several at once, answered in display order, each whole or failed. */

import { pMapIterable } from 'p-map';
import type { Layout } from '../archive/layout.js';
import { type AlbarettoError, asAlbarettoError, interrupted } from '../errors.js';
import type { Receipt } from '../model.js';
import { sha256Of } from './bytes.js';
import type { Fetched } from './fetch.js';
import type { Put } from './store.js';

export interface SavedFile {
  readonly role: 'media' | 'document';
  readonly receipt: Receipt;
  /** Of this very file: a companion has its own. */
  readonly sha256: string;
  readonly mediaType: string;
}

/** What flows to a store: items with their bytes, and places in the order of those that need none. */
export type Outgoing<Place> = Fetched | { readonly place: Place };

export type SaveResult<Place = never> =
  | { readonly kind: 'passed'; readonly place: Place }
  | { readonly kind: 'saved'; readonly fetched: Fetched; readonly files: readonly SavedFile[] }
  /** `own` is false for those that only share the failure that ended the run: they were not begun, or ended with it. */
  | { readonly kind: 'failed'; readonly fetched: Fetched; readonly error: AlbarettoError; readonly own: boolean };

export interface SaveOptions {
  readonly put: Put;
  readonly layout: Layout;
  readonly concurrency: number;
  readonly overwrite: boolean;
  readonly metadata: boolean;
  readonly signal?: AbortSignal | undefined;
  onBytes?(count: number): void;
}

/**
 * Never throws for a failed item, and answers every item that it took, also after an interruption: the caller always
 * knows which are saved. After a failure that reaches the whole run nothing more is begun.
 */
export function saveItems<Place = never>(
  items: AsyncIterable<Outgoing<Place>> | Iterable<Outgoing<Place>>,
  options: SaveOptions,
): AsyncIterable<SaveResult<Place>> {
  let ended: AlbarettoError | undefined;
  const save = async (fetched: Outgoing<Place>): Promise<SaveResult<Place>> => {
    if ('place' in fetched) return { kind: 'passed', place: fetched.place };
    if (options.signal?.aborted) ended ??= interrupted(options.signal.reason);
    if (ended !== undefined) return { kind: 'failed', fetched, error: ended, own: false };
    try {
      return { kind: 'saved', fetched, files: await saveItem(fetched, options) };
    } catch (thrown) {
      const error = asAlbarettoError(thrown, options.signal);
      const own = error.reach !== 'run' || ended === undefined;
      if (error.reach === 'run') ended ??= error;
      return { kind: 'failed', fetched, error, own };
    }
  };
  return pMapIterable(items, save, { concurrency: options.concurrency, backpressure: 2 * options.concurrency });
}

/** Media before the record that speaks of them: a record without its picture would be a lie. */
async function saveItem(fetched: Fetched, options: SaveOptions): Promise<SavedFile[]> {
  const files: SavedFile[] = [];
  const plan = options.layout.plan(fetched, { overwrite: options.overwrite });
  for (const file of plan.media) {
    let told = 0;
    const onProgress = (sent: number) => {
      options.onBytes?.(sent - told);
      told = sent;
    };
    const receipt = await options.put(file, { signal: options.signal, onProgress });
    options.onBytes?.(file.bytes.size - told);
    files.push({ role: 'media', receipt, sha256: sha256Of(file.bytes.digests), mediaType: file.mediaType });
  }
  if (!options.metadata) return files;
  for (const file of plan.documents(files.map((stored) => stored.receipt.name))) {
    const receipt = await options.put(file, { signal: options.signal });
    files.push({ role: 'document', receipt, sha256: sha256Of(file.bytes.digests), mediaType: file.mediaType });
  }
  return files;
}

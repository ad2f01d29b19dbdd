/** Fetched items to a store: several at once, answered in display order, each whole or failed. */

import { pMapIterable } from 'p-map';
import { type Layout, type PlannedFile, pathOf } from '../archive/layout.js';
import { type AlbarettoError, asAlbarettoError, interrupted } from '../errors.js';
import type { Item, Receipt } from '../model.js';
import { sha256Of } from './bytes.js';
import { type DocumentWriter, documentWriter } from './documents.js';
import type { Fetched } from './fetch.js';
import type { FolderStores } from './folder-stores.js';

export interface SavedFile {
  readonly role: 'media' | 'document';
  /** Its path below the destination. */
  readonly name: string;
  readonly receipt: Receipt;
  /** Of this very file: a companion has its own. */
  readonly sha256: string;
  readonly mediaType: string;
  /** A document that several items share, or a whole task. */
  readonly shared: boolean;
}

/** An item whose media are at the destination already. */
export interface Placed {
  readonly item: Item;
  /** Whether its documents are looked after all the same: they may be missing, or say something else by now. */
  readonly wantsDocuments?: boolean;
}

/** What flows to a store: items with their bytes, and places in the order of those that need none. */
export type Outgoing<Place extends Placed> = Fetched | { readonly place: Place };

export type SaveResult<Place extends Placed = never> =
  | { readonly kind: 'passed'; readonly place: Place; readonly files: readonly SavedFile[] }
  | { readonly kind: 'saved'; readonly fetched: Fetched; readonly files: readonly SavedFile[] }
  /** `own` is false for those that only share the failure that ended the run: they were not begun, or ended with it. */
  | {
      readonly kind: 'failed';
      readonly fetched: Pick<Fetched, 'item'>;
      readonly error: AlbarettoError;
      readonly own: boolean;
    };

export interface SaveOptions {
  readonly folders: FolderStores;
  /** The layout for a source's items. */
  layoutOf(source: string): Promise<Layout>;
  readonly concurrency: number;
  readonly overwrite: boolean;
  readonly metadata: boolean;
  readonly signal?: AbortSignal | undefined;
  onBytes?(count: number): void;
  /** For those that are written beside the items; one for the whole run. Default: one of its own. */
  readonly documents?: DocumentWriter;
}

interface Saving extends SaveOptions {
  readonly documents: DocumentWriter;
}

/**
 * Never throws for a failed item, and answers every item that it took, also after an interruption: the caller always
 * knows which are saved. After a failure that reaches the whole run nothing more is begun.
 */
export function saveItems<Place extends Placed = never>(
  items: AsyncIterable<Outgoing<Place>> | Iterable<Outgoing<Place>>,
  given: SaveOptions,
): AsyncIterable<SaveResult<Place>> {
  const options: Saving = { ...given, documents: given.documents ?? documentWriter(given.folders) };
  let ended: AlbarettoError | undefined;
  const save = async (outgoing: Outgoing<Place>): Promise<SaveResult<Place>> => {
    const isPlaced = 'place' in outgoing;
    if (options.signal?.aborted) ended ??= interrupted(options.signal.reason);
    // What is there is there, whatever ends the run; its documents are looked after next time.
    const hasNoWork = isPlaced && (outgoing.place.wantsDocuments !== true || ended !== undefined);
    if (hasNoWork) return { kind: 'passed', place: outgoing.place, files: [] };
    const fetched = isPlaced ? outgoing.place : outgoing;
    if (ended !== undefined) return { kind: 'failed', fetched, error: ended, own: false };
    try {
      return isPlaced
        ? { kind: 'passed', place: outgoing.place, files: await saveDocuments(outgoing.place.item, options) }
        : { kind: 'saved', fetched: outgoing, files: await saveItem(outgoing, options) };
    } catch (thrown) {
      const error = asAlbarettoError(thrown, options.signal);
      const own = error.reach !== 'run' || ended === undefined;
      if (error.reach === 'run') ended ??= error;
      return { kind: 'failed', fetched, error, own };
    }
  };
  // Twice the writes: one that takes long holds up what comes behind it no sooner than that.
  return pMapIterable(items, save, { concurrency: options.concurrency, backpressure: 2 * options.concurrency });
}

/** Media before the record that speaks of them: a record without its picture would be a lie. */
async function saveItem(fetched: Fetched, options: Saving): Promise<SavedFile[]> {
  const files: SavedFile[] = [];
  const layout = await options.layoutOf(fetched.item.source);
  const plan = layout.plan(fetched, { overwrite: options.overwrite });
  for (const { folder, file } of plan.media) {
    let told = 0;
    const onProgress = (sent: number) => {
      options.onBytes?.(sent - told);
      told = sent;
    };
    const { put } = await options.folders.at(folder);
    const receipt = await put(file, { signal: options.signal, onProgress });
    options.onBytes?.(file.bytes.size - told);
    const sha256 = sha256Of(file.bytes.digests);
    const { mediaType } = file;
    files.push({ role: 'media', name: pathOf(folder, receipt.name), receipt, sha256, mediaType, shared: false });
  }
  if (!options.metadata) return files;
  const documents = plan.documents(files.map((stored) => stored.receipt.name));
  return [...files, ...(await writeDocuments(documents, options))];
}

async function saveDocuments(item: Item, options: Saving): Promise<SavedFile[]> {
  if (!options.metadata) return [];
  const layout = await options.layoutOf(item.source);
  return writeDocuments(layout.documentsOf?.(item) ?? [], options);
}

/** One after the other, each whole before the next. */
export async function writeDocuments(
  planned: readonly PlannedFile[],
  { documents, signal }: { readonly documents: DocumentWriter; readonly signal?: AbortSignal | undefined },
): Promise<SavedFile[]> {
  const files: SavedFile[] = [];
  for (const document of planned) {
    const written = await documents.write(document, signal);
    if (written === undefined) continue;
    const { receipt, sha256 } = written;
    const { file, folder, shared = false } = document;
    const name = pathOf(folder, receipt.name);
    files.push({ role: 'document', name, receipt, sha256, mediaType: file.mediaType, shared });
  }
  return files;
}

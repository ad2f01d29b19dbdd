/** Documents to a store: merged with what is there, and written only when that changes something. */

import { type PlannedFile, pathOf } from '../archive/layout.js';
import { AlbarettoError } from '../errors.js';
import type { Receipt } from '../model.js';
import type { StoredFile, StoreFile } from '../plugin.js';
import { bytesInMemory, digestsOf, sha256Of } from './bytes.js';
import type { FolderStores } from './folder-stores.js';
import type { Put } from './store.js';

export interface WrittenDocument {
  readonly receipt: Receipt;
  /** Of the text that is there now. */
  readonly sha256: string;
}

export interface DocumentWriter {
  /**
   * `undefined` for one that this run has written already with the same text.
   * @throws what the store throws; E_TOO_LARGE for an existing document that is too large to be one.
   */
  write(planned: PlannedFile, signal: AbortSignal | undefined): Promise<WrittenDocument | undefined>;
}

export interface DocumentOptions {
  /**
   * Whether a document with these very bytes is on record at that path, and there: then it is neither read nor written.
   * @param sha256 Of the text that is planned, in hexadecimal.
   */
  isThere?(path: string, sha256: string): Promise<boolean>;
}

/** No document comes near it; what is larger is somebody else's file. */
const LARGEST = 67_108_864;

export function documentWriter(folders: FolderStores, { isThere }: DocumentOptions = {}): DocumentWriter {
  /** What was planned for each path that several items share (a model's description): it comes with every one of them. */
  const planned = new Map<string, string>();
  const write = async (document: PlannedFile, path: string, signal: AbortSignal | undefined) => {
    const wanted = sha256Of(document.file.bytes.digests);
    if (planned.get(path) === wanted) return undefined;
    const written = (await isThere?.(path, wanted)) === true ? undefined : await merged(document, path, signal);
    // An item's own comes once, and to remember those of all items would take room without end.
    if (document.shared) planned.set(path, wanted);
    else planned.delete(path);
    return written;
  };
  const merged = async ({ folder, file, merge }: PlannedFile, path: string, signal: AbortSignal | undefined) => {
    const { store, put } = await folders.at(folder);
    const existing = merge === undefined ? undefined : await store.read?.(file, { signal });
    if (merge === undefined || existing === undefined) return stored(put, file, signal);
    const old = await bytesOf(existing, path);
    const text = merge(old.toString('utf8'));
    if (text === undefined) return present(existing, old);
    return stored(put, { ...file, bytes: bytesInMemory(Buffer.from(text, 'utf8')) }, signal);
  };
  return {
    write(document, signal) {
      const path = pathOf(document.folder, document.file.name);
      return folders.inTurn(path, () => write(document, path, signal));
    },
  };
}

async function stored(put: Put, file: StoreFile, signal: AbortSignal | undefined): Promise<WrittenDocument> {
  return { receipt: await put(file, { signal }), sha256: sha256Of(file.bytes.digests) };
}

async function bytesOf(existing: StoredFile, path: string): Promise<Buffer> {
  if (existing.size > LARGEST) {
    throw new AlbarettoError({
      code: 'E_TOO_LARGE',
      message: `${path}: what is there is too large to be a document`,
      hint: 'move it away',
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of existing.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Of the bytes that were read: they need not be the text that was made of them. */
function present({ name, location }: StoredFile, bytes: Buffer): WrittenDocument {
  const sha256 = sha256Of(digestsOf(bytes));
  const digest = { algorithm: 'sha256', hex: sha256 } as const;
  return { receipt: { name, location, size: bytes.length, digest, outcome: 'present' }, sha256 };
}

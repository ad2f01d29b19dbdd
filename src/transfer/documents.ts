/** Documents to a store: merged with what is there, and written only when that changes something. */

import { type PlannedFile, pathOf } from '../archive/layout.js';
import { AlbarettoError } from '../errors.js';
import type { Receipt } from '../model.js';
import type { StoredFile } from '../plugin.js';
import { bytesInMemory, sha256Of } from './bytes.js';
import type { FolderStores } from './folder-stores.js';

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

/** No document comes near it; what is larger is somebody else's file. */
const LARGEST = 67_108_864;

export function documentWriter(folders: FolderStores): DocumentWriter {
  /** What was planned for each path; shared ones (a model's description) come with every item. */
  const planned = new Map<string, string>();
  const write = async (document: PlannedFile, path: string, signal: AbortSignal | undefined) => {
    const wanted = sha256Of(document.file.bytes.digests);
    if (planned.get(path) === wanted) return undefined;
    const { store, put } = await folders.at(document.folder);
    let { file } = document;
    if (document.merge !== undefined) {
      const existing = await store.read?.(file, { signal });
      const old = existing === undefined ? undefined : await textOf(existing, path);
      const text = old === undefined ? undefined : document.merge(old);
      if (existing !== undefined && text === undefined) {
        planned.set(path, wanted);
        return present(existing, old ?? '');
      }
      if (text !== undefined) file = { ...file, bytes: bytesInMemory(Buffer.from(text, 'utf8')) };
    }
    const receipt = await put(file, { signal });
    planned.set(path, wanted);
    return { receipt, sha256: sha256Of(file.bytes.digests) };
  };
  return {
    write(document, signal) {
      const path = pathOf(document.folder, document.file.name);
      return folders.inTurn(path, () => write(document, path, signal));
    },
  };
}

async function textOf(existing: StoredFile, path: string): Promise<string> {
  if (existing.size > LARGEST) {
    throw new AlbarettoError({
      code: 'E_TOO_LARGE',
      message: `${path}: what is there is too large to be a document`,
      hint: 'move it away',
    });
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of existing.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function present({ name, location, size }: StoredFile, text: string): WrittenDocument {
  const sha256 = sha256Of(bytesInMemory(Buffer.from(text, 'utf8')).digests);
  return {
    receipt: { name, location, size, digest: { algorithm: 'sha256', hex: sha256 }, outcome: 'present' },
    sha256,
  };
}

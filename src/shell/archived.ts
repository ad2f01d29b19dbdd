/** Items that an archive holds already though nothing is on record: another program made it, or the record is lost. */

import { createHash } from 'node:crypto';
import { type Layout, pathOf } from '../archive/layout.js';
import { interrupted } from '../errors.js';
import type { Item } from '../model.js';
import type { StoredFile } from '../plugin.js';
import type { FolderStores } from '../transfer/folder-stores.js';
import { openFormatCheck } from '../transfer/formats/index.js';

export interface ArchivedMedia {
  /** Its path below the destination. */
  readonly name: string;
  readonly location: string;
  readonly size: number;
  readonly sha256: string;
  readonly mediaType: string;
}

/**
 * The item's own file, when it is there by its name, whole, and as large as the service says. Reads it once, for its format
 * and its digest; after that it is on record. An item with companions is fetched: whether they are there is not looked at.
 */
export async function findArchived(
  item: Item,
  layout: Layout,
  folders: FolderStores,
  signal: AbortSignal | undefined,
): Promise<ArchivedMedia | undefined> {
  const where = (item.companions ?? []).length > 0 ? undefined : layout.archived?.(item);
  if (where === undefined) return undefined;
  const { store } = await folders.at(where.folder);
  const found = await store.read?.({ name: where.name, key: where.key }, { signal });
  if (found === undefined || found.size === 0 || (where.size ?? found.size) !== found.size) return undefined;
  const name = pathOf(where.folder, where.name);
  const digest = found.digests.find(({ algorithm }) => algorithm === 'sha256');
  // A storage that reports digests holds whole files alone.
  if (digest !== undefined) {
    const mediaType = item.mediaType ?? 'application/octet-stream';
    return { name, location: found.location, size: found.size, sha256: digest.hex, mediaType };
  }
  const read = await readWhole(found, signal);
  return read === undefined ? undefined : { name, location: found.location, size: found.size, ...read };
}

async function readWhole(found: StoredFile, signal: AbortSignal | undefined) {
  const check = openFormatCheck({ declaredSize: found.size });
  const hash = createHash('sha256');
  for await (const chunk of found.open()) {
    if (signal?.aborted) throw interrupted(signal.reason);
    check.write(chunk);
    hash.update(chunk);
  }
  const verdict = check.end();
  return verdict.ok ? { sha256: hash.digest('hex'), mediaType: verdict.mediaType } : undefined;
}

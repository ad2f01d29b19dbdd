/** The record of a kept item: what a later session needs to know of it, as JSON beside its bytes. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Digest, Item } from '../model.js';
import type { Bytes } from '../plugin.js';
import type { Fetched } from './fetch.js';

export const RECORD_SUFFIX = '.json';
/** Of verified bytes that a record speaks of. */
export const DATA_SUFFIX = '.data';

export interface StoredBytes {
  /** The name of the file beside the record. */
  readonly file: string;
  readonly size: number;
  readonly digests: readonly Digest[];
  readonly mediaType: string;
}

export interface StoredItem {
  readonly version: 1;
  readonly item: Item;
  readonly own: StoredBytes & { readonly width?: number; readonly height?: number };
  readonly companions: readonly StoredBytes[];
}

/** @param paths Where the bytes are: the item's own first, then those of its companions. */
export function recordText(fetched: Fetched, paths: readonly string[]): string {
  const { item, width, height } = fetched;
  const [own, ...companions] = [fetched, ...fetched.companions].map(({ bytes, mediaType }, index) =>
    stored(bytes, mediaType, paths[index]!),
  );
  const size = width === undefined || height === undefined ? {} : { width, height };
  const record: StoredItem = { version: 1, item, own: { ...own!, ...size }, companions };
  return JSON.stringify(record);
}

function stored({ size, digests }: Bytes, mediaType: string, path: string): StoredBytes {
  return { file: basename(path), size, digests, mediaType };
}

/** `undefined` for what cannot be read or is of a form that this version does not know. */
export function readRecord(path: string): StoredItem | undefined {
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as StoredItem;
    const known = record.version === 1 && [record.own, ...record.companions].every(isStored);
    return known && typeof record.item.id === 'string' ? { ...record, item: revive(record.item) } : undefined;
  } catch {
    return undefined;
  }
}

function isStored({ file, size, digests }: StoredBytes): boolean {
  return typeof file === 'string' && Number.isSafeInteger(size) && Array.isArray(digests);
}

/** JSON has no dates. */
function revive(item: Item): Item {
  const dates: Partial<Record<'createdAt' | 'expiresAt', Date>> = {};
  for (const name of ['createdAt', 'expiresAt'] as const) {
    const value = item[name];
    if (value !== undefined) dates[name] = new Date(value);
  }
  return { ...item, ...dates };
}

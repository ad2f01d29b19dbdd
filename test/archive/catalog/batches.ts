/** What the writing processes record: batches that are there whole or not at all. */

import type { NewSavedFile } from '../../../src/archive/catalog/catalog.js';

export const BATCH = 20;

export function batchOf(writer: string, batch: number): NewSavedFile[] {
  return Array.from({ length: BATCH }, (_, index) => {
    const name = `${writer}-${batch}-${index}`;
    return {
      source: 'dalle2',
      task: `${writer}-${batch}`,
      item: name,
      index: index + 1,
      role: 'media',
      sha256: `${batch}`.padStart(64, '0'),
      size: batch,
      mediaType: 'image/png',
      sink: 'local-filesystem',
      destination: `/pictures/${writer}`,
      name,
      location: `/pictures/${writer}/${name}`,
      savedAt: new Date(1_700_000_000_000 + batch),
    };
  });
}

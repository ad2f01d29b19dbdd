/** The files that people uploaded as input. They are no generations, and a client must not take them for such. */

import { createHash } from 'node:crypto';
import { png } from '../../support/pictures.js';
import { fileId } from './ids.js';

const DAY = 24 * 3_600_000;

export interface Uploads {
  /** Answers the id. */
  add(): string;
  list(): object;
  find(id: string): object | undefined;
}

export function createUploads(now: () => number, apiOrigin: () => string): Uploads {
  const files = new Map<string, { readonly bytes: Buffer; readonly created: number }>();
  const record = (id: string): object | undefined => {
    const file = files.get(id);
    if (file === undefined || now() >= file.created + DAY) return undefined;
    return {
      id,
      name: `upload-${id.slice(0, 4)}.png`,
      content_type: 'image/png',
      size: file.bytes.length,
      etag: createHash('md5').update(file.bytes).digest('hex'),
      checksums: { sha256: createHash('sha256').update(file.bytes).digest('hex') },
      metadata: {},
      created_at: new Date(file.created).toISOString(),
      expires_at: new Date(file.created + DAY).toISOString(),
      urls: { get: `${apiOrigin()}/v1/files/${id}` },
    };
  };
  return {
    add() {
      const id = fileId(files.size + 1);
      files.set(id, { bytes: png(8, 8, files.size + 1), created: now() });
      return id;
    },
    find: record,
    list() {
      const results = [...files.keys()].map(record).filter((file) => file !== undefined);
      return { previous: null, next: null, results: results.reverse() };
    },
  };
}

/**
 * Signed links as Azure Blob Storage issues them for the Labs API: parameters in its order, escaped in its way, good
 * from 59 minutes before to 59 minutes after the answer that holds them.
 */

import { createHmac } from 'node:crypto';

const VALIDITY = 59 * 60_000;
const KEY_VALIDITY = 7 * 24 * 3_600_000;

export type LinkState =
  | { readonly kind: 'good' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'outside'; readonly start: number; readonly expiry: number };

export interface Signatures {
  /** A new query for a path; never the same twice. */
  sign(path: string): string;
  /** Whether this query, byte for byte, was issued for this path and is good now. */
  check(path: string, query: string): LinkState;
}

export function createSignatures(now: () => number): Signatures {
  const issued = new Map<string, { readonly start: number; readonly expiry: number }>();
  let count = 0;
  return {
    sign(path) {
      // Azure's times have no fractions, so the limits are whole seconds.
      const start = Math.floor((now() - VALIDITY) / 1000) * 1000;
      const expiry = Math.floor((now() + VALIDITY) / 1000) * 1000;
      const head = queryHead(start, expiry);
      let signature: string;
      do {
        count += 1;
        signature = createHmac('sha256', 'user delegation key').update(`${path}\n${head}\n${count}`).digest('base64');
        // Only signatures that hold every character whose escaping matters are of use to a test.
      } while (!signature.includes('+') || !signature.includes('/'));
      const query = `${head}&sig=${signature.replaceAll('+', '%2B').replaceAll('=', '%3D')}`;
      issued.set(`${path}?${query}`, { start, expiry });
      return query;
    },
    check(path, query) {
      const link = issued.get(`${path}?${query}`);
      if (link === undefined) return { kind: 'unknown' };
      const good = link.start <= now() && now() < link.expiry;
      return good ? { kind: 'good' } : { kind: 'outside', ...link };
    },
  };
}

/** Everything before the signature. The slash of the media type stays as it is, the colons of the times do not. */
function queryHead(start: number, expiry: number): string {
  const keyStart = start - (start % 3_600_000);
  return [
    `st=${azureTime(start)}`,
    `se=${azureTime(expiry)}`,
    'sp=r',
    'sv=2021-08-06',
    'sr=b',
    'rscd=inline',
    'rsct=image/webp',
    'skoid=5f1c3a52-7d84-4b0e-9c26-8e0a4d7b1f93',
    'sktid=b2d06c1e-3f57-4a98-8d41-6c9e25f0a7d8',
    `skt=${azureTime(keyStart)}`,
    `ske=${azureTime(keyStart + KEY_VALIDITY)}`,
    'sks=b',
    'skv=2021-08-06',
  ].join('&');
}

function azureTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z').replaceAll(':', '%3A');
}

/** What one format brings: its first bytes and its reader. */

import type { ByteReader, Reading } from './byte-reader.js';
import { damaged, Flaw, type Whole } from './verdict.js';

export interface Limits {
  readonly maxPixels: number;
}

export interface Format {
  /** The media type that the first bytes claim: what a broken body is told to be. A whole one may be told more exactly. */
  claim(head: Uint8Array): string;
  /** First bytes, one character each; `?` stands for any byte. */
  readonly signatures: readonly string[];
  /**
   * Reads the body from its first byte. Answers at the end of the format, which need not be the end of the body; throws
   * {@link Flaw}.
   */
  read(reader: ByteReader, limits: Limits): Reading<Whole>;
}

/** How a body's first bytes stand to a signature; `begun` where the body ends inside of it. */
export function compareSignature(head: Uint8Array, signature: string): 'full' | 'begun' | 'other' {
  const common = Math.min(head.length, signature.length);
  for (let at = 0; at < common; at += 1) {
    if (signature[at] !== '?' && signature.charCodeAt(at) !== head[at]) return 'other';
  }
  if (common === signature.length) return 'full';
  return common > 0 ? 'begun' : 'other';
}

/**
 * Passes by what stands behind the end of a format. Editors and libraries leave bytes there, and no viewer minds them; they
 * are part of the file only where its length is vouched for.
 */
export function* readTail(reader: ByteReader): Reading<Pick<Whole, 'openEnd'>> {
  if (yield* reader.atEnd()) return {};
  yield* reader.skipRest();
  return { openEnd: 'it goes on behind its end' };
}

/** Checks a picture's size against the cap. A decoder allocates by these numbers, whatever the bytes behind them hold. */
export function pixels(width: number, height: number, limits: Limits): { width: number; height: number } {
  if (width === 0 || height === 0) throw damaged('says that it has no pixels');
  if (width * height > limits.maxPixels) throw new Flaw('too-large', `says that it has ${width} × ${height} pixels`);
  return { width, height };
}

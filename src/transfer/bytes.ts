/** Verified bytes in memory. */

import { createHash } from 'node:crypto';
import type { Digest, DigestAlgorithm } from '../model.js';
import type { Bytes } from '../plugin.js';

/** What digests are computed with while bytes go by. */
export interface Digester {
  update(chunk: Uint8Array): void;
  /** sha256 first. */
  digests(): readonly Digest[];
}

/** @param others Besides sha256: what somebody declares of these bytes. Each takes as long again, md5 twice that. */
export function createDigester(others: Iterable<DigestAlgorithm> = []): Digester {
  const algorithms = [...new Set<DigestAlgorithm>(['sha256', ...others])];
  const hashes = algorithms.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  return {
    update(chunk) {
      for (const { hash } of hashes) hash.update(chunk);
    },
    digests: () => hashes.map(({ algorithm, hash }) => ({ algorithm, hex: hash.digest('hex') })),
  };
}

/** How much of a body is handed on at once. */
const SLICE = 1_048_576;

export function bytesInMemory(content: Uint8Array, digests?: readonly Digest[]): Bytes {
  return {
    size: content.length,
    digests: digests ?? digestsOf(content),
    inMemory: content,
    async *open(offset = 0) {
      for (let at = offset; at < content.length; at += SLICE) yield content.subarray(at, at + SLICE);
    },
  };
}

export function digestsOf(content: Uint8Array): readonly Digest[] {
  const digester = createDigester();
  digester.update(content);
  return digester.digests();
}

/** One that the bytes carry, or that is computed now, for which they are read once more. */
export async function digestOf(bytes: Bytes, algorithm: DigestAlgorithm): Promise<string> {
  const known = bytes.digests.find((digest) => digest.algorithm === algorithm);
  if (known !== undefined) return known.hex;
  const hash = createHash(algorithm);
  for await (const chunk of bytes.open()) hash.update(chunk);
  return hash.digest('hex');
}

/** @throws TypeError when the bytes carry no sha256; every `Bytes` of this program does. */
export function sha256Of(digests: readonly Digest[]): string {
  const found = digests.find((digest) => digest.algorithm === 'sha256');
  if (found === undefined) throw new TypeError('bytes without a sha256 digest');
  return found.hex;
}

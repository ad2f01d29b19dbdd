/** Verified bytes in memory. */

import { createHash } from 'node:crypto';
import type { Digest } from '../model.js';
import type { Bytes } from '../plugin.js';

/** What a digest is computed with while bytes go by: sha256 for us, md5 because storages and services declare it. */
export interface Digester {
  update(chunk: Uint8Array): void;
  digests(): readonly Digest[];
}

export function createDigester(): Digester {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  return {
    update(chunk) {
      sha256.update(chunk);
      md5.update(chunk);
    },
    digests: () => [
      { algorithm: 'sha256', hex: sha256.digest('hex') },
      { algorithm: 'md5', hex: md5.digest('hex') },
    ],
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

/** @throws TypeError when the bytes carry no sha256; every `Bytes` of this program does. */
export function sha256Of(digests: readonly Digest[]): string {
  const found = digests.find((digest) => digest.algorithm === 'sha256');
  if (found === undefined) throw new TypeError('bytes without a sha256 digest');
  return found.hex;
}

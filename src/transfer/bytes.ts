/** Verified bytes in memory, and the digests of bytes wherever they are. */

import { createHash } from 'node:crypto';
import { eachUntilAborted } from '../abort.js';
import { AlbarettoError } from '../errors.js';
import type { Digest, DigestAlgorithm } from '../model.js';
import type { Bytes } from '../plugin.js';
import { printable } from '../printable.js';

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

/** Digests of bytes that were read for them; nobody reads a large file twice. */
const COMPUTED = new WeakMap<Bytes, readonly Digest[]>();

/**
 * One that the bytes carry, or that is computed now, for which they are read once more.
 * @throws E_DIGEST when they are not the bytes any more whose sha256 they carry, or for an algorithm that is none of ours;
 * E_INTERRUPTED at once when the signal aborts, because reading a film takes a while.
 */
export async function digestOf(bytes: Bytes, algorithm: DigestAlgorithm, signal?: AbortSignal): Promise<string> {
  const known = [...bytes.digests, ...(COMPUTED.get(bytes) ?? [])].find((digest) => digest.algorithm === algorithm);
  if (known !== undefined) return known.hex;
  if (!isDigestAlgorithm(algorithm)) throw digestError(`no ${printable(algorithm)} can be computed`);
  const digester = createDigester([algorithm]);
  for await (const chunk of eachUntilAborted(bytes.open(), signal)) digester.update(chunk);
  const digests = digester.digests();
  if (sha256Of(digests) !== sha256Of(bytes.digests))
    throw digestError('the bytes have changed since they were verified');
  COMPUTED.set(bytes, digests);
  return digests.at(-1)!.hex;
}

/** What a plugin says may be anything. */
export function isDigestAlgorithm(algorithm: string): algorithm is DigestAlgorithm {
  return algorithm === 'sha256' || algorithm === 'sha1' || algorithm === 'md5';
}

function digestError(message: string): AlbarettoError {
  return new AlbarettoError({ code: 'E_DIGEST', message, hint: 'fetch it again' });
}

/** @throws TypeError when the bytes carry no sha256; every `Bytes` of this program does. */
export function sha256Of(digests: readonly Digest[]): string {
  const found = digests.find((digest) => digest.algorithm === 'sha256');
  if (found === undefined) throw new TypeError('bytes without a sha256 digest');
  return found.hex;
}

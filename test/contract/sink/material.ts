/** Bytes for the checks: whole ones, and ones that break their promises in every way that a stream can. */

import { createCipheriv, createHash } from 'node:crypto';
import type { Bytes, Digest, DigestAlgorithm } from '../../../src/plugin.js';

/** `size` bytes that no two seeds share: what a cipher makes of zeros, because a loop takes seconds for a large file. */
export function bytesOf(size: number, seed = 1): Uint8Array {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  const bytes = createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function digestOf(algorithm: DigestAlgorithm, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

/** What every file carries, and no more: what a storage reports besides is the sink's to compute. */
function digestsOf(bytes: Uint8Array): Digest[] {
  return [{ algorithm: 'sha256', hex: digestOf('sha256', bytes) }];
}

/** Bytes that keep their promise, read in chunks of at most `chunk` bytes. */
export function whole(bytes: Uint8Array, chunk = 64 * 1024): Bytes {
  return { size: bytes.length, digests: digestsOf(bytes), open: (offset = 0) => chunks(bytes.subarray(offset), chunk) };
}

/** Declares `declared`, but reading it gives what `read` gives. */
export function lying(declared: Uint8Array, read: (offset: number) => AsyncIterable<Uint8Array>): Bytes {
  return { size: declared.length, digests: digestsOf(declared), open: (offset = 0) => read(offset) };
}

/** Ends after `length` bytes without an error. */
export function short(declared: Uint8Array, length: number): Bytes {
  return lying(declared, (offset) => chunks(declared.subarray(offset, length), 1000));
}

/** Goes on after its declared end. */
export function long(declared: Uint8Array, extra: Uint8Array): Bytes {
  return lying(declared, async function* (offset) {
    yield* chunks(declared.subarray(offset), 1000);
    yield extra;
  });
}

/** Fails with `error` after `length` bytes. */
export function failing(declared: Uint8Array, length: number, error: Error): Bytes {
  return lying(declared, async function* (offset) {
    yield* chunks(declared.subarray(offset, length), 1000);
    throw error;
  });
}

/** Tells `onStuck` after `length` bytes and then answers nothing, for ever. */
export function stuck(declared: Uint8Array, length: number, onStuck: () => void): Bytes {
  return lying(declared, async function* (offset) {
    yield* chunks(declared.subarray(offset, length), 1000);
    onStuck();
    await new Promise<never>(() => {});
  });
}

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

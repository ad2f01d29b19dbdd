/** Files to be saved. */

import { createHash } from 'node:crypto';
import type { Bytes, Digest, Store, StoreFile } from '../../../src/plugin.js';
import { bytesOf as materialOf } from '../../contract/sink/material.js';

export function bytesOf(content: Uint8Array | string): Bytes & { readonly inMemory: Uint8Array } {
  const bytes = Buffer.from(content);
  return {
    size: bytes.length,
    digests: [{ algorithm: 'sha256', hex: createHash('sha256').update(bytes).digest('hex') }],
    inMemory: bytes,
    async *open(offset = 0) {
      yield bytes.subarray(offset);
    },
  };
}

/** As Drive computes it, and as nobody else does before it is needed. */
export function md5Of({ inMemory = new Uint8Array() }: Bytes): Digest {
  return { algorithm: 'md5', hex: createHash('md5').update(inMemory).digest('hex') };
}

/** Bytes that repeat nowhere, cheap to make in megabytes. */
export function manyBytes(size: number): Uint8Array {
  return materialOf(size);
}

export function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** A picture; its key follows from its name. */
export function picture(
  facts: Partial<Omit<StoreFile, 'bytes'>> & { readonly content?: Uint8Array | string } = {},
): StoreFile {
  const { content = 'RIFF a picture', name = 'generation-1.webp', ...others } = facts;
  return {
    name,
    role: 'media',
    bytes: bytesOf(content),
    mediaType: 'image/webp',
    key: keyOf(name),
    onDifferent: 'suffix',
    ...others,
  };
}

/** The file with an id that the store gave for it, as the journal would bring it. */
export async function reserved(store: Store, file: StoreFile): Promise<StoreFile> {
  const [reservation] = (await store.reserve?.(1, {})) ?? [];
  if (reservation === undefined) throw new Error('no id was given');
  return { ...file, reservation };
}

/** Digests by Node alone: what the program computed is compared with them. */

import { createHash } from 'node:crypto';
import type { Bytes } from '../../src/plugin.js';

export const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

/** What the program says it is. */
export const sha256Of = ({ bytes }: { readonly bytes: Pick<Bytes, 'digests'> }) =>
  bytes.digests.find(({ algorithm }) => algorithm === 'sha256')!.hex;

/** Ids in the two forms of the service. The same parts always give the same id. */

import { createHash } from 'node:crypto';

type Part = string | number;

/** Of users, inferences, images and jobs. */
export function inventUuid(...parts: readonly Part[]): string {
  const hex = digest(parts);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Of models, LoRAs and embeddings: 32 digits without dashes. */
export function inventHex(...parts: readonly Part[]): string {
  return digest(parts).slice(0, 32);
}

function digest(parts: readonly Part[]): string {
  return createHash('sha256').update(parts.join(' ')).digest('hex');
}

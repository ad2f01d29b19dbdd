/** Bodies that are meant to be small enough for memory. */

import { AlbarettoError } from '../errors.js';
import type { OpenAnswer } from './client.js';
import type { HttpAnswer } from './contract.js';

/** Milliseconds in which such a body must have come whole. */
export const SMALL_BODY_LIMIT = 300_000;

/** Reads a body that is meant to be small; its unpacked size is what counts, so a bomb ends at the cap. */
export async function readWhole(answer: OpenAnswer, maxBytes: number, what: string): Promise<HttpAnswer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body) {
    size += chunk.length;
    if (size > maxBytes) {
      answer.discard();
      throw new AlbarettoError({
        code: 'E_TOO_LARGE',
        message: `${what}: the answer is larger than ${Math.round(maxBytes / 1_048_576)} MiB`,
        hint: 'raise limits.answerBytes in the configuration if that is right',
      });
    }
    chunks.push(chunk);
  }
  return { status: answer.status, headers: answer.headers, url: answer.url, body: Buffer.concat(chunks) };
}

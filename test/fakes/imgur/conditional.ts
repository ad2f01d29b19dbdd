/** Whether a client has an answer of the API already: weak ETags, and 304 without a body. */

import { createHash } from 'node:crypto';
import type { Answer, FakeRequest } from '../service/answer.js';

export function unlessKnown(request: FakeRequest, answer: Answer): Answer {
  if (answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha1').update(answer.body).digest('hex')}"`;
  const headers = { ...answer.headers, ETag: etag };
  const known = (request.headers['if-none-match'] ?? '').split(/\s*,\s*/u);
  // The comparison is a weak one, so it does not matter whether the client kept the mark of weakness.
  if (!known.some((given) => given === '*' || given.replace(/^W\//u, '') === etag.slice(2))) {
    return { ...answer, headers };
  }
  const { 'Content-Type': _, ...rest } = headers as Record<string, string>;
  return { status: 304, headers: rest, body: Buffer.alloc(0) };
}

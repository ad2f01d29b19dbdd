/** How long a file is by the head of the answer that brings it. */

import type { OpenAnswer } from '../http/client.js';

/** Codings under which the body is the file: none, in three spellings. S3 leaves the last one of an upload in its answers. */
const NO_CODING = new Set(['', 'identity', 'aws-chunked']);

/** Whether the body is another form of the file: its length and its ranges then tell nothing of the file. */
export function isEncoded({ headers }: Pick<OpenAnswer, 'headers'>): boolean {
  return !NO_CODING.has(headers['content-encoding']?.trim().toLowerCase() ?? '');
}

/** `Content-Length` in bytes, where it is that of the body as it is kept. */
export function contentLength(answer: Pick<OpenAnswer, 'headers'>): number | undefined {
  const text = answer.headers['content-length'];
  return text !== undefined && /^\d+$/u.test(text) && !isEncoded(answer) ? Number(text) : undefined;
}

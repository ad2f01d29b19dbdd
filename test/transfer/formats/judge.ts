/** Runs a body through the check in chunks of a test's choosing. */

import { type FormatCheckOptions, type FormatVerdict, openFormatCheck } from '../../../src/transfer/formats/index.js';

export function judge(body: Uint8Array, options: FormatCheckOptions = {}): FormatVerdict {
  return judgeChunks([body], options);
}

export function judgeChunks(chunks: Iterable<Uint8Array>, options: FormatCheckOptions = {}): FormatVerdict {
  const check = openFormatCheck(options);
  for (const chunk of chunks) check.write(chunk);
  return check.end();
}

/** The body in chunks of these sizes, again and again. */
export function* inChunks(body: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  for (let start = 0, turn = 0; start < body.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    yield body.subarray(start, start + size);
    start += size;
  }
}

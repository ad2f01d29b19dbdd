/** `--max-total` and `--max-duration`: a run that ends in order before everything is done, and goes on next time. */

import { parseDuration, parseSize } from '../quantities.js';
import type { ParsedOptions } from '../runtime.js';
import { textOption } from './command.js';

export interface RunLimits {
  /** Bytes that were fetched. */
  count(bytes: number): void;
  /** Which limit is reached, for a person; `undefined` while none is. */
  reached(): string | undefined;
}

/** @throws E_USAGE */
export function runLimits(options: ParsedOptions, now: () => number): RunLimits {
  const total = textOption(options, 'max-total');
  const duration = textOption(options, 'max-duration');
  const bytes = total === undefined ? Number.POSITIVE_INFINITY : parseSize(total, '--max-total');
  const end = duration === undefined ? Number.POSITIVE_INFINITY : now() + parseDuration(duration, '--max-duration');
  let counted = 0;
  return {
    count(size) {
      counted += size;
    },
    reached() {
      if (counted >= bytes) return `--max-total ${total} is reached`;
      return now() >= end ? `--max-duration ${duration} is over` : undefined;
    },
  };
}

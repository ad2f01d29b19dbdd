/** How much is asked for: `--limit`, and `--max-total` and `--max-duration`, which end a run in order, to go on next time. */

import { usageError } from '../errors.js';
import { parseDuration, parseSize } from '../quantities.js';
import type { ParsedOptions } from '../runtime.js';
import { textOption } from './command.js';

/** `--limit`: items. @throws E_USAGE */
export function readLimit(options: ParsedOptions): number | undefined {
  const text = textOption(options, 'limit');
  if (text === undefined || /^[1-9]\d{0,8}$/u.test(text)) return text === undefined ? undefined : Number(text);
  throw usageError('--limit is a whole number from 1');
}

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
